/* buskin/framer.h - a framer: a byte stream cut into frames, and back.
 *
 * It stands alone or in front of a stream.
 *
 * Alone, it cuts what it hears as bsk_bytes, from whomever and in the order it
 * came, and emits each frame through "data" as one bsk_bytes.
 *
 * Given a descriptor (config `stream`), it makes a stream of it, cuts what that
 * one reads, and passes on to it whatever else it is sent: bytes as frames, and
 * all other messages that a stream hears as they are. So it is sent to as a
 * stream is, and like one it tells its parent bsk_stream_ended,
 * once, as the last thing: with -EMSGSIZE or -EBADMSG as the reason when what
 * came was no frame. The last line may lack its end, and is given one; any
 * other frame that is torn off by the end of the input is -EBADMSG. Alone, it
 * ends itself for the same reasons.
 */
#ifndef BUSKIN_FRAMER_H
#define BUSKIN_FRAMER_H

#include <buskin/frame.h>
#include <buskin/stream.h>
#include <buskin/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to cut. */
struct bsk_framer_config {
	int32_t frame;      /* enum bsk_frame */
	uint32_t max_frame; /* bytes in the largest frame, its line end or
	                     * prefix not counted; 0: 1 MiB */
	struct bsk_stream_config stream; /* of the stream to stand before;
	                     * without a descriptor: none */
	int32_t tls_role;    /* enum bsk_tls_role, with the next */
	struct bsk_parcel *tls; /* bsk_tls_terms: a tls actor stands between;
	                     * NULL: none. What it tells, our parent hears */
};
BSK_DECLARE(bsk_framer_config);

/* The ports of a framer. */
enum bsk_framer_port {
	BSK_FRAMER_DATA, /* "data", out: bsk_bytes, one a frame */
	BSK_FRAMER_BYTES /* "bytes", in: bsk_bytes, to cut or to send */
};

/* The class "framer". */
extern const struct bsk_class bsk_framer_class;

#ifdef __cplusplus
}
#endif

#endif
