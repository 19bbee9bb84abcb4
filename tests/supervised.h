/* supervised.h - a supervisor in a simulated system, children that do what they
 * are told, and the story of what became of them.
 */
#ifndef BUSKIN_TESTS_SUPERVISED_H
#define BUSKIN_TESTS_SUPERVISED_H

#include <buskin/sim.h>
#include <buskin/supervisor.h>

#include "probe.h"

#define MS INT64_C(1000000)

/* What happened to the children, in order: "a0" is the first life of a, "a!"
 * its end, "a?" its request to stop, "a=7" a number it was told. */
extern char story[4096];

/* When each of the first lives in the story began. */
#define LIVES 16u
extern int64_t life_ns[LIVES];
extern unsigned life_count;

/* What the log has written. */
extern char written[65536];

/* The system, the supervisor in it, who asks it for things, and what that one
 * has heard. */
extern bsk_system *sim;
extern bsk_ref supervisor;
extern bsk_ref boss;
extern struct probe_log told;

/* How a child behaves. */
struct child_config {
	bsk_text name;    /* for the story */
	bool is_stubborn; /* never ends when it is asked to stop */
	int64_t slow_ns;  /* how long it takes to stop */
	uint32_t stillborn; /* so many lives fail at once */
};

/* Its class, named "child". */
extern const struct bsk_class child_class;

/* Many restarts, at once. */
struct bsk_supervisor_config lenient(void);

/* Makes the world; takes it down again and looks that nothing is left. */
void world_begin(uint64_t seed, struct bsk_supervisor_config);
void world_end(void);

/* Lets the system run until a virtual time. */
void run_until(int64_t now_ms);

/* Has the boss ask for a child, for one that behaves so, for a child's end. */
void start(const char *name, int32_t restart);
void start_as(const char *name, int32_t restart, struct child_config);
void stop(const char *name);

/* The same with a whole spec; that of a child that behaves so. */
struct bsk_child_start spec(const char *name, int32_t restart,
    struct child_config);
void start_spec(struct bsk_child_start);

/* Has the boss ask for a stopped child again, or no more. */
void restart(const char *name);
void delete(const char *name);

/* What the supervisor answers about its children; the same in short: "a" in its
 * first life runs as "ar0", after a restart as "ar1"; "-" is stopped, "s" being
 * started, "t" being stopped, "~" waiting for its restart. */
const struct bsk_children *list(uint32_t from);
const char *listed(void);

/* Tells a child to end with a reason (0 or a negative errno), or with 1 to
 * tell a number. */
void tell(const char *name, int32_t reason, uint32_t number);

/* Whether there is an actor of that name; how many children there are. */
bool is_there(const char *name);
unsigned children(void);

/* The error in the last bsk_result that the boss was given. */
int32_t last_error(void);

#endif
