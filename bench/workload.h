/* workload.h - what the workloads of bench/actors, bench/growth and
 * bench/overload share.
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
	uint64_t size;      /* of its largest; 0: as the workload has it */
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

/* A program of workloads (`count` of them): its first argument is one's name,
 * then how many workers and, where `is_sized`, how large. What it is to
 * return. */
int bench_main(const struct workload *const *workloads, size_t count,
    bool is_sized, int argc, char **argv);

/* Ends the program: this cannot be measured here. Says why. */
_Noreturn void bench_skip(const struct bench *bench, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Spawns an actor from outside. */
bsk_ref bench_spawn(const struct bench *bench, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options);

/* One part of the work is done; any thread. */
void bench_done(void);

/* Waits until bench_done was called so often. */
void bench_wait(unsigned times);

/* Lets so much time pass. */
void bench_sleep(int64_t time_ns);

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
