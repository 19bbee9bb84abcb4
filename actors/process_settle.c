/* actors/process_settle.c - what becomes of a child's standard descriptors that
 * its config says nothing of.
 */
#include <errno.h>
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
