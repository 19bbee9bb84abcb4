/* stack.h - where a thread is: its stack, told by itself at somebody's wish.
 *
 * Only the thread knows its own stack. It is asked by a signal whose handler
 * writes the return addresses down; whoever has asked takes them later, and
 * turns them into words. Nobody waits for anybody.
 */
#ifndef STACK_H
#define STACK_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include <buskin/field.h>
#include <buskin/os.h>

enum {
	STACK_FRAMES = 34 /* with the two of the signal itself */
};

/* Addresses, as one thread hands them to another. */
struct stack {
	/* enum stack_state of stack.c; who asks and who answers change it by
	 * read-modify-write */
	_Atomic int state;
	int count;
	void *frames[STACK_FRAMES]; /* the innermost first */
};

/* The signal by which threads are asked. */
struct stack_signal {
	int number; /* 0: none, and nobody is asked */
	struct sigaction before;
};

/* Takes a signal for it, of all the process. -EINVAL: it is none, or one that
 * cannot be caught or has another meaning for a thread; -EBUSY: it has a
 * handler already. */
int stack_open(struct stack_signal *self, const struct bsk_os *os, int number);

/* Gives it back; nobody is asked any more. */
void stack_close(struct stack_signal *self, const struct bsk_os *os);

/* The signals that a thread of ours has blocked when it may be asked. */
bsk_os_signals stack_mask(const struct stack_signal *self);

/* Asks a thread, which does not end meanwhile, to write to its own stack: that
 * of the struct hand that is its own. False: it has not written the one before
 * yet, or cannot be asked. */
bool stack_ask(const struct stack_signal *self, const struct bsk_os *os,
    struct stack *stack, pthread_t thread);

/* Whether there is something to take. */
bool stack_is_written(struct stack *stack);

/* Takes what was written; the count is 0 if nothing was. It is not written any
 * more then. */
void stack_take(struct stack *stack, struct stack *ret_stack);

/* In words, the innermost first: "spin+0x1c (program) < main+0x40 (program)";
 * where a function has no name that the loader knows, "program+0x1234". None
 * for an empty one; lost for want of memory. */
bsk_text stack_text(const struct stack *stack);

#endif
