/* src/field_unit.c - times and sizes, as people write them. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "field_unit.h"

#define SECOND 1000000000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* The digits that a fraction may have: enough for nanoseconds of a day, and
 * few enough for 64 bits. */
#define FRACTION_DIGITS_MAX 17

struct unit {
	const char *name;
	int64_t scale;
};

/* From the largest to the smallest. */
static const struct unit durations[] = {
	{"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", SECOND},
	{"ms", 1000000}, {"us", 1000}, {"ns", 1},
};

static const struct unit sizes[] = {
	{"TiB", 1LL << 40}, {"TB", 1000000000000}, {"GiB", 1LL << 30},
	{"GB", 1000000000}, {"MiB", 1LL << 20}, {"MB", 1000000},
	{"KiB", 1LL << 10}, {"kB", 1000}, {"B", 1}, {"", 1},
};

/* One number of a text: 1.5 is 15 and one digit of fraction. */
struct quantity {
	uint64_t digits;
	unsigned fraction; /* how many of the digits are behind the point */
};

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static int
scan_digit(struct quantity *quantity, char digit)
{
	uint64_t value = (uint64_t)(digit - '0');

	if (quantity->digits > (UINT64_MAX - value) / 10)
		return -ERANGE;
	quantity->digits = quantity->digits * 10 + value;
	return 0;
}

/* Reads digits with an optional fraction and leaves `at` behind them. */
static int
scan_quantity(const char **at, struct quantity *ret_quantity)
{
	struct quantity quantity = {0, 0};
	int result = 0;

	if (!is_digit(**at))
		return -EINVAL;
	for (; is_digit(**at) && result == 0; (*at)++)
		result = scan_digit(&quantity, **at);
	if (result == 0 && **at == '.' && is_digit((*at)[1])) {
		for ((*at)++; is_digit(**at) && result == 0; (*at)++) {
			result = scan_digit(&quantity, **at);
			if (++quantity.fraction > FRACTION_DIGITS_MAX)
				result = -ERANGE;
		}
	}
	*ret_quantity = quantity;
	return result;
}

/* The quantity in units of `scale`, which must come out whole. The product
 * is cancelled before it is made, so that it overflows only when it must. */
static int
scale_quantity(struct quantity quantity, int64_t scale, uint64_t *ret_value)
{
	uint64_t factor = (uint64_t)scale;
	unsigned i;

	for (i = 0; i < quantity.fraction; i++) {
		if (quantity.digits % 10 == 0) {
			quantity.digits /= 10;
		} else if (factor % 10 == 0) {
			factor /= 10;
		} else if (quantity.digits % 5 == 0 && factor % 2 == 0) {
			quantity.digits /= 5;
			factor /= 2;
		} else if (quantity.digits % 2 == 0 && factor % 5 == 0) {
			quantity.digits /= 2;
			factor /= 5;
		} else {
			return -ERANGE;
		}
	}
	if (quantity.digits > (uint64_t)INT64_MAX / factor)
		return -ERANGE;
	*ret_value = quantity.digits * factor;
	return 0;
}

static size_t
length_of_unit(const char *at)
{
	size_t length = 0;

	while ((at[length] >= 'a' && at[length] <= 'z') ||
	    (at[length] >= 'A' && at[length] <= 'Z'))
		length++;
	return length;
}

static const struct unit *
find_unit(const struct unit *first, const struct unit *end, const char *name,
    size_t length)
{
	for (; first < end; first++)
		if (strlen(first->name) == length &&
		    memcmp(first->name, name, length) == 0)
			return first;
	return NULL;
}

/* One term, "90s"; `rest` is where the units that may still come begin. */
static int
scan_term(const char **at, const struct unit **rest, const struct unit *end,
    uint64_t *ret_value)
{
	struct quantity quantity;
	const struct unit *unit;
	size_t length;
	int result;

	result = scan_quantity(at, &quantity);
	if (result < 0)
		return result;
	length = length_of_unit(*at);
	unit = find_unit(*rest, end, *at, length);
	if (unit == NULL)
		return -EINVAL;
	*at += length;
	*rest = unit + 1;
	if (quantity.fraction > 0 && **at != '\0')
		return -EINVAL;
	return scale_quantity(quantity, unit->scale, ret_value);
}

int
field_unit_duration(const char *chars, int64_t *ret_ns)
{
	const struct unit *rest = durations;
	const struct unit *end =
	    durations + sizeof(durations) / sizeof(durations[0]);
	bool is_negative = *chars == '-';
	uint64_t total = 0;
	uint64_t term;
	int result;

	if (strcmp(chars, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	chars += is_negative;
	do {
		result = scan_term(&chars, &rest, end, &term);
		if (result < 0)
			return result;
		if (term > (uint64_t)INT64_MAX - total)
			return -ERANGE;
		total += term;
	} while (*chars != '\0');
	*ret_ns = is_negative ? -(int64_t)total : (int64_t)total;
	return 0;
}

void
field_unit_duration_text(int64_t ns, char *ret_chars)
{
	const struct unit *unit = durations + 1;
	const struct unit *end =
	    durations + sizeof(durations) / sizeof(durations[0]);
	uint64_t left = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t scale;
	size_t length = 0;

	if (ns == 0) {
		(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "0s");
		return;
	}
	if (ns < 0)
		ret_chars[length++] = '-';
	for (; unit < end; unit++) {
		scale = (uint64_t)unit->scale;
		if (left < scale)
			continue;
		length += (size_t)snprintf(ret_chars + length,
		    FIELD_UNIT_SIZE - length, "%" PRIu64 "%s", left / scale,
		    unit->name);
		left %= scale;
	}
}

int
field_unit_bytes(const char *chars, int64_t *ret_bytes)
{
	const struct unit *rest = sizes;
	uint64_t value;
	int result;

	result = scan_term(&chars, &rest,
	    sizes + sizeof(sizes) / sizeof(sizes[0]), &value);
	if (result == 0 && *chars != '\0')
		result = -EINVAL;
	if (result == 0)
		*ret_bytes = (int64_t)value;
	return result;
}

void
field_unit_bytes_text(int64_t bytes, char *ret_chars)
{
	static const char *const names[] = {"", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;

	while (bytes != 0 && bytes % 1024 == 0 &&
	    i + 1 < sizeof(names) / sizeof(names[0])) {
		bytes /= 1024;
		i++;
	}
	(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "%" PRId64 "%s", bytes,
	    names[i]);
}

int
field_unit_mode(const char *chars, int64_t *ret_mode)
{
	size_t length = strspn(chars, "01234567");
	int64_t mode = 0;

	if (length == 0 || length > 5 || chars[length] != '\0')
		return -EINVAL;
	for (; *chars != '\0'; chars++)
		mode = mode * 8 + (*chars - '0');
	if (mode > 07777)
		return -EINVAL;
	*ret_mode = mode;
	return 0;
}

void
field_unit_mode_text(int64_t mode, char *ret_chars)
{
	(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "%04" PRIo64,
	    (uint64_t)mode);
}

int
field_unit_unsigned(const char *chars, uint64_t *ret_value)
{
	struct quantity quantity = {0, 0};
	int result = 0;

	if (*chars == '\0')
		return -EINVAL;
	for (; *chars != '\0' && result == 0; chars++)
		result = is_digit(*chars) ? scan_digit(&quantity, *chars) :
		    -EINVAL;
	if (result == 0)
		*ret_value = quantity.digits;
	return result;
}

int
field_unit_signed(const char *chars, int64_t *ret_value)
{
	bool is_negative = *chars == '-';
	uint64_t value;
	int result;

	result = field_unit_unsigned(chars + is_negative, &value);
	if (result < 0)
		return result;
	if (value > (uint64_t)INT64_MAX + is_negative)
		return -ERANGE;
	*ret_value = is_negative ? (int64_t)-value : (int64_t)value;
	return 0;
}
