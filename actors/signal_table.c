/* actors/signal_table.c - what signals have of the process, not of a system.
 *
 * A sink is a ring into which several handlers may write at once, on any
 * threads and one on top of another, and from which one actor reads. A place
 * in the ring is free for the writer of ticket t when its turn is t, and full
 * for the reader when its turn is t + 1; the reader makes it free for the
 * ticket of the next round. A writer that is interrupted between taking its
 * ticket and filling its place holds the reader up until it goes on, and
 * nobody else.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <buskin/signal_table.h>

#define SIGNAL_END 65 /* one past the last */
#define ROOM 1024U    /* records; a power of two */
#define PATIENCE 100000 /* times that a full sink is tried again */

struct place {
	_Atomic(uint32_t) turn;
	struct bsk_signal_raised raised;
};

struct bsk_signal_sink {
	const struct bsk_os *os;
	int wake_fd;
	pid_t pid; /* of the process that the sink belongs to */
	_Atomic(uint32_t) next_ticket; /* the writers' */
	uint32_t next_read;            /* the reader's */
	_Atomic(uint32_t) surplus[SIGNAL_END]; /* there was no room for these */
	struct place places[ROOM];
};

/* The one thing here that the whole process shares. */
static struct {
	_Atomic(const void *) owners[SIGNAL_END]; /* claims */
	/* what each did before it led anywhere; its claim's owner writes */
	struct sigaction olds[SIGNAL_END];
	_Atomic(uint32_t) inside; /* handlers that may be at a sink */
	_Atomic(struct bsk_signal_sink *) sinks[SIGNAL_END];
} table;

/* --- claims --------------------------------------------------------------- */

/* Relaxed: a claim guards no memory. */
bool
bsk_signal_claim(int number, const void *who)
{
	const void *owner = NULL;

	return atomic_compare_exchange_strong_explicit(&table.owners[number],
	    &owner, who, memory_order_relaxed, memory_order_relaxed) ||
	    owner == who;
}

void
bsk_signal_give_up(int number, const void *who)
{
	const void *owner = who;

	(void)atomic_compare_exchange_strong_explicit(&table.owners[number],
	    &owner, NULL, memory_order_relaxed, memory_order_relaxed);
}

/* --- putting down --------------------------------------------------------- */

/* Says whether there was room. */
static bool
put(struct bsk_signal_sink *sink, const struct bsk_signal_raised *raised)
{
	/* Relaxed: the place's turn says whether the ticket is good. */
	uint32_t ticket = atomic_load_explicit(&sink->next_ticket,
	    memory_order_relaxed);

	for (;;) {
		struct place *place = &sink->places[ticket % ROOM];
		/* Acquire: pairs with the release in bsk_signal_take. */
		uint32_t turn = atomic_load_explicit(&place->turn,
		    memory_order_acquire);

		if ((int32_t)(turn - ticket) < 0)
			return false;
		if (turn != ticket) {
			ticket = atomic_load_explicit(&sink->next_ticket,
			    memory_order_relaxed);
		} else if (atomic_compare_exchange_weak_explicit(
		    &sink->next_ticket, &ticket, ticket + 1,
		    memory_order_relaxed, memory_order_relaxed)) {
			place->raised = *raised;
			/* Release: pairs with the acquire in take. */
			atomic_store_explicit(&place->turn, ticket + 1,
			    memory_order_release);
			return true;
		}
	}
}

/* Each real-time signal counts, and whoever sends them is held back by nobody
 * as long as we take them from the kernel: so wait for the reader, which no
 * signal interrupts. Not for ever: what we have interrupted may hold a lock
 * that the reader needs. */
static bool
put_patiently(struct bsk_signal_sink *sink,
    const struct bsk_signal_raised *raised)
{
	const uint64_t one = 1;

	if (raised->number < SIGRTMIN)
		return false;
	(void)sink->os->write(sink->os, sink->wake_fd, &one, sizeof(one));
	for (int i = 0; i < PATIENCE; i++) {
		(void)sched_yield();
		if (put(sink, raised))
			return true;
	}
	return false;
}

static void
put_down(struct bsk_signal_sink *sink, int number, const siginfo_t *info)
{
	const uint64_t one = 1;
	const struct bsk_signal_raised raised = {
		.number = number,
		.code = info->si_code,
		.pid = info->si_pid,
		.uid = info->si_uid,
		.value = info->si_code == SI_QUEUE ?
		    info->si_value.sival_int : 0,
		.count = 1,
	};

	/* Relaxed: the write that wakes the reader comes after it. */
	if (!put(sink, &raised) && !put_patiently(sink, &raised))
		(void)atomic_fetch_add_explicit(&sink->surplus[number], 1,
		    memory_order_relaxed);
	(void)sink->os->write(sink->os, sink->wake_fd, &one, sizeof(one));
}

/* In a child that was forked: what comes there is not ours. The signal is
 * blocked in here, and meets its old disposition as soon as we return. */
static void
give_back(const struct bsk_signal_sink *sink, int number)
{
	const struct bsk_os *os = sink->os;

	(void)(os->sigaction)(os, number, &table.olds[number], NULL);
	(void)os->kill(os, os->getpid(os), number);
}

/* The only handler. What it interrupts must not see another errno. */
static void
on_signal(int number, siginfo_t *info, void *context)
{
	struct bsk_signal_sink *sink;
	int saved = errno;

	(void)context;
	/* Sequentially consistent, as the store in lead_to and the load in
	 * bsk_signal_sink_free: either we are seen inside, or we see that the
	 * signal leads nowhere. */
	(void)atomic_fetch_add(&table.inside, 1);
	sink = atomic_load(&table.sinks[number]);
	if (sink != NULL && sink->os->getpid(sink->os) != sink->pid)
		give_back(sink, number);
	else if (sink != NULL)
		put_down(sink, number, info);
	(void)atomic_fetch_sub(&table.inside, 1);
	errno = saved;
}

/* --- leading -------------------------------------------------------------- */

/* Sequentially consistent: see on_signal. */
static void
lead_to(int number, struct bsk_signal_sink *sink)
{
	atomic_store(&table.sinks[number], sink);
}

static bool
is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) != 0 &&
	    action->sa_sigaction == on_signal;
}

/* Ours is there when the signal could not be let go the last time. */
int
bsk_signal_lead(struct bsk_signal_sink *sink, int number)
{
	const struct bsk_os *os = sink->os;
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK,
	};
	struct sigaction now;
	int error;

	(void)sigfillset(&action.sa_mask);
	error = (os->sigaction)(os, number, NULL, &now);
	if (error < 0)
		return error;
	if (!is_ours(&now))
		table.olds[number] = now;
	lead_to(number, sink);
	error = (os->sigaction)(os, number, &action, NULL);
	if (error < 0)
		lead_to(number, NULL);
	return error;
}

/* What is on its way to a thread was meant for us, and must not meet the
 * default action, which may be to die: ignoring a signal takes it back. Not so
 * SIGCHLD, whose default is harmless, and which when ignored takes the ends of
 * children along. */
static int
restore(const struct bsk_os *os, int number, const struct sigaction *old)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (number != SIGCHLD)
		(void)(os->sigaction)(os, number, &ignore, NULL);
	return (os->sigaction)(os, number, old, NULL);
}

int
bsk_signal_unlead(struct bsk_signal_sink *sink, int number)
{
	const struct bsk_os *os = sink->os;
	struct sigaction now;
	int error = (os->sigaction)(os, number, NULL, &now);

	if (error == 0 && !is_ours(&now))
		error = -EBUSY;
	if (error == 0)
		error = restore(os, number, &table.olds[number]);
	lead_to(number, NULL);
	return error;
}

/* Sequentially consistent: see on_signal. */
bool
bsk_signal_is_busy(void)
{
	return atomic_load(&table.inside) > 0;
}

/* --- taking --------------------------------------------------------------- */

static bool
take_surplus(struct bsk_signal_sink *sink, struct bsk_signal_raised *ret_raised)
{
	for (int number = 1; number < SIGNAL_END; number++) {
		/* Relaxed: the read of the eventfd came before it. */
		uint32_t count = atomic_exchange_explicit(
		    &sink->surplus[number], 0, memory_order_relaxed);

		if (count > 0) {
			*ret_raised = (struct bsk_signal_raised){
				.number = number, .count = count };
			return true;
		}
	}
	return false;
}

bool
bsk_signal_take(struct bsk_signal_sink *sink,
    struct bsk_signal_raised *ret_raised)
{
	uint32_t ticket = sink->next_read;
	struct place *place = &sink->places[ticket % ROOM];

	/* Acquire: pairs with the release in put. */
	if (atomic_load_explicit(&place->turn, memory_order_acquire) !=
	    ticket + 1)
		return take_surplus(sink, ret_raised);
	*ret_raised = place->raised;
	/* Release: pairs with the acquire in put. */
	atomic_store_explicit(&place->turn, ticket + ROOM,
	    memory_order_release);
	sink->next_read++;
	return true;
}

/* --- life ----------------------------------------------------------------- */

int
bsk_signal_sink_new(const struct bsk_os *os, int wake_fd,
    struct bsk_signal_sink **ret_sink)
{
	struct bsk_signal_sink *sink = calloc(1, sizeof(*sink));

	if (sink == NULL)
		return -ENOMEM;
	sink->os = os;
	sink->wake_fd = wake_fd;
	sink->pid = os->getpid(os);
	for (uint32_t i = 0; i < ROOM; i++)
		atomic_init(&sink->places[i].turn, i);
	*ret_sink = sink;
	return 0;
}

/* Sequentially consistent: see on_signal. */
void
bsk_signal_sink_free(struct bsk_signal_sink *sink)
{
	while (sink != NULL && bsk_signal_is_busy())
		continue;
	free(sink);
}
