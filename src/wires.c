/* wires.c - where the out ports of an actor lead.
 *
 * The wires of an actor are its home's alone, sorted by port; the directory
 * keeps a copy for whoever inspects.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wires.h"

static const struct bsk_field laid_fields[] = {
	BSK_FIELD(wires_laid, port, "of the sender's class"),
	BSK_FIELD(wires_laid, to, "where it leads"),
	BSK_FIELD(wires_laid, on_full, "enum bsk_on_full"),
};
const struct bsk_type wires_laid_type =
    BSK_CONTROL_TYPE(wires_laid, "a wire leads from you", laid_fields);

int
wires_port(const struct bsk_class *class_, const struct bsk_wire *wire)
{
	const char *name = bsk_text_chars(wire->port);

	if (wire->on_full > BSK_DROP_OLD)
		return -EINVAL;
	for (size_t i = 0; i < class_->port_count; i++)
		if (class_->ports[i].direction == BSK_OUT &&
		    strcmp(class_->ports[i].name, name) == 0)
			return (int)i;
	return -EINVAL;
}

/* Copies the wires of one port behind those that are there. */
static int
copy_wires(struct extras_own *own, const struct bsk_class *class_,
    uint32_t port, const struct bsk_spawn_options *options)
{
	for (size_t i = 0; i < options->wire_count; i++) {
		const struct bsk_wire *wire = &options->wires[i];
		struct bsk_wire *copy = &own->wires[own->wire_count];

		if (wires_port(class_, wire) != (int)port)
			continue;
		*copy = *wire;
		copy->port = bsk_text_copy(bsk_text_chars(wire->port));
		if (bsk_text_is_lost(copy->port))
			return -ENOMEM;
		own->wire_ports[own->wire_count++] = port;
	}
	return 0;
}

int
wires_set(struct cell *cell, const struct bsk_class *class_,
    const struct bsk_spawn_options *options)
{
	struct extras *extras;
	size_t count = options->wire_count;
	int r = 0;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (wires_port(class_, &options->wires[i]) < 0)
			return -EINVAL;
	extras = cell_extras(cell);
	if (extras == NULL)
		return -ENOMEM;
	extras->own.wires = calloc(count, sizeof(*extras->own.wires));
	extras->own.wire_ports = calloc(count, sizeof(uint32_t));
	if (extras->own.wires == NULL || extras->own.wire_ports == NULL)
		return -ENOMEM;
	for (uint32_t p = 0; r == 0 && p < class_->port_count; p++)
		r = copy_wires(&extras->own, class_, p, options);
	return r;
}

/* --- one more ------------------------------------------------------------ */

static int
make_room(struct extras_own *own)
{
	struct bsk_wire *wires = realloc(own->wires,
	    (own->wire_count + 1) * sizeof(*wires));
	uint32_t *ports;

	if (wires == NULL)
		return -ENOMEM;
	own->wires = wires;
	ports = realloc(own->wire_ports,
	    (own->wire_count + 1) * sizeof(*ports));
	if (ports == NULL)
		return -ENOMEM;
	own->wire_ports = ports;
	return 0;
}

/* Behind those of the same port. The wire is taken. */
static void
insert(struct extras_own *own, uint32_t port, const struct bsk_wire *wire)
{
	size_t at = own->wire_count;

	while (at > 0 && own->wire_ports[at - 1] > port) {
		own->wires[at] = own->wires[at - 1];
		own->wire_ports[at] = own->wire_ports[at - 1];
		at--;
	}
	own->wires[at] = *wire;
	own->wire_ports[at] = port;
	own->wire_count++;
}

int
wires_add(struct worker *worker, struct cell *cell,
    const struct wires_laid *laid)
{
	const struct bsk_port *port =
	    &peek(&cell->class_)->ports[laid->port];
	struct bsk_wire wire = {
		.to = laid->to,
		.on_full = laid->on_full,
	};
	struct extras *extras = cell_extras(cell);
	int r;

	if (extras == NULL || make_room(&extras->own) < 0)
		return -ENOMEM;
	wire.port = bsk_text_copy(port->name);
	if (bsk_text_is_lost(wire.port))
		return -ENOMEM;
	r = directory_add_wire(&worker->system->directory, cell_ref(cell),
	    &wire, port->type);
	if (r == 0)
		insert(&extras->own, laid->port, &wire);
	else
		bsk_text_drop(&wire.port);
	return r;
}
