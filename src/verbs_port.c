/* verbs_port.c - what an actor does with its ports. */
#include <errno.h>

#include "send.h"
#include "wires.h"

size_t
bsk_wires(bsk_ctx *ctx, unsigned port, const struct bsk_wire **ret_wires)
{
	struct extras *extras = cell_has_extras(ctx->cell);
	size_t first = 0;
	size_t count = 0;

	if (extras == NULL)
		return 0;
	while (first < extras->own.wire_count &&
	    extras->own.wire_ports[first] < port)
		first++;
	while (first + count < extras->own.wire_count &&
	    extras->own.wire_ports[first + count] == port)
		count++;
	if (count > 0)
		*ret_wires = &extras->own.wires[first];
	return count;
}

bool
bsk_is_wired(bsk_ctx *ctx, unsigned port)
{
	const struct bsk_wire *wires;

	return bsk_wires(ctx, port, &wires) > 0;
}

int
bsk_send_along(bsk_ctx *ctx, const struct bsk_wire *wire, bsk_message *message)
{
	if (message == NULL)
		return -ENOMEM;
	message->to = wire->to;
	message->on_full = wire->on_full;
	return send_from(ctx, message);
}

/* A message that nobody is wired to hear is counted on the rest's edge. */
static void
drop(bsk_ctx *ctx, bsk_message *message)
{
	struct worker *worker = ctx->worker;
	struct edge *rest = edges_at(&worker->edges, EDGES_REST);

	bump(&rest->sent, 1);
	rest->here++;
	message->edge = EDGES_REST;
	post_end(worker, NULL, message, BSK_END_DROPPED, -ENOENT);
}

int
bsk_emit(bsk_ctx *ctx, unsigned port, bsk_message *message)
{
	INSIDE(ctx->worker);
	const struct bsk_wire *wires = NULL;
	size_t count = bsk_wires(ctx, port, &wires);
	int result = 0;

	if (message == NULL)
		return -ENOMEM;
	if (count == 0) {
		drop(ctx, message);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		bool is_last = i + 1 == count;
		int r = bsk_send_along(ctx, &wires[i],
		    is_last ? message : bsk_message_copy(message));

		if (result == 0)
			result = r;
	}
	return result;
}

int
bsk_wire_add(bsk_ctx *ctx, bsk_ref actor, const struct bsk_wire *wire)
{
	INSIDE(ctx->worker);
	struct cell *cell = cells_find(&ctx->worker->system->cells, actor);
	const struct bsk_class *class_;
	int port;

	if (cell == NULL || !cell_is(cell, actor))
		return -ESRCH;
	class_ = peek(&cell->class_);
	if (class_ == NULL)
		return -ESRCH;
	port = wires_port(class_, wire);
	if (port < 0)
		return port;
	return post_runtime(ctx->worker, cell_ref(ctx->cell), actor,
	    BSK_NEW(wires_laid, .port = (uint32_t)port, .to = wire->to,
	    .on_full = wire->on_full));
}
