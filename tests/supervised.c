/* supervised.c - a supervisor, and children that do what they are told. */
#include "supervised.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/inspect.h>

/* --- children that do what they are told -------------------------------- */

char story[4096];
int64_t life_ns[LIVES];
unsigned life_count;

static void
tell_story(const char *name, const char *what)
{
	ck_assert_uint_lt(strlen(story) + strlen(what) + 8, sizeof(story));
	(void)strcat(story, story[0] == '\0' ? "" : " ");
	(void)strcat(story, name);
	(void)strcat(story, what);
}

struct end {
	int32_t reason; /* 1: none; the child lives on and tells */
	uint32_t number;
};
static const struct bsk_field end_fields[] = {
	BSK_FIELD(end, reason, "to fail with"),
	BSK_FIELD(end, number, "to tell"),
};
static const struct bsk_type end_type = BSK_TYPE(end,
    "end, or tell a number", end_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(child_config, name, "for the story"),
	BSK_FIELD(child_config, is_stubborn, "does not stop"),
	BSK_FIELD(child_config, slow_ns, "takes so long to stop"),
	BSK_FIELD(child_config, stillborn, "lives that fail at once"),
};
static const struct bsk_type child_config_type = BSK_OWNING_TYPE(child_config,
    "a child's config", config_fields);

struct child {
	const struct child_config *config;
};

BSK_HANDLER(on_open, child, bsk_open)
{
	char life[12];

	self->config = bsk_config(ctx);
	if (life_count < LIVES)
		life_ns[life_count] = bsk_now(ctx);
	life_count++;
	(void)snprintf(life, sizeof(life), "%u", body->incarnation);
	tell_story(self->config->name.chars, life);
	return body->incarnation < self->config->stillborn ? -EIO : 0;
}

BSK_HANDLER(on_end, child, end)
{
	char number[12];

	if (body->reason < 0)
		return body->reason;
	if (body->reason == 0)
		bsk_exit(ctx, 0);
	(void)snprintf(number, sizeof(number), "=%u", body->number);
	if (body->reason == 1)
		tell_story(self->config->name.chars, number);
	return 0;
}

BSK_HANDLER(on_drain, child, bsk_drain)
{
	(void)body;
	tell_story(self->config->name.chars, "?");
	if (self->config->is_stubborn)
		return 0;
	return bsk_timer_arm(ctx, 1, self->config->slow_ns, 0);
}

BSK_HANDLER(on_due, child, bsk_timer_due)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(on_close, child, bsk_close)
{
	const struct child_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	tell_story(config->name.chars, "!");
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,      on_open),
	BSK_ON(end,           on_end),
	BSK_ON(bsk_drain,     on_drain),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_close,     on_close),
};

const struct bsk_class child_class = BSK_CLASS(child, "child",
    "does what it is told", handlers, .config = &child_config_type);

/* --- a world ------------------------------------------------------------ */

static const struct bsk_class *const classes[] = {
	&child_class, &bsk_supervisor_class, NULL,
};

char written[65536];

static ssize_t
keep(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	size_t length = strlen(written);

	(void)os;
	(void)fd; /* 2, or the log's own way to the same place */
	ck_assert_uint_lt(length + size, sizeof(written));
	memcpy(written + length, bytes, size);
	written[length + size] = '\0';
	return (ssize_t)size;
}

static struct bsk_os world;
bsk_system *sim;
bsk_ref supervisor;
bsk_ref boss;
struct probe_log told;

struct bsk_supervisor_config
lenient(void)
{
	return (struct bsk_supervisor_config){ .restarts = 100,
	    .within_ns = 1000 * MS };
}

void
world_begin(uint64_t seed, struct bsk_supervisor_config config)
{
	struct bsk_system_options options = { .os = &world,
	    .classes = classes };

	world = bsk_os_libc;
	world.write = keep;
	written[0] = '\0';
	story[0] = '\0';
	life_count = 0;
	probe_log_init(&told);
	ck_assert_int_eq(bsk_sim_create(&options, seed, &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_supervisor_class,
	    bsk_parcel_new(&bsk_supervisor_config_type, &config), NULL,
	    &supervisor), 0);
	boss = probe_spawn(sim, &told, NULL);
}

void
world_end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&told);
}

void
run_until(int64_t now_ms)
{
	ck_assert_int_eq(bsk_sim_run(sim, now_ms * MS), 0);
}

struct bsk_child_start
spec(const char *name, int32_t restart, struct child_config config)
{
	config.name = bsk_text_copy(name);
	return (struct bsk_child_start){
		.name = bsk_text_copy(name),
		.class_name = bsk_text_copy("child"),
		.config = bsk_parcel_new(&child_config_type, &config),
		.restart = restart,
		.grace_ns = 50 * MS,
	};
}

void
start_spec(struct bsk_child_start start)
{
	probe_ask(sim, boss, supervisor,
	    bsk_parcel_new(&bsk_child_start_type, &start));
}

void
start_as(const char *name, int32_t restart, struct child_config config)
{
	start_spec(spec(name, restart, config));
}

void
start(const char *name, int32_t restart)
{
	start_as(name, restart, (struct child_config){ .is_stubborn = false });
}

void
stop(const char *name)
{
	probe_ask(sim, boss, supervisor, BSK_PARCEL(bsk_child_stop,
	    .name = bsk_text_copy(name)));
}

void
restart(const char *name)
{
	probe_ask(sim, boss, supervisor, BSK_PARCEL(bsk_child_restart,
	    .name = bsk_text_copy(name)));
}

void
delete(const char *name)
{
	probe_ask(sim, boss, supervisor, BSK_PARCEL(bsk_child_delete,
	    .name = bsk_text_copy(name)));
}

const struct bsk_children *
list(uint32_t from)
{
	unsigned before = probe_count(&told, &bsk_children_type);

	probe_ask(sim, boss, supervisor, BSK_PARCEL(bsk_children_ask,
	    .from = from));
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + MS), 0);
	ck_assert_uint_eq(probe_count(&told, &bsk_children_type), before + 1);
	return probe_last(&told, &bsk_children_type);
}

const char *
listed(void)
{
	static const char letters[] = "-srt~"; /* by state */
	const struct bsk_children *children = list(0);
	const struct bsk_child_info *items = children->children.items;
	static char line[256];
	uint32_t i;

	line[0] = '\0';
	for (i = 0; i < children->children.count; i++)
		(void)snprintf(line + strlen(line), sizeof(line) - strlen(line),
		    "%s%s%c%u", i == 0 ? "" : " ", items[i].name.chars,
		    letters[items[i].state], items[i].restarts);
	return line;
}

void
tell(const char *name, int32_t reason, uint32_t number)
{
	bsk_ref child;

	ck_assert_int_eq(bsk_system_find(sim, name, &child), 0);
	ck_assert_int_eq(bsk_system_send(sim, child,
	    BSK_NEW(end, .reason = reason, .number = number)), 0);
}

bool
is_there(const char *name)
{
	bsk_ref ref;

	return bsk_system_find(sim, name, &ref) == 0;
}

int32_t
last_error(void)
{
	const struct bsk_result *result = probe_last(&told, &bsk_result_type);

	ck_assert_ptr_nonnull(result);
	return result->error;
}

static bool
is_child(void *arg, const struct bsk_actor_info *info)
{
	if (info->class_ == &child_class)
		++*(unsigned *)arg;
	return true;
}

unsigned
children(void)
{
	unsigned count = 0;

	(void)bsk_inspect_actors(sim, is_child, &count);
	return count;
}
