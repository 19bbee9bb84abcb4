/* actors/echo.c - sends back what it is sent.
 *
 *   hears   bsk_bytes   from a stream, a framer, anybody
 *   says    bsk_bytes   to whoever sent it, and through "copy"
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/echo.h>

struct echo {
	uint8_t unused; /* a class's state must not be empty */
};

BSK_HANDLER(on_bytes, echo, bsk_bytes);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_bytes, on_bytes),
};

static const struct bsk_port ports[] = {
	[BSK_ECHO_COPY] = BSK_PORT_OUT("copy", bsk_bytes, "what was sent back"),
	[BSK_ECHO_BYTES] = BSK_PORT_IN("bytes", bsk_bytes, "what to send back"),
};

const struct bsk_class bsk_echo_class = BSK_CLASS(echo, "echo",
    "sends back what it is sent", handlers, BSK_PORTS(ports));

/* That the sender has no room for its own answer is its own policy. */
static int
on_bytes(struct echo *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	int error = 0;

	(void)self;
	if (!bsk_ref_is_nobody(bsk_sender(ctx)))
		error = bsk_send(ctx, bsk_sender(ctx), BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_share(&bytes->bytes)));
	if (bsk_is_wired(ctx, BSK_ECHO_COPY))
		(void)bsk_emit(ctx, BSK_ECHO_COPY, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_share(&bytes->bytes)));
	return error == -EAGAIN ? 0 : error;
}
