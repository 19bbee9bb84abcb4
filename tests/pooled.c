/* pooled.c - a router with a pool of its own, and workers that count. */
#include <errno.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/status.h>

#include "harness.h"
#include "number.h"
#include "pooled.h"

/* --- workers -------------------------------------------------------------- */

atomic_uint got[VALUES];
atomic_uint lives;
atomic_uint ends;
sem_t handled;

static const struct bsk_field hand_fields[] = {
	BSK_FIELD(hand_config, stillborn, "fails to open"),
	BSK_FIELD(hand_config, said, "what it says of each"),
};
const struct bsk_type hand_config_type = BSK_OWNING_TYPE(hand_config,
    "a worker", hand_fields);

struct hand {
	uint8_t reserved;
};

BSK_HANDLER(on_open, hand, bsk_open)
{
	const struct hand_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	atomic_fetch_add(&lives, 1);
	return config != NULL && config->stillborn ? -EIO : 0;
}

BSK_HANDLER(on_number, hand, number)
{
	const struct hand_config *config = bsk_config(ctx);
	const char *said = config == NULL ? "" : bsk_text_chars(config->said);

	(void)self;
	atomic_fetch_add(&got[body->value % FAILS], 1);
	sem_post(&handled);
	if (said[0] != '\0')
		(void)bsk_emit(ctx, 0, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_copy(said, strlen(said))));
	return body->value >= FAILS ? -EIO : 0;
}

BSK_HANDLER(on_close, hand, bsk_close)
{
	(void)self;
	(void)ctx;
	(void)body;
	atomic_fetch_add(&ends, 1);
	return 0;
}

static const struct bsk_handler hand_handlers[] = {
	BSK_ON(bsk_open,  on_open),
	BSK_ON(number,    on_number),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_port hand_ports[] = {
	BSK_PORT_OUT("said", bsk_bytes, "what it says"),
};
static const struct bsk_class hand_class = BSK_CLASS(hand, "hand", "works",
    hand_handlers, BSK_PORTS(hand_ports), .config = &hand_config_type);

const struct bsk_class *const classes[] = {
	&hand_class, &bsk_router_class, NULL,
};

/* --- the world ------------------------------------------------------------ */

bsk_system *sys;
bsk_ref router;
struct probe_log heard;
bsk_ref boss;
uint64_t sent;

struct bsk_router_config
pool_of(uint32_t size)
{
	return (struct bsk_router_config){ .worker = bsk_text_copy("hand"),
	    .size = size, .restarts = 1000, .within_ns = 1000 * MS,
	    .backoff_first_ns = MS, .backoff_max_ns = 4 * MS };
}

void
run(void)
{
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
}

void
spawn_router(struct bsk_router_config config,
    const struct bsk_spawn_options *options)
{
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class,
	    bsk_parcel_new(&bsk_router_config_type, &config), options,
	    &router), 0);
	probe_monitor(sys, boss, router);
	run();
}

void
begin_nobody(void)
{
	sent = 0;
	sem_init(&handled, 0, 0);
	probe_log_init(&heard);
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .classes = classes }, harness_seed(), &sys), 0);
	boss = probe_spawn(sys, &heard, NULL);
}

void
begin(struct bsk_router_config config)
{
	begin_nobody();
	spawn_router(config, NULL);
}

void
end(void)
{
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 1);
	bsk_system_destroy(sys);
	probe_log_release(&heard);
	ck_assert_uint_eq(atomic_load(&lives), atomic_load(&ends));
}

/* Values go out without anybody being given time to handle them. */
void
send_values(unsigned count)
{
	for (; count > 0; count--)
		ck_assert_int_eq(bsk_system_send(sys, router,
		    BSK_NEW(number, .value = sent++)), 0);
}

void
send_failure(void)
{
	ck_assert_int_eq(bsk_system_send(sys, router,
	    BSK_NEW(number, .value = FAILS + sent++)), 0);
}

void
all_are_handled_once(void)
{
	for (uint64_t i = 0; i < sent; i++)
		ck_assert_uint_eq(atomic_load(&got[i]), 1);
}

static bool
count_child(void *arg, const struct bsk_actor_info *info)
{
	*(unsigned *)arg += bsk_ref_equal(info->parent, router);
	return true;
}

unsigned
children(void)
{
	unsigned count = 0;

	ck_assert_int_eq(bsk_inspect_actors(sys, count_child, &count), 0);
	return count;
}

static bool
note_child(void *arg, const struct bsk_actor_info *info)
{
	if (bsk_ref_equal(info->parent, router))
		*(bsk_ref *)arg = info->ref;
	return true;
}

bsk_ref
last_child(void)
{
	bsk_ref child = bsk_nobody();

	(void)bsk_inspect_actors(sys, note_child, &child);
	return child;
}

struct bsk_router_status
status(void)
{
	probe_ask(sys, boss, router, BSK_PARCEL(bsk_status_ask));
	run();
	return *(const struct bsk_router_status *)probe_last(&heard,
	    &bsk_router_status_type);
}

void
ask_for(uint32_t size)
{
	probe_ask(sys, boss, router, BSK_PARCEL(bsk_router_resize,
	    .size = size));
}

void
resize(uint32_t size)
{
	ask_for(size);
	run();
	ck_assert_uint_eq(((const struct bsk_router_resized *)probe_last(&heard,
	    &bsk_router_resized_type))->size, size);
}

const struct bsk_result *
refused(struct bsk_parcel *request)
{
	probe_ask(sys, boss, router, request);
	run();
	return probe_last(&heard, &bsk_result_type);
}

int
ended_with(void)
{
	const struct bsk_down *down = probe_last(&heard, &bsk_down_type);

	ck_assert_ptr_nonnull(down);
	return down->reason;
}
