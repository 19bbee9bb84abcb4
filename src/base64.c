/* src/base64.c - bytes as text, RFC 4648 section 4, with padding. */
#include <errno.h>
#include <string.h>

#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_length(size_t size)
{
	return (size + 2) / 3 * 4;
}

void
base64_encode(const unsigned char *bytes, size_t size, char *ret_chars)
{
	unsigned group;
	size_t i;

	for (i = 0; i < size; i += 3) {
		group = (unsigned)bytes[i] << 16;
		group |= i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0;
		group |= i + 2 < size ? bytes[i + 2] : 0u;
		*ret_chars++ = alphabet[group >> 18];
		*ret_chars++ = alphabet[group >> 12 & 63];
		*ret_chars++ = i + 1 < size ? alphabet[group >> 6 & 63] : '=';
		*ret_chars++ = i + 2 < size ? alphabet[group & 63] : '=';
	}
	*ret_chars = '\0';
}

static unsigned
value_of(char digit)
{
	return (unsigned)(strchr(alphabet, digit) - alphabet);
}

int
base64_size(const char *chars, size_t *ret_size)
{
	size_t digits = strspn(chars, alphabet);
	size_t padding = strspn(chars + digits, "=");
	unsigned rest;

	if (chars[digits + padding] != '\0' || (digits + padding) % 4 != 0 ||
	    padding > 2)
		return -EINVAL;
	rest = padding == 0 ? 0 : value_of(chars[digits - 1]);
	if ((rest & (padding == 2 ? 15u : 3u)) != 0)
		return -EINVAL;
	*ret_size = digits / 4 * 3 + (padding == 0 ? 0 : 3 - padding);
	return 0;
}

void
base64_decode(const char *chars, unsigned char *ret_bytes)
{
	unsigned bits = 0;
	unsigned held = 0;

	for (; *chars != '\0' && *chars != '='; chars++) {
		bits = bits << 6 | value_of(*chars);
		held += 6;
		if (held >= 8) {
			held -= 8;
			*ret_bytes++ = (unsigned char)(bits >> held);
		}
	}
}
