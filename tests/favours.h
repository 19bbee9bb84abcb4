/* favours.h - an actor that does what a thread outside asks of it, and a system
 * for it to live in.
 */
#ifndef BUSKIN_TESTS_FAVOURS_H
#define BUSKIN_TESTS_FAVOURS_H

#include <semaphore.h>
#include <stdatomic.h>

#include <buskin/system.h>

#define SECOND_NS INT64_C(1000000000)

/* What a helper does with what it is asked. */
enum wish { ANSWER, IGNORE, HOLD, FAIL, BLOCK, FILL, STOP_ALL, SELF };

struct favour {
	uint32_t wish;
	bsk_text text; /* so that what is not delivered leaks if it is lost */
};
BSK_DECLARE(favour);

/* The class that does favours; its config is a favour too, its out port "out"
 * carries numbers. And one that never comes to the end of what it has begun. */
extern const struct bsk_class helper_class;
extern const struct bsk_class dawdler_class;

extern sem_t in_handler; /* posted by one that blocks, or is asked to end */
extern sem_t go_on;      /* what one that blocks waits for */
extern atomic_uint opened; /* helpers, ever */
extern atomic_uint closed;

/* A system of two workers that does not run yet. */
bsk_system *new_system(void);

/* A helper in it. */
bsk_ref helper(bsk_system *system, enum bsk_placement placement);

/* A favour to ask. */
bsk_message *favour(enum wish wish);

/* Waits for a semaphore; fails the test after a long time. */
void wait_for(sem_t *sem);

/* Asks a favour from outside; what bsk_system_call returns. */
int call(bsk_system *system, bsk_ref to, enum wish wish, int64_t timeout_ns);

/* Stops a system and waits for its end, which must have that status. */
void end_system(bsk_system *system, int status);

#endif
