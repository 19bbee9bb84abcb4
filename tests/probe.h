/* probe.h - an actor that does what a test tells it and keeps what it hears.
 *
 *	struct probe_log heard;
 *
 *	probe_log_init(&heard);
 *	probe = probe_spawn(system, &heard, NULL);
 *	probe_ask(system, probe, timer, BSK_PARCEL(bsk_timer_set, .id = 1));
 *	...
 *	fired = probe_heard(&heard, 0, &bsk_timer_fired_type);
 *
 * It works in a simulated system as in a real one; there probe_wait waits for
 * what is to come. Whatever cannot be done fails the test.
 */
#ifndef BUSKIN_TESTS_PROBE_H
#define BUSKIN_TESTS_PROBE_H

#include <pthread.h>

#include <buskin/system.h>

#define PROBE_RECORDS 512u

/* One message that was heard. */
struct probe_record {
	const struct bsk_type *type;
	struct bsk_parcel *body; /* a copy */
	bsk_ref sender;
	uint64_t asked;          /* of which ask it is the answer; 0: of none */
	int64_t now_ns;
};

/* What one or several probes have heard, in order. */
struct probe_log {
	pthread_mutex_t mutex;
	pthread_cond_t grown;
	struct probe_record records[PROBE_RECORDS];
	unsigned count;
};

void probe_log_init(struct probe_log *);
void probe_log_release(struct probe_log *);

/* Forgets what was heard. */
void probe_log_clear(struct probe_log *);

/* The class; for wires and names of a test's own. */
extern const struct bsk_class probe_class;

/* Its config, and the table beside it. */
struct probe_config {
	uint64_t log; /* the address of a struct probe_log */
};
BSK_DECLARE(probe_config);

/* A probe that writes to `log`; `options` as for bsk_system_spawn. */
bsk_ref probe_spawn(bsk_system *, struct probe_log *,
    const struct bsk_spawn_options *options);

/* Has the probe send what is in the parcel. */
void probe_tell(bsk_system *, bsk_ref probe, bsk_ref to, struct bsk_parcel *);

/* Has the probe ask, with ten seconds for the answer. */
void probe_ask(bsk_system *, bsk_ref probe, bsk_ref to, struct bsk_parcel *);

/* Has the probe monitor an actor: it will hear bsk_down. */
void probe_monitor(bsk_system *, bsk_ref probe, bsk_ref actor);

/* Has the probe ask an actor to stop, or kill it; itself too. */
void probe_stop(bsk_system *, bsk_ref probe, bsk_ref actor);
void probe_kill(bsk_system *, bsk_ref probe, bsk_ref actor);

/* Has the probe spawn a child, whose ref is recorded as a bsk_child_started. A
 * supervised one is restarted whenever it ends. */
void probe_spawn_child(bsk_system *, bsk_ref probe, const struct bsk_class *,
    struct bsk_parcel *config, bool is_supervised);

/* Waits for the count of records to reach `count`; false after ten seconds. */
bool probe_wait(struct probe_log *, unsigned count);

/* The body of a record, which must be of that type. */
const void *probe_heard(struct probe_log *, unsigned index,
    const struct bsk_type *);

/* How many of the records are of that type. */
unsigned probe_count(struct probe_log *, const struct bsk_type *);

/* The body of the last record of that type; NULL: there is none. */
const void *probe_last(struct probe_log *, const struct bsk_type *);

#endif
