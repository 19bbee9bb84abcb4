/* sentry.c - looks whether handlers and turns end in time. */
#include "ctx.h"
#include "fault.h"
#include "sentry.h"

#define LOOK_NS 2000000  /* between two looks */
#define ANSWER_LOOKS 10u /* for a thread to answer where it is */
#define CALM_LOOKS 5u    /* without anybody awake, and the sentry sleeps */

/* A handler that has run too long. */
struct late {
	struct cell *cell;
	const struct bsk_type *type;
	int64_t ran_ns;
	struct stack stack; /* where it is; perhaps nothing */
};

static bool
is_late(struct bsk_system *system, int64_t ran_ns)
{
	return system->overrun_ns > 0 && ran_ns >= system->overrun_ns;
}

static bool
may_lend(struct bsk_system *system, int64_t ran_ns)
{
	return system->handover_ns >= 0 && ran_ns >= system->handover_ns;
}

static void
tell(struct worker *host, const struct late *late)
{
	fault_overrun(host, late->cell, late->type, late->ran_ns,
	    stack_text(&late->stack), true);
}

/* Whether a handler that is late may be told of: at the first look its thread
 * is asked for its stack, and then there are some more in which to answer. */
static bool
may_be_told(struct bsk_system *system, struct hand *hand, unsigned looks)
{
	if (looks == 0)
		return !stack_ask(&system->stack_signal, system->os,
		    &hand->stack, hand->thread);
	return stack_is_written(&hand->stack) || looks >= ANSWER_LOOKS;
}

/* --- those who have lost their worker ------------------------------------- */

/* One that is late and was not told of; then it counts as told of. */
static bool
find_late(struct bsk_system *system, struct gate *gate, int64_t now_ns,
    struct late *ret_late)
{
	struct hand *hand;

	pthread_mutex_lock(&gate->lock);
	hand = gate->absent;
	while (hand != NULL && (hand->is_told ||
	    !is_late(system, now_ns - hand->since_ns) ||
	    !may_be_told(system, hand, hand->asked++)))
		hand = hand->next;
	if (hand != NULL) {
		hand->is_told = true;
		ret_late->cell = hand->cell;
		ret_late->type = hand->type;
		ret_late->ran_ns = now_ns - hand->since_ns;
		stack_take(&hand->stack, &ret_late->stack);
	}
	pthread_mutex_unlock(&gate->lock);
	return hand != NULL;
}

static void
look_at_absent(struct worker *host, struct worker *worker, int64_t now_ns)
{
	struct late late;

	/* Relaxed: what comes meanwhile is found at the next look. */
	if (!peek(&worker->gate.is_lent))
		return;
	while (find_late(worker->system, &worker->gate, now_ns, &late))
		tell(host, &late);
}

/* --- a worker ------------------------------------------------------------ */

/* Not one that has just begun; and not the one that the worker sleeps in:
 * whoever runs the worker would meet it there. */
static bool
may_be_lent(void *arg, struct hand *runner)
{
	struct worker *worker = arg;

	if (!peek(&worker->is_looked_at) ||
	    worker_is_parker(worker, cell_ref(peek(&worker->handling))))
		return false;
	if (runner->since_ns == 0)
		runner->since_ns = peek(&worker->looked_ns);
	runner->cell = peek(&worker->handling);
	runner->type = peek(&worker->handling_type);
	runner->asked = peek(&worker->asked);
	runner->is_told = peek(&worker->is_told);
	/* Before anybody else has the worker: from here on it says whether
	 * their handlers are looked at. */
	poke(&worker->is_looked_at, false);
	return true;
}

static enum gate_loan
lend(struct worker *host, struct worker *worker)
{
	struct spares *spares = &worker->system->pool.spares;
	enum gate_loan loan = GATE_KEPT;

	if (spares_ready(spares))
		loan = gate_lend(&worker->gate, host->os, may_be_lent, worker);
	if (loan == GATE_TAKEN)
		spares_call(spares, worker);
	return loan;
}

/* A look at the thread that runs a worker in which a handler is late. */
struct look {
	struct worker *worker;
	struct late *late;
	bool is_told;
};

static void
look_at_runner(void *arg, struct hand *runner)
{
	struct look *look = arg;
	struct worker *worker = look->worker;
	unsigned looks = peek(&worker->asked);

	/* What else a hand has on this is its own as long as it runs. */
	look->is_told = may_be_told(worker->system, runner, looks);
	poke(&worker->asked, looks + 1);
	if (look->is_told)
		stack_take(&runner->stack, &look->late->stack);
}

static void
tell_of_stuck(struct worker *host, struct worker *worker, struct late *late)
{
	struct look look = { .worker = worker, .late = late, .is_told = true };

	gate_with_runner(&worker->gate, look_at_runner, &look);
	if (!look.is_told)
		return;
	poke(&worker->is_told, true);
	tell(host, late);
}

/* Where a thread cannot be had, or the worker not be taken, the handler is told
 * of all the same. */
static void
look_at_stuck(struct worker *host, struct worker *worker, int64_t now_ns)
{
	struct late late = { .cell = peek(&worker->handling),
	    .type = peek(&worker->handling_type),
	    .ran_ns = now_ns - peek(&worker->looked_ns) };

	if (may_lend(worker->system, late.ran_ns) &&
	    lend(host, worker) != GATE_KEPT)
		return;
	if (late.cell != NULL && is_late(worker->system, late.ran_ns) &&
	    !peek(&worker->is_told))
		tell_of_stuck(host, worker, &late);
}

/* Whether it is awake, or somebody has lost it. */
static bool
look_at(struct worker *host, struct worker *worker, int64_t now_ns)
{
	bool is_lent = peek(&worker->gate.is_lent);

	look_at_absent(host, worker, now_ns);
	/* Sequentially consistent: see struct sentry. */
	if (atomic_load(&worker->sleep) == WORKER_ASLEEP)
		return is_lent;
	/* Acquire: pairs with the release in look_as_before of inside.c. */
	if (atomic_load_explicit(&worker->is_looked_at,
	    memory_order_acquire)) {
		look_at_stuck(host, worker, now_ns);
		return true;
	}
	poke(&worker->asked, 0);
	poke(&worker->is_told, false);
	poke(&worker->looked_ns, now_ns);
	/* Release: pairs with the acquire in sentry_handled. */
	atomic_store_explicit(&worker->is_looked_at, true,
	    memory_order_release);
	return true;
}

static bool
look_at_all(struct worker *host)
{
	struct bsk_system *system = host->system;
	int64_t now_ns = host->os->now(host->os);
	bool any = false;

	for (unsigned i = 0; i < system->pool_size; i++)
		any = look_at(host, system->workers[i], now_ns) || any;
	return any;
}

/* Whether the sentry may sleep: nobody has woken since it last looked. */
static bool
fall_asleep(struct worker *host)
{
	struct sentry *sentry = &host->system->sentry;

	atomic_store(&sentry->is_on, false);
	if (!look_at_all(host))
		return true;
	/* Whoever finds it off first puts it on: we, or who has woken. */
	return atomic_exchange(&sentry->is_on, true);
}

static void
look(struct timer *timer, struct worker *host)
{
	struct sentry *sentry = &host->system->sentry;

	sentry->calm = look_at_all(host) ? 0 : sentry->calm + 1;
	if (sentry->calm >= CALM_LOOKS && fall_asleep(host))
		return;
	wheel_arm(&host->wheel, timer, host->os->now(host->os) + LOOK_NS);
}

void
sentry_summoned(struct worker *host)
{
	struct sentry *sentry = &host->system->sentry;

	poke(&host->is_summoned, false);
	if (timer_is_armed(&sentry->timer))
		return;
	sentry->calm = 0;
	sentry->timer.fire = look;
	wheel_arm(&host->wheel, &sentry->timer,
	    host->os->now(host->os) + LOOK_NS);
}

void
sentry_awake(struct worker *worker)
{
	struct bsk_system *system = worker->system;
	struct worker *host = system->workers[system->host];

	if (worker->index >= system->pool_size ||
	    atomic_load(&system->sentry.is_on) ||
	    atomic_exchange(&system->sentry.is_on, true))
		return;
	poke(&host->is_summoned, true);
	worker_wake(host);
}

/* --- at a handler's end --------------------------------------------------- */

/* What was written and not taken: to be asked may have ended the call that it
 * was in, and with that the handler. */
static bsk_text
own_stack(struct hand *hand)
{
	struct stack stack;

	stack_take(&hand->stack, &stack);
	return stack_text(&stack);
}

void
sentry_handled(struct bsk_ctx *ctx, const struct bsk_type *type)
{
	struct worker *worker = ctx->worker;
	struct hand *hand = &current_hand;
	int64_t since_ns;
	int64_t ran_ns;

	/* Acquire: pairs with the release in look_at, so that `looked_ns` is
	 * of that look. */
	if (!atomic_load_explicit(&worker->is_looked_at,
	    memory_order_acquire))
		return;
	since_ns = hand->since_ns != 0 ? hand->since_ns :
	    peek(&worker->looked_ns);
	ran_ns = worker->os->now(worker->os) - since_ns;
	hand->since_ns = 0;
	poke(&worker->is_looked_at, false);
	ctx->looks++;
	if (is_late(worker->system, ran_ns))
		fault_overrun(worker, ctx->cell, type, ran_ns, own_stack(hand),
		    false);
}
