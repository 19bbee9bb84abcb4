/* actors/inlet.c - the reading side of a descriptor.
 *
 *   says    bsk_bytes   through its owner's port, or to one actor
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/inlet.h>

/* A wire may refuse; want of memory would make a hole. */
static int
emit(const struct bsk_inlet *inlet, bsk_ctx *ctx, bsk_buf bytes)
{
	bsk_message *message = BSK_NEW(bsk_bytes, .bytes = bytes);
	int error;

	if (bsk_ref_is_nobody(inlet->heir))
		error = bsk_emit(ctx, inlet->port, message);
	else
		error = bsk_send(ctx, inlet->heir, message);
	return error == -ENOMEM ? error : 0;
}

/* Reads once and passes it on. Returns how much it was, which `left` goes down
 * by, or an error. */
static ssize_t
read_once(struct bsk_inlet *inlet, bsk_ctx *ctx, size_t *left)
{
	size_t size = inlet->read_size < *left ? inlet->read_size : *left;
	bsk_buf bytes;
	ssize_t got =
	    bsk_intake_read(&inlet->intake, ctx, inlet->fd, size, &bytes);

	if (got > 0 && emit(inlet, ctx, bytes) < 0)
		return -ENOMEM;
	*left -= got > 0 ? (size_t)got : 0;
	return got == 0 ? -ENODATA : got;
}

int
bsk_inlet_read(struct bsk_inlet *inlet, bsk_ctx *ctx, bool held_back)
{
	size_t left = inlet->read_budget;
	ssize_t got = 0;

	inlet->held_back = held_back;
	if (inlet->fd < 0 || inlet->paused || held_back)
		return 0;
	while (left > 0 && got >= 0)
		got = read_once(inlet, ctx, &left);
	if (got == -EAGAIN)
		return 0;
	if (got == -ENODATA)
		inlet->fd = -1;
	return got >= 0 ? 1 : (int)got;
}

int
bsk_inlet_hand_over(struct bsk_inlet *inlet, bsk_ctx *ctx, bsk_ref to)
{
	int error = 0;

	if (!bsk_ref_is_nobody(inlet->heir))
		(void)bsk_demonitor(ctx, inlet->heir_end);
	inlet->paused = true;
	inlet->heir = to;
	if (!bsk_ref_is_nobody(to))
		error = bsk_monitor(ctx, to, &inlet->heir_end);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error));
	return error;
}

void
bsk_inlet_announce(const struct bsk_inlet *inlet, bsk_ctx *ctx,
    const struct bsk_type *type, const void *news)
{
	bsk_ref parent = bsk_parent(ctx);
	bsk_ref heir = inlet->heir;

	if (!bsk_ref_is_nobody(parent))
		(void)bsk_send(ctx, parent, bsk_message_new(type, news));
	if (!bsk_ref_is_nobody(heir) && !bsk_ref_equal(heir, parent))
		(void)bsk_send(ctx, heir, bsk_message_new(type, news));
}
