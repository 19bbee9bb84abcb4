/* io.h - what the commands of bench/io share.
 *
 * A command is a function that builds its actors in a system that does not run
 * yet; main runs it.
 */
#ifndef BUSKIN_BENCH_IO_H
#define BUSKIN_BENCH_IO_H

#include <buskin/system.h>

#include "figures.h"

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

/* Spawns an actor from outside. */
bsk_ref io_spawn_actor(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options);

#endif
