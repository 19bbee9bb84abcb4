/* peer.h - what the peers of bench/io have in common: a program of the same
 * commands, and the lines in which they tell the same figures.
 */
#ifndef BUSKIN_BENCH_PEER_H
#define BUSKIN_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "figures.h"

#define PEER_CAT_BLOCK 65536u

struct peer_command {
	const char *name;
	int least; /* arguments it needs */
	void (*run)(char **arguments);
};

/* What the peer does; the last has no name. Other commands are skipped with a
 * word. */
extern const struct peer_command peer_commands[];

/* A listening Unix socket that does not block. */
int peer_listen(const char *path);

/* --- children: spawn ---------------------------------------------------- */

struct peer_parent {
	const char *parameters;
	long total;
	long at_once;
	long started;
	long ended;
	int64_t begun_ns;
	int64_t stall_ns; /* spent to have them started: the peer counts it */
	double cpu_s;
	char *ballast;
};

/* COUNT AT_ONCE [MIB]; then the peer starts at_once of them. */
void peer_spawn_begin(struct peer_parent *self, char **arguments);

/* One has ended: does another have to be started? Ends the program with a
 * word unless its code was 0. */
bool peer_spawn_more(struct peer_parent *self, int64_t code);

void peer_spawn_print(struct peer_parent *self);

/* --- children: reap ------------------------------------------------------ */

struct peer_reaper {
	long total;
	long ended;
	long bad;
	int64_t begun_ns;
	double cpu_s;
	char *holder;
	int pipe[2]; /* the children wait for its end */
};

/* COUNT HOLDER; then the peer starts `total` of them. */
void peer_reap_begin(struct peer_reaper *self, char **arguments);

/* What the child of that number exits with. */
int peer_reap_code(long number);

/* They have been started: lets them come to read, and then end. */
void peer_reap_release(struct peer_reaper *self);

/* One has ended: is it the last? */
bool peer_reap_ended(struct peer_reaper *self, bool is_good);

/* --- bytes through cat(1) ------------------------------------------------ */

struct peer_cat {
	uint64_t limit;
	uint64_t sent;
	uint64_t got;
	int64_t begun_ns;
	int64_t over_ns;
	double cpu_s;
	bool bad;
};

/* BYTES SECONDS */
void peer_cat_begin(struct peer_cat *self, char **arguments);

/* What is to be sent now, as much as a block; 0: no more. */
size_t peer_cat_next(const struct peer_cat *self, char **ret_bytes);

/* These have come back, a block at most. */
void peer_cat_take(struct peer_cat *self, const char *bytes, size_t size);

void peer_cat_print(const struct peer_cat *self);

/* --- signals -------------------------------------------------------------- */

/* The file that whoever sends them has in memory, too. */
struct peer_ear {
	volatile uint64_t told;
	volatile uint64_t last_ns;
	volatile uint64_t ready;
};

struct peer_ear *peer_ear_open(const char *path);
void peer_ear_hear(struct peer_ear *ear);

#endif
