/* actors/tls_say.c - what a tls actor says. */
#include <errno.h>

#include <buskin/log.h>
#include <buskin/tls_wire.h>

void
bsk_tls_tell(bsk_ctx *ctx, bsk_message *message)
{
	if (bsk_ref_is_nobody(bsk_parent(ctx)))
		bsk_message_free(message);
	else
		(void)bsk_send(ctx, bsk_parent(ctx), message);
}

void
bsk_tls_tell_failed(bsk_ctx *ctx, enum bsk_tls_cause cause, int error,
    bsk_text text)
{
	(void)bsk_log(ctx, BSK_LOG_NOTICE, "TLS failed: %s",
	    bsk_text_chars(text));
	bsk_tls_tell(ctx, BSK_NEW(bsk_tls_failed, .error = error,
	    .cause = (int32_t)cause, .text = text));
}

int
bsk_tls_tell_ready(bsk_ctx *ctx, const struct bsk_tls_ready *agreed)
{
	struct bsk_tls_ready copy;
	int error = bsk_type_copy(&bsk_tls_ready_type, agreed, &copy);

	if (error == 0)
		bsk_tls_tell(ctx, bsk_message_new(&bsk_tls_ready_type, &copy));
	return error;
}

void
bsk_tls_tell_ended(bsk_ctx *ctx, struct bsk_tls_wire *wire,
    struct bsk_stream_ended ended)
{
	ended.read_bytes = wire->read_bytes;
	ended.written_bytes = wire->written_bytes;
	ended.unsent_bytes += wire->waiting_bytes;
	ended.unsent_messages += bsk_tls_wire_close(wire, ctx);
	bsk_tls_tell(ctx, bsk_message_new(&bsk_stream_ended_type, &ended));
}

int
bsk_tls_reply_status(bsk_ctx *ctx, const struct bsk_tls_wire *wire,
    const struct bsk_tls_ready *agreed, struct bsk_tls_status status)
{
	struct bsk_tls_ready copy;
	int error = bsk_type_copy(&bsk_tls_ready_type, agreed, &copy);

	if (error < 0)
		return error;
	status.version = copy.version;
	status.cipher = copy.cipher;
	status.alpn = copy.alpn;
	status.subject = copy.subject;
	status.issuer = copy.issuer;
	status.verified = copy.verified;
	status.read_bytes = wire->read_bytes;
	status.written_bytes = wire->written_bytes;
	status.received_bytes = wire->received_bytes;
	status.sent_bytes = wire->sent_bytes;
	status.waiting_bytes = wire->waiting_bytes;
	if (wire->engine != NULL)
		status.unread_bytes = bsk_tls_engine_unread(wire->engine);
	error = bsk_reply(ctx, bsk_message_new(&bsk_tls_status_type, &status));
	return error == -ENOMEM ? error : 0;
}
