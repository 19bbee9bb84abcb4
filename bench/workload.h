/* workload.h - what the workloads of bench/actors share.
 *
 * A workload is a file of its own: it spawns its actors in a system that runs,
 * waits until they are done and prints lines
 *
 *	buskin WORKLOAD THREADS METRIC VALUE UNIT
 */
#ifndef BUSKIN_BENCH_WORKLOAD_H
#define BUSKIN_BENCH_WORKLOAD_H

#include <buskin/system.h>

#include "figures.h"

/* A run of a workload. */
struct bench {
	const char *workload;
	unsigned threads;   /* workers */
	bsk_system *system; /* runs */
};

/* A workload. */
struct workload {
	const char *name;
	void (*run)(const struct bench *bench);
};

extern const struct workload workload_ask;
extern const struct workload workload_big;
extern const struct workload workload_counting;
extern const struct workload workload_fanin;
extern const struct workload workload_idle;
extern const struct workload workload_payload;
extern const struct workload workload_pingpong;
extern const struct workload workload_ring;
extern const struct workload workload_spawn;
extern const struct workload workload_timers;

/* A message of two words. */
struct words {
	uint64_t a;
	uint64_t b;
};
BSK_DECLARE(words);

/* A message that tells a producer to go on. */
struct go {
	uint64_t count;
};
BSK_DECLARE(go);

/* Spawns an actor from outside. */
bsk_ref bench_spawn(const struct bench *bench, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options);

/* One part of the work is done; any thread. */
void bench_done(void);

/* Waits until bench_done was called so often. */
void bench_wait(unsigned times);

/* Prints one figure. */
void bench_print(const struct bench *bench, const char *metric, double value,
    const char *unit);

/* Prints `count` divided by the seconds since `begun_ns`, as "rate". */
void bench_print_rate(const struct bench *bench, double count,
    int64_t begun_ns, const char *unit);

/* Prints the most memory the process has had, as "peak_rss". */
void bench_print_peak(const struct bench *bench);

/* The memory the process has now, bytes. */
double bench_memory(void);

#endif
