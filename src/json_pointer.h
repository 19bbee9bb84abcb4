/* src/json_pointer.h - writing RFC 6901 pointers that are cut to fit. */
#ifndef BUSKIN_SRC_JSON_POINTER_H
#define BUSKIN_SRC_JSON_POINTER_H

#include <stdbool.h>
#include <stddef.h>

/* A pointer that is being written; always ended by a zero byte. */
struct json_pointer {
	char *chars;
	size_t size;   /* of chars, at least 1 */
	size_t length; /* of what was written */
	bool is_full;  /* nothing may follow what was left out */
};

/* An empty pointer, which means the root. */
void json_pointer_start(struct json_pointer *pointer, char *chars,
    size_t size);

/* Begins a token. */
void json_pointer_slash(struct json_pointer *pointer);

/* One whole character of a token, in UTF-8; escaped if it must be. */
void json_pointer_character(struct json_pointer *pointer, const char *bytes,
    size_t size);

/* A token that is an index. */
void json_pointer_index(struct json_pointer *pointer, size_t index);

#endif
