/* src/utf8.c - what well-formed UTF-8 is: table 3-7 of the Unicode standard. */
#include "utf8.h"

static bool
is_tail(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The second byte carries the rules against overlong forms, surrogates and
 * what lies above U+10FFFF. */
static bool
is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

static size_t
length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : 4;
}

size_t
utf8_length(const char *bytes, size_t size)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t length = size == 0 ? 0 : length_of(at[0]);
	size_t i;

	if (length > size)
		return 0;
	if (length > 1 && !is_second(at[0], at[1]))
		return 0;
	for (i = 2; i < length; i++)
		if (!is_tail(at[i]))
			return 0;
	return length;
}

bool
utf8_is_valid(const char *bytes, size_t size)
{
	size_t at = 0;
	size_t length;

	while (at < size) {
		length = utf8_length(bytes + at, size - at);
		if (length == 0)
			return false;
		at += length;
	}
	return true;
}

size_t
utf8_cut(const char *chars, size_t max)
{
	size_t length = 0;

	while (length < max && chars[length] != '\0')
		length++;
	if (chars[length] != '\0')
		while (length > 0 && is_tail((unsigned char)chars[length]))
			length--;
	return length;
}

size_t
utf8_put(unsigned code, char *ret_bytes)
{
	if (code < 0x80) {
		ret_bytes[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		ret_bytes[0] = (char)(0xc0 | code >> 6);
		ret_bytes[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		ret_bytes[0] = (char)(0xe0 | code >> 12);
		ret_bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
		ret_bytes[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	ret_bytes[0] = (char)(0xf0 | code >> 18);
	ret_bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
	ret_bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
	ret_bytes[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}
