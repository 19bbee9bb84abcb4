/* buskin/counter.h - a counter: how much passes by.
 *
 * A counter takes bsk_bytes through its in port "in", passes each on unchanged
 * through "pass" when that is wired, and emits what it has counted through
 * "count": a period after something has moved, and a last time when it is
 * asked to stop. While nothing moves it sleeps.
 */
#ifndef BUSKIN_COUNTER_H
#define BUSKIN_COUNTER_H

#include <buskin/class.h>
#include <buskin/life.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What has passed. */
struct bsk_count {
	uint64_t messages; /* in all */
	uint64_t bytes;    /* in all of them */
	uint64_t lines;    /* line ends among those */
	/* Messages per second since the last bsk_count was emitted, not
	 * counting the time that nothing moved. */
	double rate;
};
BSK_DECLARE(bsk_count);

/* Ask what has passed so far; answered by bsk_count. */
struct bsk_counter_get {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_counter_get);

/* How often to tell. */
struct bsk_counter_config {
	int64_t every_ns; /* 0: only when asked, and at the end */
};
BSK_DECLARE(bsk_counter_config);

/* The class "counter". */
extern const struct bsk_class bsk_counter_class;

/* The out ports of a counter. */
enum bsk_counter_port {
	BSK_COUNTER_COUNT, /* bsk_count */
	BSK_COUNTER_PASS   /* bsk_bytes */
};

#ifdef __cplusplus
}
#endif

#endif
