/* number.h - the plainest messages, for tests that only count them. */
#ifndef BUSKIN_TESTS_NUMBER_H
#define BUSKIN_TESTS_NUMBER_H

#include <buskin/field.h>

/* Data. */
struct number {
	uint64_t value;
};
BSK_DECLARE(number);

/* Control: overtakes numbers. */
struct shout {
	uint64_t value;
};
BSK_DECLARE(shout);

#endif
