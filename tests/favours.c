/* favours.c - an actor that does what a thread outside asks of it. */
#include "favours.h"

#include <errno.h>
#include <time.h>

#include "harness.h"
#include "number.h"

sem_t in_handler;
sem_t go_on;
atomic_uint opened;
atomic_uint closed;

static const struct bsk_field favour_fields[] = {
	BSK_FIELD(favour, wish, "what to do"),
	BSK_FIELD(favour, text, "no matter"),
};
const struct bsk_type favour_type =
    BSK_OWNING_TYPE(favour, "do something", favour_fields);

struct helper {
	uint64_t handled;
};

BSK_HANDLER(helper_open, helper, bsk_open);
BSK_HANDLER(helper_favour, helper, favour);
BSK_HANDLER(helper_close, helper, bsk_close);

static const struct bsk_handler helper_handlers[] = {
	BSK_ON(bsk_open, helper_open),
	BSK_ON(favour, helper_favour),
	BSK_ON(bsk_close, helper_close),
};
static const struct bsk_port helper_ports[] = {
	BSK_PORT_OUT("out", number, "numbers"),
};
const struct bsk_class helper_class = BSK_CLASS(helper, "helper",
    "does favours", helper_handlers, BSK_PORTS(helper_ports),
    .config = &favour_type);

static int
helper_open(struct helper *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)ctx;
	(void)open;
	atomic_fetch_add(&opened, 1);
	return 0;
}

static int
helper_favour(struct helper *self, bsk_ctx *ctx, const struct favour *favour)
{
	self->handled++;
	switch (favour->wish) {
	case ANSWER:
		return bsk_reply(ctx, BSK_NEW(number,
		    .value = self->handled));
	case HOLD:
		ck_assert_ptr_nonnull(bsk_hold(ctx));
		return 0;
	case FAIL:
		return -EIO;
	case FILL: /* its own mailbox, of two */
		for (int i = 0; i < 2; i++)
			(void)bsk_send(ctx, bsk_self(ctx), BSK_NEW(favour,
			    .wish = IGNORE));
		/* fall through */
	case BLOCK:
		sem_post(&in_handler);
		while (sem_wait(&go_on) != 0)
			;
		return 0;
	case STOP_ALL:
		bsk_stop_system(ctx, 7);
		return 0;
	case SELF: /* for ever */
		return bsk_send(ctx, bsk_self(ctx), BSK_NEW(favour,
		    .wish = SELF));
	default:
		return 0;
	}
}

static int
helper_close(struct helper *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)self;
	(void)ctx;
	(void)close;
	atomic_fetch_add(&closed, 1);
	return 0;
}

/* One that never comes to the end of what it has begun. */
struct dawdler {
	char unused;
};

BSK_HANDLER(dawdler_drain, dawdler, bsk_drain);

static const struct bsk_handler dawdler_handlers[] = {
	BSK_ON(bsk_drain, dawdler_drain),
};
const struct bsk_class dawdler_class =
    BSK_CLASS(dawdler, "dawdler", "never ends", dawdler_handlers);

static int
dawdler_drain(struct dawdler *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)self;
	(void)ctx;
	(void)drain;
	sem_post(&in_handler);
	return 0;
}

/* --- helpers ------------------------------------------------------------- */

bsk_system *
new_system(void)
{
	struct bsk_system_options options = {.workers = 2};
	bsk_system *system;

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	return system;
}

bsk_ref
helper(bsk_system *system, enum bsk_placement placement)
{
	struct bsk_spawn_options options = {.placement = placement};
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &helper_class, NULL,
	    &options, &ref), 0);
	return ref;
}

bsk_message *
favour(enum wish wish)
{
	return BSK_NEW(favour, .wish = wish,
	    .text = bsk_text_copy("a text that is not kept in place"));
}

void
wait_for(sem_t *sem)
{
	struct timespec until;
	int result;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HARNESS_PATIENCE_S;
	do
		result = sem_timedwait(sem, &until);
	while (result != 0 && errno == EINTR); /* in a storm */
	ck_assert_int_eq(result, 0);
}

int
call(bsk_system *system, bsk_ref to, enum wish wish, int64_t timeout_ns)
{
	bsk_message *answer;
	int r = bsk_system_call(system, to, favour(wish), timeout_ns, &answer);

	if (r == 0)
		bsk_message_free(answer);
	return r;
}

void
end_system(bsk_system *system, int status)
{
	bsk_system_stop(system, status);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS),
	    status);
}
