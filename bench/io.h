/* io.h - what the commands of bench/io share.
 *
 * A command is a function that builds its actors in a system that does not run
 * yet; main runs it. It prints lines
 *
 *	WORKLOAD PARAMETERS METRIC VALUE UNIT
 */
#ifndef BUSKIN_BENCH_IO_H
#define BUSKIN_BENCH_IO_H

#include <buskin/system.h>

/* A command: its arguments follow its name. */
struct io_command {
	const char *name;
	const char *arguments; /* for people */
	int least; /* how many it needs */
	void (*begin)(bsk_system *system, char **arguments);
};

extern const struct io_command io_cat;
extern const struct io_command io_echo;
extern const struct io_command io_proxy;
extern const struct io_command io_reap;
extern const struct io_command io_sendfile;
extern const struct io_command io_signals;
extern const struct io_command io_sink;
extern const struct io_command io_spawn;
extern const struct io_command io_timers_arm;
extern const struct io_command io_timers_fire;

/* Now, nanoseconds on CLOCK_MONOTONIC. */
int64_t io_now_ns(void);

/* What all threads of this process have used of a CPU, seconds. */
double io_cpu_s(void);

/* The most memory it has had, bytes. */
double io_peak(void);

/* Ends the program with a word unless `result` is 0 or positive. */
void io_must(int result, const char *what);

/* A count from an argument, from 1; or the program ends with 2. */
long io_count(const char *argument);

/* Spawns an actor from outside. */
bsk_ref io_spawn_actor(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options);

/* Prints one figure. */
void io_print(const char *workload, const char *parameters,
    const char *metric, double value, const char *unit);

/* A figure drawn from a fixed row, as large as 2^64 - 1. */
uint64_t io_random(uint64_t *state);

/* Sorts, and returns the value that a share `q` of them does not exceed. */
double io_quantile(uint64_t *values, size_t count, double q);

#endif
