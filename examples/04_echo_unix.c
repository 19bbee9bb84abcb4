/* 04_echo_unix.c - an echo server on a Unix socket.
 *
 *	./04_echo_unix          serves a visitor of its own, then ends
 *	./04_echo_unix PATH     serves whoever comes, as with nc -U PATH, until
 *	                        somebody says "stop"
 *
 * The listening, the connections and the cutting into lines are actors that
 * come with buskin: the class "unix-listener" makes a child of each connection,
 * and what the children read goes where the listener's port "data" is wired
 * to. So the parrot hears lines, and answers whoever sent each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/system.h>
#include <buskin/unix.h>

/* What the parrot is told when it is spawned: its config. */
struct parrot_config {
	bsk_text path;    /* where to listen */
	bool has_visitor; /* somebody of our own is to come */
};

static const struct bsk_field parrot_config_fields[] = {
	BSK_FIELD(parrot_config, path, "where to listen"),
	BSK_FIELD(parrot_config, has_visitor, "send a visitor"),
};
static const struct bsk_type parrot_config_type = BSK_OWNING_TYPE(
    parrot_config, "where to listen", parrot_config_fields);

/* --- the visitor ------------------------------------------------------ */

struct visitor {
	bsk_ref connector; /* our child: the way to the server */
	int heard;         /* lines */
};

BSK_HANDLER(on_visit, visitor, bsk_open);
BSK_HANDLER(on_answer, visitor, bsk_bytes);

static const struct bsk_handler visitor_handlers[] = {
	BSK_ON(bsk_open, on_visit),
	BSK_ON(bsk_bytes, on_answer),
};

static const struct bsk_class visitor_class = BSK_CLASS(visitor, "visitor",
    "says three things", visitor_handlers, .config = &parrot_config_type);

/* An actor that reads is told where to send it by a wire. */
static int
on_visit(struct visitor *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	static const char *const lines[] = { "hello\n", "who is there?\n",
		"bye\n" };
	const struct parrot_config *config = bsk_config(ctx);
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };
	int error = bsk_spawn(ctx, &bsk_unix_connector_class,
	    BSK_PARCEL(bsk_unix_connector_config,
		.path = bsk_text_copy(config->path.chars),
		.frame = BSK_FRAME_LINES),
	    &(const struct bsk_spawn_options){ .wires = &wire,
		.wire_count = 1 }, &self->connector);

	(void)open;
	for (size_t i = 0; i < 3 && error == 0; i++)
		error = bsk_send(ctx, self->connector, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_static(lines[i], strlen(lines[i]))));
	return error;
}

static int
on_answer(struct visitor *self, bsk_ctx *ctx, const struct bsk_bytes *line)
{
	printf("heard: %.*s", (int)line->bytes.size,
	    (const char *)line->bytes.bytes);
	if (++self->heard == 3)
		bsk_stop_system(ctx, 0);
	return 0;
}

/* --- the parrot ------------------------------------------------------- */

struct parrot {
	bsk_ref listener; /* our child */
};

BSK_HANDLER(on_open, parrot, bsk_open);
BSK_HANDLER(on_ready, parrot, bsk_listener_ready);
BSK_HANDLER(on_line, parrot, bsk_bytes);

static const struct bsk_handler parrot_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_listener_ready, on_ready),
	BSK_ON(bsk_bytes, on_line),
};

static const struct bsk_class parrot_class = BSK_CLASS(parrot, "parrot",
    "says what it hears", parrot_handlers, .config = &parrot_config_type);

static int
on_open(struct parrot *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct parrot_config *config = bsk_config(ctx);
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };

	(void)open;
	return bsk_spawn(ctx, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(config->path.chars),
		.to = bsk_self(ctx), .frame = BSK_FRAME_LINES),
	    &(const struct bsk_spawn_options){ .wires = &wire,
		.wire_count = 1 }, &self->listener);
}

/* From now on a client is not refused. */
static int
on_ready(struct parrot *self, bsk_ctx *ctx,
    const struct bsk_listener_ready *ready)
{
	const struct parrot_config *config = bsk_config(ctx);
	bsk_ref visitor;

	(void)self;
	printf("listening\n");
	if (!config->has_visitor)
		return 0;
	return bsk_spawn(ctx, &visitor_class, BSK_PARCEL(parrot_config,
	    .path = bsk_text_copy(ready->path.chars)), NULL, &visitor);
}

/* The sender is the connection that the line came by. */
static int
on_line(struct parrot *self, bsk_ctx *ctx, const struct bsk_bytes *line)
{
	static const char stop[] = "stop\n";

	(void)self;
	if (line->bytes.size == strlen(stop) &&
	    memcmp(line->bytes.bytes, stop, strlen(stop)) == 0)
		bsk_stop_system(ctx, 0);
	return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_share(&line->bytes)));
}

int
main(int argc, char **argv)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");
	bsk_text path = argc > 1 ? bsk_text_copy(argv[1])
	    : bsk_text_format("%s/04_echo_unix.sock",
		directory != NULL ? directory : "/tmp");
	bsk_system *system = NULL;
	bsk_ref parrot;
	int status = 1;

	if (bsk_system_create(NULL, &system) == 0 &&
	    bsk_system_spawn(system, &parrot_class, BSK_PARCEL(parrot_config,
	    .path = path, .has_visitor = argc == 1), NULL, &parrot) == 0)
		status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
