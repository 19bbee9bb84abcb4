/* patron.h - an actor for tests with real children and signals: it asks for
 * what a test wants and keeps what it hears.
 *
 *	struct patron_log heard;
 *
 *	patron_log_init(&heard);
 *	patron = patron_spawn(system, &heard);
 *	patron_ask(system, patron, &bsk_signal_class,
 *	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
 *	result = patron_hears(&heard, &bsk_result_type, 1);
 *
 * Whatever cannot be done, or does not come in time, fails the test.
 */
#ifndef BUSKIN_TESTS_PATRON_H
#define BUSKIN_TESTS_PATRON_H

#include <pthread.h>

#include <buskin/system.h>

#define PATRON_RECORDS 4096U

/* One message that was heard. */
struct patron_record {
	const struct bsk_type *type;
	struct bsk_parcel *body; /* a copy */
};

/* What patrons have heard, in order; and the bytes, one after the other. */
struct patron_log {
	pthread_mutex_t mutex;
	pthread_cond_t grown;
	struct patron_record records[PATRON_RECORDS];
	unsigned count;
	char *text;
	size_t size;     /* bytes in `text` */
	size_t pieces;   /* messages those were in */
};

void patron_log_init(struct patron_log *);
void patron_log_release(struct patron_log *);

/* A patron that writes to `log`. */
bsk_ref patron_spawn(bsk_system *, struct patron_log *);

/* Has the patron ask the service of that class. */
void patron_ask(bsk_system *, bsk_ref patron, const struct bsk_class *,
    struct bsk_parcel *);

/* Has the patron ask an actor. */
void patron_ask_actor(bsk_system *, bsk_ref patron, bsk_ref,
    struct bsk_parcel *);

/* Has the patron ask an actor to stop, and monitor it. */
void patron_stop(bsk_system *, bsk_ref patron, bsk_ref);

/* Waits until `count` messages of that type have been heard; the body of the
 * last of these, which lives as long as the log. */
const void *patron_hears(struct patron_log *, const struct bsk_type *,
    unsigned count);

/* How many of that type have been heard so far. */
unsigned patron_count(struct patron_log *, const struct bsk_type *);

/* The place of the first of that type among all that was heard, from 0; fails
 * the test when there is none. */
unsigned patron_place(struct patron_log *, const struct bsk_type *);

/* Waits until `size` bytes have been heard; they are ended by 0. */
const char *patron_reads(struct patron_log *, size_t size);

#endif
