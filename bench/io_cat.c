/* io_cat.c - bytes through a child: one actor feeds cat(1), another checks what
 * comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/process.h>

#include "io.h"

#define BLOCK 65536u
#define BLOCKS 17u /* of the pattern that lie one behind another in memory */
#define PIPE_BYTES (256u << 10)
#define BATCH 16u  /* blocks that the feeder sends in one go */

/* Fixed before the system runs; the last is the feeder's. */
static struct {
	char pattern[BLOCK * BLOCKS];
	uint64_t limit;
	int64_t limit_ns;
} plan;

struct go {
	uint64_t reserved;
};
BSK_DECLARE(go);

static const struct bsk_field go_fields[] = {
	BSK_FIELD(go, reserved, "0"),
};
const struct bsk_type go_type = BSK_TYPE(go, "go on", go_fields);

/* --- who feeds ------------------------------------------------------- */

enum { FEEDER_BYTES };

struct feeder {
	uint64_t bytes;
	int64_t over_ns; /* no more then */
	bsk_ref process;
};

/* The process's bounded mailbox is what slows it down: a sender to a full one
 * is suspended. */
BSK_HANDLER(on_go, feeder, go)
{
	bool is_over = io_now_ns() >= self->over_ns;

	(void)body;
	for (unsigned i = 0; i < BATCH && self->bytes < plan.limit && !is_over;
	    i++) {
		size_t size = plan.limit - self->bytes < BLOCK ?
		    (size_t)(plan.limit - self->bytes) : BLOCK;

		(void)bsk_emit(ctx, FEEDER_BYTES, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_static(plan.pattern, size)));
		self->bytes += size;
	}
	if (self->bytes < plan.limit && !is_over)
		return bsk_send(ctx, bsk_self(ctx), BSK_NEW(go, .reserved = 0));
	return bsk_send(ctx, self->process,
	    BSK_NEW(bsk_stream_finish, .reserved = 0));
}

BSK_HANDLER(on_feed, feeder, bsk_open)
{
	const struct bsk_wire *wires;

	(void)body;
	if (bsk_wires(ctx, FEEDER_BYTES, &wires) != 1)
		return -EINVAL;
	self->process = wires[0].to;
	self->over_ns = io_now_ns() + plan.limit_ns;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(go, .reserved = 0));
}

static const struct bsk_handler feeder_handlers[] = {
	BSK_ON(bsk_open, on_feed),
	BSK_ON(go, on_go),
};
static const struct bsk_port feeder_ports[] = {
	[FEEDER_BYTES] = BSK_PORT_OUT("bytes", bsk_bytes, "the pattern"),
};
static const struct bsk_class feeder_class = BSK_CLASS(feeder, "feeder",
    "feeds a child", feeder_handlers, BSK_PORTS(feeder_ports));

/* --- who checks ------------------------------------------------------ */

struct taker {
	bsk_ref process;
	bsk_ref feeder;
	uint64_t bytes;
	int64_t begun_ns;
	double cpu_s;
	bool bad;
};


BSK_HANDLER(on_open, taker, bsk_open)
{
	static const char *const command[] = { "/bin/cat" };
	const struct bsk_wire wires[] = {
		{ .port = { "started" }, .to = bsk_self(ctx) },
		{ .port = { "stdout" }, .to = bsk_self(ctx) },
		{ .port = { "finished" }, .to = bsk_self(ctx) },
		{ .port = { "failed" }, .to = bsk_self(ctx) },
	};

	(void)body;
	return bsk_spawn(ctx, &bsk_process_class,
	    BSK_PARCEL(bsk_process_config,
		.command = bsk_list_of_texts(command, 1),
		.pipe_bytes = PIPE_BYTES),
	    &(const struct bsk_spawn_options){ .wires = wires,
		.wire_count = 4, .capacity = 2 * BATCH }, &self->process);
}

BSK_HANDLER(on_failed, taker, bsk_process_failed)
{
	(void)self;
	(void)ctx;
	io_must(body->error, body->text.chars);
	return 0;
}

BSK_HANDLER(on_started, taker, bsk_process_started)
{
	const struct bsk_wire wire = { .port = { "bytes" },
		.to = bsk_sender(ctx) };

	(void)body;
	self->begun_ns = io_now_ns();
	self->cpu_s = io_cpu_s();
	return bsk_spawn(ctx, &feeder_class, NULL,
	    &(const struct bsk_spawn_options){ .wires = &wire,
		.wire_count = 1 }, &self->feeder);
}

BSK_HANDLER(on_bytes, taker, bsk_bytes)
{
	size_t size = body->bytes.size;

	(void)ctx;
	if (size > BLOCK * (BLOCKS - 1) || memcmp(body->bytes.bytes,
	    plan.pattern + self->bytes % BLOCK, size) != 0)
		self->bad = true;
	self->bytes += size;
	return 0;
}

BSK_HANDLER(on_finished, taker, bsk_process_finished)
{
	double seconds = (double)(io_now_ns() - self->begun_ns) / 1e9;
	double gib = (double)self->bytes / 1073741824.0;

	io_must(self->bad || body->code != 0 || body->cut ? -EIO : 0, "cat");
	io_print("pipe-throughput", "cat", "rate", gib / seconds, "GiB/s");
	io_print("pipe-throughput", "cat", "parent_cpu",
	    (io_cpu_s() - self->cpu_s) / gib, "s/GiB");
	io_print("pipe-throughput", "cat", "moved", gib, "GiB");
	bsk_stop_system(ctx, 0);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_process_started, on_started),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_process_finished, on_finished),
	BSK_ON(bsk_process_failed, on_failed),
};
static const struct bsk_class taker_class =
    BSK_CLASS(taker, "taker", "checks what comes back", taker_handlers);

/* --- the command ------------------------------------------------------ */

static void
cat(bsk_system *system, char **arguments)
{
	plan.limit = (uint64_t)io_count(arguments[0]);
	plan.limit_ns = (int64_t)(strtod(arguments[1], NULL) * 1e9);
	io_fill(plan.pattern, sizeof(plan.pattern), BLOCK);
	(void)io_spawn_actor(system, &taker_class, NULL, NULL);
}

const struct io_command io_cat = { "cat", "BYTES SECONDS", 2, cat };
