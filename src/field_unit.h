/* src/field_unit.h - numbers with units, as people write them. */
#ifndef BUSKIN_SRC_FIELD_UNIT_H
#define BUSKIN_SRC_FIELD_UNIT_H

#include <stddef.h>
#include <stdint.h>

/* Room for any of the texts below, with its zero byte. */
#define FIELD_UNIT_SIZE 64

/* "250ms", "1m30s", "1.5h", "-5us": terms from the largest unit (d h m s ms us
 * ns) to the smallest, the last with a fraction if need be. -EINVAL: no such
 * text; -ERANGE: not a whole number of nanoseconds, or too many. */
int field_unit_duration(const char *chars, int64_t *ret_ns);

/* The shortest such text in whole numbers, without days. */
void field_unit_duration_text(int64_t ns, char *ret_chars);

/* "64KiB", "1.5MiB", "10kB", "512B", "512": Ki, Mi, Gi, Ti count by 1024; k, M,
 * G, T by 1000. Errors as field_unit_duration. */
int field_unit_bytes(const char *chars, int64_t *ret_bytes);

/* Such a text when the number is a whole multiple of 1024, else its digits. */
void field_unit_bytes_text(int64_t bytes, char *ret_chars);

/* "0660": octal digits, up to 7777. -EINVAL. */
int field_unit_mode(const char *chars, int64_t *ret_mode);

/* At least four octal digits. */
void field_unit_mode_text(int64_t mode, char *ret_chars);

/* "TERM", "SIGTERM", "RTMIN", "RTMIN+3", "RTMAX-1". -EINVAL. */
int field_unit_signal(const char *chars, int64_t *ret_signal);

/* "TERM", "RTMIN+3", or digits where the number has no name. */
void field_unit_signal_text(int64_t number, char *ret_chars);

/* The name of the n-th signal that has one, to offer; NULL after the last. */
const char *field_unit_signal_name(size_t index);

/* A whole decimal number, with "-" if negative, and nothing else. -EINVAL, or
 * -ERANGE beyond 64 bits. */
int field_unit_signed(const char *chars, int64_t *ret_value);
int field_unit_unsigned(const char *chars, uint64_t *ret_value);

#endif
