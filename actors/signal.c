/* actors/signal.c - who hears of which signal.
 *
 *   hears   bsk_signal_watch    from whoever wants to be told
 *           bsk_signal_unwatch  from the same
 *           bsk_signal_raised   from the catcher: a signal has been caught
 *           bsk_result          from the catcher: it catches, or no longer
 *           bsk_down            a watcher has ended, or the catcher
 *           bsk_status_ask      who watches what?
 *   says    bsk_signal_raised   to every watcher of that signal
 *           bsk_signal_catch    to the catcher, when the first watcher of a
 *                               signal comes and when the last one goes
 *
 * How a signal is caught is the catcher's business: signal_fd.c or
 * signal_handler.c. It answers in the order it is asked, so a signal that is
 * let go and wanted again at once ends up caught.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/inspect.h>
#include <buskin/signal.h>
#include <buskin/signal_table.h>

#define SIGNAL_END 65 /* one past the last */
#define CATCH_TIMEOUT_NS INT64_C(10000000000)

enum watch_state {
	JOINING,  /* the catcher has been asked to catch it */
	WATCHING, /* it is caught, and the watcher is told */
	LEAVING   /* the catcher has been asked to let it go; tells nobody */
};

struct watch {
	struct watch *next; /* of the same signal */
	bsk_ref who;
	uint64_t monitor;
	uint64_t ask;       /* the catcher's answer it waits for; 0: none */
	bsk_message *held;  /* what is to be answered then; NULL: nothing */
	enum watch_state state;
};

struct signals {
	bsk_ref catcher;
	struct bsk_signal_status figures; /* without its list */
	struct watch *watches[SIGNAL_END];
};

BSK_HANDLER(on_open, signals, bsk_open);
BSK_HANDLER(on_watch, signals, bsk_signal_watch);
BSK_HANDLER(on_unwatch, signals, bsk_signal_unwatch);
BSK_HANDLER(on_raised, signals, bsk_signal_raised);
BSK_HANDLER(on_result, signals, bsk_result);
BSK_HANDLER(on_ask_failed, signals, bsk_ask_failed);
BSK_HANDLER(on_down, signals, bsk_down);
BSK_HANDLER(on_status, signals, bsk_status_ask);
BSK_HANDLER(on_close, signals, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,           on_open),
	BSK_ON(bsk_signal_watch,   on_watch),
	BSK_ON(bsk_signal_unwatch, on_unwatch),
	BSK_ON(bsk_signal_raised,  on_raised),
	BSK_ON(bsk_result,         on_result),
	BSK_ON(bsk_ask_failed,     on_ask_failed),
	BSK_ON(bsk_down,           on_down),
	BSK_ON(bsk_status_ask,     on_status),
	BSK_ON(bsk_close,          on_close),
};

const struct bsk_class bsk_signal_class = BSK_CLASS(signals, "signal",
    "tells whoever watches that a signal was sent to this process",
    handlers, .config = &bsk_signal_config_type,
    .status = &bsk_signal_status_type);

static int
on_open(struct signals *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_signal_config *config = bsk_config(ctx);
	int how = config == NULL ? BSK_SIGNAL_AUTO : config->how;
	struct bsk_system_info info;

	(void)open;
	bsk_inspect_system(bsk_system_of(ctx), &info);
	if (how == BSK_SIGNAL_AUTO)
		how = info.hosted ? BSK_SIGNAL_FD : BSK_SIGNAL_HANDLER;
	self->figures.how = how;
	return bsk_spawn(ctx, how == BSK_SIGNAL_FD ?
	    &bsk_signal_fd_class : &bsk_signal_handler_class,
	    NULL, NULL, &self->catcher);
}

/* --- answers -------------------------------------------------------------- */

/* Whoever did not ask does not want to know; and for want of memory the ask
 * fails by itself. */
static int
answer(bsk_ctx *ctx, int error, bsk_text text, const char *field)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = text, .field = bsk_text_copy(field)));
	return 0;
}

static void
answer_held(bsk_ctx *ctx, struct watch *watch, int error, const char *text)
{
	if (watch->held != NULL)
		(void)bsk_answer(ctx, watch->held, BSK_NEW(bsk_result,
		    .error = error, .text = bsk_text_copy(text)));
	watch->held = NULL;
}

/* --- the table ------------------------------------------------------------ */

static struct watch *
find(const struct signals *self, int number, bsk_ref who)
{
	struct watch *watch = self->watches[number];

	while (watch != NULL && (watch->state == LEAVING ||
	    !bsk_ref_equal(watch->who, who)))
		watch = watch->next;
	return watch;
}

/* Some watch of that signal that is meant to stay, save `but`. */
static struct watch *
find_other(const struct signals *self, int number, const struct watch *but)
{
	struct watch *watch = self->watches[number];

	while (watch != NULL && (watch->state == LEAVING || watch == but))
		watch = watch->next;
	return watch;
}

static void
forget(struct signals *self, int number, struct watch *watch)
{
	struct watch **link = &self->watches[number];

	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	free(watch);
}

static int
ask_catcher(struct signals *self, bsk_ctx *ctx, int number, bool on,
    uint64_t *ret_ask)
{
	return bsk_ask(ctx, self->catcher,
	    BSK_NEW(bsk_signal_catch, .number = number, .on = on),
	    CATCH_TIMEOUT_NS, ret_ask);
}

/* --- coming --------------------------------------------------------------- */

static int
join(struct signals *self, bsk_ctx *ctx, int number)
{
	struct watch *other = find_other(self, number, NULL);
	struct watch *watch = calloc(1, sizeof(*watch));
	int error = watch == NULL ? -ENOMEM : 0;

	if (error == 0 && other == NULL)
		error = ask_catcher(self, ctx, number, true, &watch->ask);
	else if (error == 0)
		watch->ask = other->ask;
	if (error == 0)
		error = bsk_monitor(ctx, bsk_sender(ctx), &watch->monitor);
	if (error < 0) {
		free(watch);
		return error;
	}
	watch->who = bsk_sender(ctx);
	watch->state = watch->ask == 0 ? WATCHING : JOINING;
	watch->next = self->watches[number];
	self->watches[number] = watch;
	if (watch->state == WATCHING)
		return answer(ctx, 0, bsk_text_copy(NULL), NULL);
	watch->held = bsk_hold(ctx);
	return 0;
}

/* Takes all others away who watch or are about to. */
static void
replace(struct signals *self, bsk_ctx *ctx, int number, bsk_ref by)
{
	const struct watch *mine = find(self, number, by);
	struct watch *other;

	while ((other = find_other(self, number, mine)) != NULL) {
		answer_held(ctx, other, -ECANCELED, "replaced by another");
		(void)bsk_demonitor(ctx, other->monitor);
		forget(self, number, other);
	}
}

static int
on_watch(struct signals *self, bsk_ctx *ctx,
    const struct bsk_signal_watch *request)
{
	bsk_ref who = bsk_sender(ctx);
	int number = request->number;
	const struct watch *earlier;
	bsk_text text;
	int error;

	if (bsk_signal_check(number, &text) < 0)
		return answer(ctx, -EINVAL, text, "number");
	if (bsk_ref_is_nobody(who))
		return answer(ctx, -EINVAL, bsk_text_copy(
		    "only an actor can watch a signal"), NULL);
	earlier = find(self, number, who);
	if (earlier == NULL && !bsk_signal_claim(number, self))
		return answer(ctx, -EBUSY, bsk_text_format(
		    "signal %d is watched by another system of this process",
		    number), "number");
	error = earlier == NULL ? join(self, ctx, number) :
	    answer(ctx, earlier->state == WATCHING ? 0 : -EALREADY,
	    bsk_text_copy(NULL), NULL);
	if (error == 0 && request->replace)
		replace(self, ctx, number, who);
	return error;
}

/* --- going ---------------------------------------------------------------- */

/* Takes a watch away; the last one of its signal stays in the list, telling
 * nobody, until the catcher has let the signal go. `held` is then answered. */
static int
leave(struct signals *self, bsk_ctx *ctx, int number, struct watch *watch,
    bsk_message *held)
{
	int error;

	answer_held(ctx, watch, -ECANCELED, "unwatched meanwhile");
	watch->held = held;
	watch->state = LEAVING;
	if (find_other(self, number, watch) != NULL) {
		answer_held(ctx, watch, 0, NULL);
		forget(self, number, watch);
		return 0;
	}
	error = ask_catcher(self, ctx, number, false, &watch->ask);
	if (error < 0) {
		answer_held(ctx, watch, error, "cannot let the signal go");
		forget(self, number, watch);
	}
	return error;
}

static int
on_unwatch(struct signals *self, bsk_ctx *ctx,
    const struct bsk_signal_unwatch *request)
{
	int number = request->number;
	struct watch *watch;
	bsk_text text;

	/* What cannot be caught is not watched, which is no mistake. */
	if (number != SIGKILL && number != SIGSTOP &&
	    bsk_signal_check(number, &text) < 0)
		return answer(ctx, -EINVAL, text, "number");
	watch = find(self, number, bsk_sender(ctx));
	if (watch == NULL)
		return answer(ctx, -ENOENT, bsk_text_copy("not watched"),
		    "number");
	(void)bsk_demonitor(ctx, watch->monitor);
	return leave(self, ctx, number, watch, bsk_hold(ctx));
}

static int
on_down(struct signals *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	struct watch *watch;

	if (bsk_ref_equal(down->actor, self->catcher))
		return down->reason == 0 ? -EPIPE : down->reason;
	for (int number = 1; number < SIGNAL_END; number++) {
		watch = find(self, number, down->actor);
		if (watch != NULL && watch->monitor == down->monitor)
			return leave(self, ctx, number, watch, NULL);
	}
	return 0;
}

/* --- the catcher ---------------------------------------------------------- */

/* Settles whatever waited for one answer of the catcher's. */
static void
settle(struct signals *self, bsk_ctx *ctx, int number, uint64_t ask,
    int error, const char *text)
{
	struct watch *next;

	for (struct watch *watch = self->watches[number]; watch != NULL;
	    watch = next) {
		next = watch->next;
		if (watch->ask != ask)
			continue;
		watch->ask = 0;
		answer_held(ctx, watch, error, text);
		if (watch->state == JOINING && error == 0) {
			watch->state = WATCHING;
			continue;
		}
		if (watch->state == JOINING)
			(void)bsk_demonitor(ctx, watch->monitor);
		forget(self, number, watch);
	}
	if (self->watches[number] == NULL)
		bsk_signal_give_up(number, self);
}

static void
settle_all(struct signals *self, bsk_ctx *ctx, uint64_t ask, int error,
    const char *text)
{
	for (int number = 1; ask != 0 && number < SIGNAL_END; number++)
		if (self->watches[number] != NULL)
			settle(self, ctx, number, ask, error, text);
}

static int
on_result(struct signals *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	settle_all(self, ctx, bsk_asked(ctx), result->error,
	    result->text.chars);
	return 0;
}

static int
on_ask_failed(struct signals *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	settle_all(self, ctx, failed->ask, failed->reason,
	    "the catcher does not answer");
	return 0;
}

/* A signal that nobody watches any more by the time we hear of it is let go.
 * One that came before the catcher's answer is told all the same: it has been
 * caught, and would be lost. */
static int
on_raised(struct signals *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	const struct watch *watch;
	int error = 0;

	self->figures.raised += raised->count;
	if (find_other(self, raised->number, NULL) == NULL)
		self->figures.late += raised->count;
	for (watch = self->watches[raised->number];
	    watch != NULL && error != -ENOMEM; watch = watch->next)
		if (watch->state != LEAVING)
			error = bsk_send(ctx, watch->who, bsk_message_new(
			    &bsk_signal_raised_type, raised));
	return error == -ENOMEM ? error : 0;
}

/* --- the rest ------------------------------------------------------------- */

static int
on_status(struct signals *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	struct bsk_signal_status status = self->figures;

	(void)ask;
	for (int number = 1; number < SIGNAL_END; number++)
		for (const struct watch *watch = self->watches[number];
		    watch != NULL; watch = watch->next)
			if (watch->state != LEAVING)
				bsk_resources_add(&status.signals, watch->who,
				    number, NULL);
	(void)bsk_reply(ctx, bsk_message_new(&bsk_signal_status_type, &status));
	return 0;
}

/* The catcher is our child and gives every signal its old action back as it
 * ends. */
static int
on_close(struct signals *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	for (int number = 1; number < SIGNAL_END; number++) {
		while (self->watches[number] != NULL)
			forget(self, number, self->watches[number]);
		bsk_signal_give_up(number, self);
	}
	return 0;
}
