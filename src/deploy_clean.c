/* src/deploy_clean.c - foreign bytes made fit to be shown.
 *
 * A configuration may hold anything, and its words end up on terminals and in
 * logs: no escape sequence and no broken character gets through.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_clean.h"
#include "utf8.h"

/* What is shown of a long line around the place that is meant, bytes. */
#define EXCERPT_BEFORE 60
#define EXCERPT_MAX 120

/* What a byte may become: \xNN. */
#define ESCAPE_SIZE 4

/* Whether a well-formed character may be shown as it is: not the controls of
 * ASCII nor those at U+0080..U+009F. */
static bool
is_harmless(const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;

	if (length == 1)
		return *at == '\t' || (*at >= 0x20 && *at != 0x7f);
	return length != 2 || at[0] != 0xc2 || at[1] >= 0xa0;
}

static size_t
escape(const char *bytes, size_t length, char *to)
{
	size_t i;

	for (i = 0; i < length; i++)
		(void)snprintf(to + i * ESCAPE_SIZE, ESCAPE_SIZE + 1, "\\x%02X",
		    (unsigned char)bytes[i]);
	return length * ESCAPE_SIZE;
}

char *
deploy_clean(const char *bytes, size_t size)
{
	char *clean = malloc(size * ESCAPE_SIZE + 1);
	size_t written = 0;
	size_t at = 0;
	size_t length;

	if (clean == NULL)
		return NULL;
	while (at < size) {
		length = utf8_length(bytes + at, size - at);
		if (length > 0 && is_harmless(bytes + at, length)) {
			memcpy(clean + written, bytes + at, length);
			written += length;
		} else {
			length = length == 0 ? 1 : length;
			written += escape(bytes + at, length, clean + written);
		}
		at += length;
	}
	clean[written] = '\0';
	return clean;
}

static bool
is_tail(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Where what is shown of the line begins: at a character's first byte. */
static size_t
cut_start(const char *text, size_t offset)
{
	size_t start = offset;

	while (start > 0 && offset - start < EXCERPT_BEFORE &&
	    text[start - 1] != '\n')
		start--;
	while (start < offset && is_tail(text[start]))
		start++;
	return start;
}

/* Where it ends: before a character's first byte, or the line's end. */
static size_t
cut_end(const char *text, size_t size, size_t start, size_t offset)
{
	size_t most = size - start < EXCERPT_MAX ? size : start + EXCERPT_MAX;
	size_t end = offset;

	while (end < most && text[end] != '\n' && text[end] != '\r')
		end++;
	while (end > offset && end < size && is_tail(text[end]))
		end--;
	return end;
}

/* How many characters the bytes take once they are clean. */
static unsigned
clean_width(const char *bytes, size_t size)
{
	size_t at = 0;
	size_t length;
	unsigned width = 0;

	while (at < size) {
		length = utf8_length(bytes + at, size - at);
		if (length == 0)
			width += ESCAPE_SIZE;
		else if (is_harmless(bytes + at, length))
			width++;
		else
			width += (unsigned)(length * ESCAPE_SIZE);
		at += length == 0 ? 1 : length;
	}
	return width;
}

char *
deploy_excerpt(const char *text, size_t size, size_t offset,
    unsigned *ret_caret)
{
	size_t start;
	size_t end;
	char *line;

	if (offset > size)
		offset = size;
	start = cut_start(text, offset);
	end = cut_end(text, size, start, offset);
	line = deploy_clean(text + start, end - start);
	if (line != NULL)
		*ret_caret = clean_width(text + start, offset - start);
	return line;
}
