/* actors/process_input.c - a child's stdin, as part of an actor's state. */
#include <errno.h>

#include <buskin/process.h>
#include <buskin/reactor.h>

#define ASK_TIMEOUT_NS INT64_C(30000000000)

static void
close_pipe(struct bsk_process_input *input, bsk_ctx *ctx)
{
	if (bsk_fd_number(input->fd) >= 0)
		(void)bsk_send(ctx, input->reactor,
		    BSK_NEW(bsk_fd_release, .fd = input->fd));
	input->fd = bsk_fd_own(-1);
}

int
bsk_process_input_open(struct bsk_process_input *input, bsk_ctx *ctx, int fd)
{
	uint64_t ask;
	int error;

	input->fd = bsk_fd_own(fd);
	input->state = fd < 0 ? BSK_PROCESS_INPUT_OVER : BSK_PROCESS_INPUT_OPEN;
	error = bsk_service(ctx, &bsk_reactor_class, &input->reactor);
	if (error == 0 && fd >= 0)
		error = bsk_ask(ctx, input->reactor, BSK_NEW(bsk_fd_watch,
		    .fd = fd, .events = BSK_FD_OUT), ASK_TIMEOUT_NS, &ask);
	if (error == 0)
		bsk_process_input_flush(input, ctx);
	return error;
}

/* The child reads no more. Has it ended? Then what waits is for the next one,
 * and its actor will hear of it in a moment. */
static void
wrote(struct bsk_process_input *input, bsk_ctx *ctx, int error)
{
	if (error < 0) {
		input->state = BSK_PROCESS_INPUT_HELD;
		input->error = error;
	} else if (input->finishing && input->outbox.count == 0) {
		input->state = BSK_PROCESS_INPUT_OVER;
		close_pipe(input, ctx);
	}
}

void
bsk_process_input_flush(struct bsk_process_input *input, bsk_ctx *ctx)
{
	if (input->state == BSK_PROCESS_INPUT_OPEN)
		wrote(input, ctx, bsk_outbox_flush(&input->outbox, ctx,
		    bsk_fd_number(input->fd)));
	else if (input->state == BSK_PROCESS_INPUT_OVER)
		bsk_outbox_lose(&input->outbox, ctx);
}

/* Where nothing can be written now, the outbox gets no descriptor to try. */
int
bsk_process_input_put(struct bsk_process_input *input, bsk_ctx *ctx,
    const struct bsk_bytes *bytes)
{
	bool is_open = input->state == BSK_PROCESS_INPUT_OPEN;
	int fd = is_open ? bsk_fd_number(input->fd) : -1;
	int error;

	if (input->finishing || input->state == BSK_PROCESS_INPUT_OVER) {
		bsk_let_go(ctx, bsk_hold(ctx), BSK_END_DROPPED);
		return 0;
	}
	error = bsk_outbox_put(&input->outbox, ctx, fd, bytes);
	if (is_open && error != -ENOMEM)
		wrote(input, ctx, error);
	return error == -ENOMEM ? error : 0;
}

void
bsk_process_input_hold(struct bsk_process_input *input, bsk_ctx *ctx)
{
	if (input->state == BSK_PROCESS_INPUT_OPEN)
		input->state = BSK_PROCESS_INPUT_HELD;
	close_pipe(input, ctx);
}

void
bsk_process_input_lose(struct bsk_process_input *input, bsk_ctx *ctx)
{
	input->state = BSK_PROCESS_INPUT_OVER;
	close_pipe(input, ctx);
	bsk_outbox_lose(&input->outbox, ctx);
}
