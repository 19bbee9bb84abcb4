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

int
bsk_process_settle(bsk_ctx *ctx, struct bsk_parcel **ret_how)
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

int
bsk_process_output_spawn(bsk_ctx *ctx, bsk_fd out, bsk_fd err,
    bsk_ref *ret_reader)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	const struct bsk_wire *out_wires;
	const struct bsk_wire *err_wires;
	size_t outs = bsk_wires(ctx, BSK_PROCESS_STDOUT, &out_wires);
	size_t errs = bsk_wires(ctx, BSK_PROCESS_STDERR, &err_wires);
	struct bsk_wire *wires = calloc(outs + errs + 1, sizeof(wires[0]));
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = outs + errs,
	};
	struct bsk_parcel *how = BSK_PARCEL(bsk_process_output_config,
	    .out = out, .err = err, .frame = config->frame,
	    .max_frame = config->max_frame);
	int error = -ENOMEM;

	for (size_t i = 0; wires != NULL && i < outs + errs; i++)
		wires[i] = i < outs ? out_wires[i] : err_wires[i - outs];
	if (wires == NULL)
		bsk_parcel_free(how);
	else
		error = bsk_spawn(ctx, &bsk_process_output_class, how,
		    &options, ret_reader);
	free(wires);
	return error;
}
