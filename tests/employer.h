/* employer.h - a system with a patron, and processes wired to it. */
#ifndef BUSKIN_TESTS_EMPLOYER_H
#define BUSKIN_TESTS_EMPLOYER_H

#include <buskin/process.h>
#include <buskin/system.h>

#include "patron.h"

#define MS INT64_C(1000000)
#define PORTS 7

/* A list of texts, for a command. */
#define WORDS(...) \
	bsk_list_of_texts((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* The out ports of a process. */
extern const char *const employer_ports[PORTS];

/* The system, the patron in it, and what that one has employer_heard. */
extern bsk_system *employer_system;
extern bsk_ref employer_patron;
extern struct patron_log employer_heard;

/* Makes the world, and takes it down. */
void employer_begin(void);
void employer_end(void);

/* A process whose every port is wired to the patron. */
bsk_ref employer_run(struct bsk_process_config how);

/* Sends it bytes from outside. */
void employer_feed(bsk_ref process, const char *bytes);

/* Has the patron send a message to an actor, or ask it to stop. */
void employer_ask(bsk_ref to, struct bsk_parcel *message);
void employer_stop(bsk_ref actor);

/* Feeds it, and asks it to stop: in that order, for it is one actor that
 * does both. */
void employer_feed_and_stop(bsk_ref process, const char *bytes);

/* Ends its standard input, after what was sent. */
void employer_close_input(bsk_ref process);

/* The n-th of that type that the patron hears, and how many it has heard. */
const void *employer_hears(const struct bsk_type *, unsigned n);
unsigned employer_count(const struct bsk_type *);

/* How the process stands now. */
const struct bsk_process_status *employer_status(bsk_ref process);

/* A list of one descriptor that a child gets as `to`: the reading (0) or the
 * writing (1) end of a pipe. Returns the other end. */
int employer_give(int to, int side, bsk_list *ret_fds);

/* The pid in the n-th news of a start; the n-th news of an end; the n-th last
 * word; why the process that the patron stopped ended. */
pid_t employer_started(unsigned n);
const struct bsk_process_exited *employer_exited(unsigned n);
const struct bsk_process_finished *employer_finished(unsigned n);
int employer_down(void);

#endif
