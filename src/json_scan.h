/* src/json_scan.h - the strict look at a JSON text before it is parsed.
 *
 * Two layers. The grammar is RFC 8259: where a text breaks it, the scan ends
 * there. What buskin refuses beyond that (a zero character, half a surrogate
 * pair, a number that a double cannot hold) is remembered, and told when the
 * grammar held to the end. Every value leaves a mark, in the order in which
 * values start.
 *
 * The scan does not recurse and allocates only the marks; its time grows with
 * the text and nothing else.
 */
#ifndef BUSKIN_SRC_JSON_SCAN_H
#define BUSKIN_SRC_JSON_SCAN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <buskin/json.h>

/* One value of the text. */
struct json_mark {
	struct bsk_json_place place; /* of its first character */
	struct bsk_json_place key;   /* of its key's quote; line 0: no key */
	double number;               /* its value, if it is a number */
};

/* One array or object that is open. */
struct json_frame {
	size_t index;   /* of an array: which element is being read */
	size_t key;     /* of an object: where its latest key's quote stands */
	bool is_object;
	bool has_key;   /* `key` is valid */
};

struct json_scan {
	const char *text;
	size_t size;       /* bytes */
	size_t at;         /* where the scan is, bytes from the start */
	unsigned line;     /* from 1 */
	size_t line_start; /* where the line starts, bytes from the start */
	size_t extra;      /* bytes of the line that are not the first of their
	                    * character, so far */
	struct json_mark *marks; /* from malloc(3) */
	size_t mark_count;
	size_t mark_capacity;
	struct bsk_json_place key; /* before the next value; line 0: none */
	struct json_frame frames[BSK_JSON_DEPTH_MAX];
	unsigned depth;    /* frames in use */
	bool is_refused;   /* the grammar holds so far, but `error` says no */
	bool has_long_number; /* one is over JSON_NUMBER_MAX characters */
	struct bsk_json_error *error; /* never NULL */
};

/* The longest number that cJSON reads right, characters. */
#define JSON_NUMBER_MAX 62

/* Scans the whole text. Returns 0, -EINVAL with `ret_error` filled, or
 * -ENOMEM. json_scan_release must follow in every case. */
int json_scan(struct json_scan *scan, const char *text, size_t size,
    struct bsk_json_error *ret_error);

/* Frees the marks. */
void json_scan_release(struct json_scan *scan);

#endif
