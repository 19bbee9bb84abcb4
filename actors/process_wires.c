/* actors/process_wires.c - what follows from the wires of a process actor: what
 * pipes its child has, and who is told what comes out of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <buskin/process.h>

static bool
is_given(const struct bsk_process_config *how, int32_t number)
{
	const struct bsk_process_fd *more = how->fds.items;

	for (uint32_t i = 0; i < how->fds.count; i++)
		if (more[i].to == number)
			return true;
	return false;
}

static void
settle(const struct bsk_process_config *how, int32_t number, bool has_use,
    int32_t *kind)
{
	if (*kind == BSK_STDIO_DEFAULT && !is_given(how, number))
		*kind = has_use ? BSK_STDIO_PIPE : BSK_STDIO_INHERIT;
}

static int
settle_all(bsk_ctx *ctx, struct bsk_parcel **ret_how)
{
	struct bsk_process_config how;
	struct bsk_parcel *parcel;
	int error = bsk_type_copy(&bsk_process_config_type, bsk_config(ctx),
	    &how);

	if (error < 0)
		return error;
	settle(&how, STDIN_FILENO, true, &how.in);
	settle(&how, STDOUT_FILENO, bsk_is_wired(ctx, BSK_PROCESS_STDOUT),
	    &how.out);
	settle(&how, STDERR_FILENO, bsk_is_wired(ctx, BSK_PROCESS_STDERR),
	    &how.err);
	parcel = bsk_parcel_new(&bsk_process_config_type, &how);
	if (parcel == NULL)
		return -ENOMEM;
	*ret_how = parcel;
	return 0;
}

/* Spawns an actor that speaks by two of our ports. Takes its config. */
static int
spawn(bsk_ctx *ctx, const struct bsk_class *class_, struct bsk_parcel *config,
    const unsigned ports[2], bsk_ref *ret_actor)
{
	const struct bsk_wire *one;
	const struct bsk_wire *other;
	size_t ones = bsk_wires(ctx, ports[0], &one);
	size_t others = bsk_wires(ctx, ports[1], &other);
	struct bsk_wire *wires = calloc(ones + others + 1, sizeof(wires[0]));
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = ones + others,
	};
	int error = -ENOMEM;

	for (size_t i = 0; wires != NULL && i < ones + others; i++)
		wires[i] = i < ones ? one[i] : other[i - ones];
	if (wires == NULL)
		bsk_parcel_free(config);
	else
		error = bsk_spawn(ctx, class_, config, &options, ret_actor);
	free(wires);
	return error;
}

int
bsk_process_child_spawn(bsk_ctx *ctx, bsk_ref *ret_keeper)
{
	static const unsigned ports[2] = { BSK_PROCESS_STOPPED,
		BSK_PROCESS_CONTINUED };
	struct bsk_parcel *how;
	int error = settle_all(ctx, &how);

	return error < 0 ? error : spawn(ctx, &bsk_process_child_class, how,
	    ports, ret_keeper);
}

int
bsk_process_output_spawn(bsk_ctx *ctx, bsk_fd out, bsk_fd err,
    bsk_ref *ret_reader)
{
	static const unsigned ports[2] = { BSK_PROCESS_STDOUT,
		BSK_PROCESS_STDERR };
	const struct bsk_process_config *config = bsk_config(ctx);

	return spawn(ctx, &bsk_process_output_class,
	    BSK_PARCEL(bsk_process_output_config,
		.out = out, .err = err, .frame = config->frame,
		.max_frame = config->max_frame), ports, ret_reader);
}
