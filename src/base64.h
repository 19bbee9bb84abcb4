/* src/base64.h - bytes as text, RFC 4648 section 4, with padding. */
#ifndef BUSKIN_SRC_BASE64_H
#define BUSKIN_SRC_BASE64_H

#include <stddef.h>

/* How many characters `size` bytes take, without a zero byte. */
size_t base64_length(size_t size);

/* Writes them, and a zero byte. */
void base64_encode(const unsigned char *bytes, size_t size, char *ret_chars);

/* How many bytes `chars` stands for. -EINVAL: it is not base64, or the bits
 * that padding leaves over are not zero. */
int base64_size(const char *chars, size_t *ret_size);

/* Writes the bytes of what base64_size has let pass. */
void base64_decode(const char *chars, unsigned char *ret_bytes);

#endif
