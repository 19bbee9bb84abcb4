/* src/utf8.h - what well-formed UTF-8 is. */
#ifndef BUSKIN_SRC_UTF8_H
#define BUSKIN_SRC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at `bytes` takes, of the `size` that are there;
 * 0: it is not well formed (overlong, a surrogate, above U+10FFFF, cut). */
size_t utf8_length(const char *bytes, size_t size);

/* Whether all of it is well formed. */
bool utf8_is_valid(const char *bytes, size_t size);

/* The most bytes of `chars`, at most `max`, that do not cut a character. */
size_t utf8_cut(const char *chars, size_t max);

/* Writes a code point and returns how many bytes it took, at most 4. */
size_t utf8_put(unsigned code, char *ret_bytes);

#endif
