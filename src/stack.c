/* stack.c - where a thread is: its stack, told by itself at somebody's wish. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "current.h"
#include "published.h"
#include "stack.h"

#define SIGNAL_FRAMES 2 /* the handler, and what calls it */
#define WORDS_SIZE 4096

/* Whose turn it is. */
enum stack_state {
	STACK_IDLE,
	STACK_ASKED,   /* the thread's, as soon as it gets the signal */
	STACK_WRITING, /* the thread's */
	STACK_WRITTEN  /* who has asked may take it */
};

/* Async-signal-safe: backtrace(3) was called before, so that what it needs is
 * loaded, and what it finds its way by takes no lock (glibc 2.35 and up). */
static void
write_down(int number)
{
	struct stack *stack = &current_hand.stack;
	int state = STACK_ASKED;
	int error = errno;

	(void)number;
	/* Sent by somebody else, if nobody has asked. */
	if (!atomic_compare_exchange_strong_explicit(&stack->state, &state,
	    STACK_WRITING, memory_order_acquire, memory_order_relaxed))
		return;
	stack->count = backtrace(stack->frames, STACK_FRAMES);
	/* Release: pairs with the acquire in stack_take. */
	atomic_store_explicit(&stack->state, STACK_WRITTEN,
	    memory_order_release);
	errno = error;
}

/* --- the signal ----------------------------------------------------------- */

static bool
is_taken(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) != 0 ||
	    (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* Not what says that the thread itself has done wrong, nor what others in the
 * runtime live by. */
static bool
may_be_used(int number)
{
	static const int others[] = { SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,
	    SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGCHLD, SIGPIPE };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (number == others[i])
			return false;
	return number > 0 && number < 65;
}

int
stack_open(struct stack_signal *self, const struct bsk_os *os, int number)
{
	struct sigaction action = { .sa_handler = write_down,
	    .sa_flags = SA_RESTART };
	void *frame;
	int r;

	if (!may_be_used(number))
		return -EINVAL;
	r = os->sigaction(os, number, NULL, &self->before);
	if (r < 0)
		return r;
	if (is_taken(&self->before))
		return -EBUSY;
	(void)backtrace(&frame, 1);
	(void)sigfillset(&action.sa_mask);
	r = os->sigaction(os, number, &action, NULL);
	if (r == 0)
		self->number = number;
	return r;
}

void
stack_close(struct stack_signal *self, const struct bsk_os *os)
{
	if (self->number != 0)
		(void)os->sigaction(os, self->number, &self->before, NULL);
	self->number = 0;
}

bsk_os_signals
stack_mask(const struct stack_signal *self)
{
	bsk_os_signals all = ~(bsk_os_signals)0;

	return self->number == 0 ? all :
	    all & ~((bsk_os_signals)1 << (self->number - 1));
}

/* --- asking --------------------------------------------------------------- */

bool
stack_ask(const struct stack_signal *self, const struct bsk_os *os,
    struct stack *stack, pthread_t thread)
{
	if (self->number == 0 || peek(&stack->state) == STACK_WRITING)
		return false;
	/* Release: pairs with the acquire in write_down. */
	atomic_store_explicit(&stack->state, STACK_ASKED,
	    memory_order_release);
	return os->thread_signal(os, thread, self->number) == 0;
}

bool
stack_is_written(struct stack *stack)
{
	/* Relaxed: stack_take orders it. */
	return peek(&stack->state) == STACK_WRITTEN;
}

/* One that comes now finds that nobody asks. */
static bool
is_withdrawn(struct stack *stack)
{
	int state = STACK_ASKED;

	return atomic_compare_exchange_strong_explicit(&stack->state, &state,
	    STACK_IDLE, memory_order_relaxed, memory_order_relaxed);
}

void
stack_take(struct stack *stack, struct stack *ret_stack)
{
	ret_stack->count = 0;
	/* Acquire: pairs with the release in write_down. */
	if (is_withdrawn(stack) || atomic_load_explicit(&stack->state,
	    memory_order_acquire) != STACK_WRITTEN)
		return;
	ret_stack->count = stack->count;
	memcpy(ret_stack->frames, stack->frames, sizeof(stack->frames));
	poke(&stack->state, STACK_IDLE);
}

/* --- words ---------------------------------------------------------------- */

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The address is where the call returns to, which may be past the function's
 * end; in the frame that was interrupted it is the place itself. */
static int
put_frame(char *words, size_t size, const void *address, bool is_first)
{
	uintptr_t place = (uintptr_t)address - (is_first ? 0 : 1);
	const char *before = is_first ? "" : " < ";
	Dl_info info;

	if (dladdr((void *)place, &info) == 0 || info.dli_fname == NULL)
		return snprintf(words, size, "%s0x%jx", before,
		    (uintmax_t)place);
	if (info.dli_sname == NULL)
		return snprintf(words, size, "%s%s+0x%jx", before,
		    last_part(info.dli_fname),
		    (uintmax_t)(place - (uintptr_t)info.dli_fbase));
	return snprintf(words, size, "%s%s+0x%jx (%s)", before,
	    info.dli_sname, (uintmax_t)(place - (uintptr_t)info.dli_saddr),
	    last_part(info.dli_fname));
}

bsk_text
stack_text(const struct stack *stack)
{
	char words[WORDS_SIZE];
	size_t used = 0;

	for (int i = SIGNAL_FRAMES; i < stack->count; i++) {
		int size = put_frame(words + used, sizeof(words) - used,
		    stack->frames[i], i == SIGNAL_FRAMES);

		if (size < 0 || (size_t)size >= sizeof(words) - used)
			break;
		used += (size_t)size;
	}
	words[used] = '\0';
	return bsk_text_copy(used == 0 ? NULL : words);
}
