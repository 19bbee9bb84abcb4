/* src/json_fault.h - telling what is wrong with a JSON text, and where. */
#ifndef BUSKIN_SRC_JSON_FAULT_H
#define BUSKIN_SRC_JSON_FAULT_H

#include "json_scan.h"

/* Where the scan is. */
struct bsk_json_place json_fault_place(const struct json_scan *scan);

/* The grammar is broken here. Returns -EINVAL. `hint` may be NULL. */
int json_fault(struct json_scan *scan, const char *code, const char *hint,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The grammar holds but buskin refuses what stands at `at`, on this line. Only
 * the first is kept. */
void json_fault_refuse(struct json_scan *scan, size_t at, const char *code,
    const char *hint, const char *text);

/* A character of the text for people: as it is, or as <0A>. `ret_chars` is of
 * JSON_FAULT_GLYPH bytes. */
#define JSON_FAULT_GLYPH 8
void json_fault_glyph(const struct json_scan *scan, char *ret_chars);

/* The value of four hexadecimal digits; -1: they are none. */
int json_fault_hex4(const char *digits, size_t size);

#endif
