/* buskin/json.h - strict JSON documents.
 *
 * A document is a tree of values; freeing its root frees it all. Reading is
 * strict RFC 8259 in UTF-8: no comments, no trailing commas, no byte order
 * mark, no duplicate keys, no zero character in a string (escaped or not), no
 * lone surrogates, no number that a double cannot hold and no integer beyond
 * 2^53 either way; nesting to 64. Every value of a document that was read
 * knows its line and column. A document belongs to one thread at a time.
 */
#ifndef BUSKIN_JSON_H
#define BUSKIN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A JSON value, and the tree below it. */
typedef struct bsk_json bsk_json;

/* What a value is. */
enum bsk_json_kind {
	BSK_JSON_NULL,
	BSK_JSON_FALSE,
	BSK_JSON_TRUE,
	BSK_JSON_NUMBER,
	BSK_JSON_STRING,
	BSK_JSON_ARRAY,
	BSK_JSON_OBJECT
};

/* Where in a text something stands. */
struct bsk_json_place {
	size_t offset;   /* bytes from the start */
	unsigned line;   /* from 1 */
	unsigned column; /* from 1, in characters (code points) */
};

/* Why a text is no document. */
struct bsk_json_error {
	struct bsk_json_place place; /* where it was seen */
	const char *code;  /* a short stable word. What RFC 8259 does not allow:
	                    * "syntax", "empty", "unclosed", "trailing-text",
	                    * "trailing-comma", "comment", "bad-number",
	                    * "bad-escape", "bad-utf8", "control-character",
	                    * "byte-order-mark". What only buskin refuses:
	                    * "duplicate-key", "nul-character",
	                    * "lone-surrogate", "number-range", "too-deep" */
	char text[160];    /* for people */
	char hint[160];    /* what to do; may be empty */
	char pointer[256]; /* RFC 6901 pointer to the value that was being
	                    * read; cut to fit, at a character */
};

/* The deepest nesting that is read. */
#define BSK_JSON_DEPTH_MAX 64

/* Reads a document. Returns 0, -EINVAL with `ret_error` filled when it is not
 * NULL, or -ENOMEM. The caller frees the root. */
int bsk_json_read(const char *text, size_t size, bsk_json **ret_json,
    struct bsk_json_error *ret_error);

/* Frees a root and all below it. NULL is let pass. */
void bsk_json_free(bsk_json *json);

/* What the value is. */
enum bsk_json_kind bsk_json_kind(const bsk_json *json);

/* The word for the value's kind: "a number", "an object", ... */
const char *bsk_json_kind_text(const bsk_json *json);

/* The string's characters; NULL when it is no string. */
const char *bsk_json_string(const bsk_json *json);

/* The number; 0 when it is none. */
double bsk_json_number(const bsk_json *json);

/* The number as an integer. -EINVAL: no number, or not whole. */
int bsk_json_integer(const bsk_json *json, int64_t *ret_value);

/* Whether the value is true. */
bool bsk_json_is_true(const bsk_json *json);

/* How many elements or members; 0 for the other kinds. */
size_t bsk_json_count(const bsk_json *json);

/* The member of that name, exactly; NULL when there is none or no object. */
const bsk_json *bsk_json_member(const bsk_json *object, const char *key);

/* The first element or member; NULL when there is none. */
const bsk_json *bsk_json_first(const bsk_json *json);

/* The element or member after this one; NULL after the last. */
const bsk_json *bsk_json_next(const bsk_json *json);

/* The key of a member; NULL for an element or a root. */
const char *bsk_json_key(const bsk_json *json);

/* Where the value starts in the text that `root` was read from. -ENOENT: the
 * document was built, not read. */
int bsk_json_place(const bsk_json *root, const bsk_json *json,
    struct bsk_json_place *ret_place);

/* Where the key of a member starts; as bsk_json_place. */
int bsk_json_key_place(const bsk_json *root, const bsk_json *member,
    struct bsk_json_place *ret_place);

/* The RFC 6901 pointer of the value, into `ret_chars` of `size` bytes; cut to
 * fit, always ended by a zero byte. -ENOENT: `json` is not below `root`. */
int bsk_json_pointer(const bsk_json *root, const bsk_json *json,
    char *ret_chars, size_t size);

/* New values. NULL for want of memory. */
bsk_json *bsk_json_new_object(void);
/* An empty array; NULL for want of memory. */
bsk_json *bsk_json_new_array(void);
/* A string, copied; NULL for want of memory or when it is not UTF-8. */
bsk_json *bsk_json_new_string(const char *chars);
/* A number; NULL for want of memory. Not finite: null is made instead. */
bsk_json *bsk_json_new_number(double number);
/* A 64-bit counter, as a decimal string; NULL for want of memory. */
bsk_json *bsk_json_new_counter(uint64_t counter);
/* true or false; NULL for want of memory. */
bsk_json *bsk_json_new_bool(bool value);
/* null; NULL for want of memory. */
bsk_json *bsk_json_new_null(void);
/* A deep copy, without places; NULL for want of memory. */
bsk_json *bsk_json_copy(const bsk_json *json);

/* Puts `value` under `key` (or at the end of an array). The value is taken in
 * any case, and freed on failure. NULL as value is taken for a failed
 * allocation. Returns 0 or -ENOMEM. */
int bsk_json_put(bsk_json *object, const char *key, bsk_json *value);
/* As bsk_json_put, at the end of an array. */
int bsk_json_append(bsk_json *array, bsk_json *value);

/* The document as text, from malloc(3) for the caller to free: on one line,
 * or indented for people. NULL for want of memory. */
char *bsk_json_text(const bsk_json *json);
/* As bsk_json_text, indented. */
char *bsk_json_pretty(const bsk_json *json);

#ifdef __cplusplus
}
#endif

#endif
