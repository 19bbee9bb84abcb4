/* check_next_life.c - what a restart carries over, and what it leaves behind.
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "harness.h"
#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)
#define TIMER 1

/* A life that arms a timer, watches somebody, holds a message, and
 * fails; and the next, that only tells what it hears. */
struct child {
	uint32_t life;
};

static char heard[256];
static bsk_ref neighbour;

static void
tell(const char *what)
{
	ck_assert_uint_lt(strlen(heard) + strlen(what) + 1, sizeof(heard));
	(void)strcat(heard, what);
}

BSK_HANDLER(on_open, child, bsk_open)
{
	uint64_t number;

	self->life = body->incarnation;
	if (self->life > 0)
		return 0;
	(void)bsk_timer_arm(ctx, TIMER, 20 * MS, 20 * MS);
	return bsk_monitor(ctx, neighbour, &number);
}

BSK_HANDLER(on_due, child, bsk_timer_due)
{
	(void)self;
	(void)ctx;
	(void)body;
	tell("due ");
	return 0;
}

BSK_HANDLER(on_down, child, bsk_down)
{
	(void)self;
	(void)ctx;
	(void)body;
	tell("down ");
	return 0;
}

/* The first life holds it and fails; the next passes it on by its port. */
BSK_HANDLER(on_bytes, child, bsk_bytes)
{
	if (self->life == 0) {
		(void)bsk_hold(ctx);
		return -EIO;
	}
	tell("bytes ");
	return bsk_emit(ctx, 0, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_share(&body->bytes)));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,      on_open),
	BSK_ON(bsk_timer_due,  on_due),
	BSK_ON(bsk_down,      on_down),
	BSK_ON(bsk_bytes,     on_bytes),
};
static const struct bsk_port ports[] = {
	BSK_PORT_OUT("out", bsk_bytes, "what the next life was told"),
};
static const struct bsk_class child_class = BSK_CLASS(child, "child",
    "fails once", handlers, BSK_PORTS(ports));

/* Its parent: restarts it at once. */
struct parent {
	bsk_ref child;
};

static bsk_ref wired_to;
static bsk_ref born;

BSK_HANDLER(on_parent_open, parent, bsk_open)
{
	const struct bsk_wire wire = { .port = bsk_text_copy("out"),
	    .to = wired_to };
	const struct bsk_spawn_options options = { .name = "child",
	    .supervised = true, .wires = &wire, .wire_count = 1 };
	int result = bsk_spawn(ctx, &child_class, NULL, &options,
	    &self->child);
	bsk_text port = wire.port;

	(void)body;
	bsk_text_drop(&port);
	born = self->child;
	return result;
}

BSK_HANDLER(on_ended, parent, bsk_child_ended)
{
	(void)self;
	return bsk_restart(ctx, body->child);
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(bsk_open,        on_parent_open),
	BSK_ON(bsk_child_ended, on_ended),
};
static const struct bsk_class parent_class = BSK_CLASS(parent, "parent",
    "restarts its child", parent_handlers);

static bsk_system *sim;
static struct probe_log told;

static void
send_bytes(bsk_ref to)
{
	ck_assert_int_eq(bsk_system_send(sim, to, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy("x", 1))), 0);
}

static void
leaves(uint64_t seed)
{
	bsk_ref parent;
	bsk_ref found;

	heard[0] = '\0';
	probe_log_init(&told);
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &sim), 0);
	neighbour = probe_spawn(sim, &told, NULL);
	wired_to = probe_spawn(sim, &told, NULL);
	ck_assert_int_eq(bsk_system_spawn(sim, &parent_class, NULL, NULL,
	    &parent), 0);
	ck_assert_int_eq(bsk_sim_run(sim, MS), 0);
	probe_monitor(sim, wired_to, born);
	ck_assert_int_eq(bsk_sim_run(sim, 2 * MS), 0);
	probe_log_clear(&told);
	send_bytes(born);
	send_bytes(born); /* waits for the next life, which has the wire */
	ck_assert_int_eq(bsk_sim_run(sim, 3 * MS), 0);
	probe_kill(sim, wired_to, neighbour); /* no longer watched */
	ck_assert_int_eq(bsk_sim_run(sim, 200 * MS), 0);
	ck_assert_str_eq(heard, "bytes ");
	ck_assert_uint_eq(probe_count(&told, &bsk_bytes_type), 1);
	ck_assert_uint_eq(probe_count(&told, &bsk_down_type), 0);
	ck_assert_int_eq(bsk_system_find(sim, "child", &found), 0);
	ck_assert(bsk_ref_equal(found, born));
	harness_check_books(sim);
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_MAX), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&told);
}

START_TEST(wires_name_mailbox_and_watchers_stay_timers_and_watches_go)
{
	seeds_walk(leaves);
}
END_TEST

static Suite *
next_life_suite(void)
{
	Suite *suite = suite_create("next_life");

	seeds_add(suite, "leaves",
	    wires_name_mailbox_and_watchers_stay_timers_and_watches_go);
	return suite;
}

int
main(void)
{
	return harness_main(next_life_suite);
}
