/* src/text.c - owned text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/value.h>

/* Lost text points here, so that it reads as "" and is known by its address.
 * The second byte keeps the compiler from giving the same address to "". */
static const char lost_chars[2] = { '\0', '!' };

bsk_text
bsk_text_copy(const char *chars)
{
	if (chars == NULL)
		return (bsk_text){NULL};
	return bsk_text_copy_n(chars, strlen(chars));
}

bsk_text
bsk_text_copy_n(const char *chars, size_t length)
{
	size_t kept = chars == NULL ? 0 : strnlen(chars, length);
	char *copy;

	if (chars == NULL)
		return (bsk_text){NULL};
	if (chars == lost_chars)
		return (bsk_text){lost_chars};
	copy = malloc(kept + 1);
	if (copy == NULL)
		return (bsk_text){lost_chars};
	memcpy(copy, chars, kept);
	copy[kept] = '\0';
	return (bsk_text){copy};
}

/* Measured first and printed second: vasprintf(3) would not let a test see
 * its allocation, and most text is short. */
bsk_text
bsk_text_format(const char *format, ...)
{
	va_list list;
	char *chars;
	int length;

	va_start(list, format);
	length = vsnprintf(NULL, 0, format, list);
	va_end(list);
	chars = length < 0 ? NULL : malloc((size_t)length + 1);
	if (chars == NULL)
		return (bsk_text){lost_chars};
	va_start(list, format);
	(void)vsnprintf(chars, (size_t)length + 1, format, list);
	va_end(list);
	return (bsk_text){chars};
}

void
bsk_text_drop(bsk_text *text)
{
	/* Whatever is not the lost text came from malloc and is ours. */
	if (text->chars != lost_chars)
		free((char *)text->chars);
	text->chars = NULL;
}

bool
bsk_text_is_lost(bsk_text text)
{
	return text.chars == lost_chars;
}

const char *
bsk_text_chars(bsk_text text)
{
	return text.chars == NULL ? "" : text.chars;
}
