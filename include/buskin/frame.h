/* buskin/frame.h - frames: how a byte stream is cut into messages, and back.
 *
 * Pure functions on bytes; the class "framer" is the actor around them. A
 * frame that lies whole in one piece of input shares its storage; only what is
 * torn is copied.
 */
#ifndef BUSKIN_FRAME_H
#define BUSKIN_FRAME_H

#include <buskin/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of frames. */
enum bsk_frame {
	BSK_FRAME_NONE,  /* "none": pieces, as they came */
	BSK_FRAME_LINES, /* "lines": each with its '\n', which is added to what
	                  * is sent without and to a last line that lacks it */
	BSK_FRAME_JSON_LINES, /* "json-lines": the same; one document each */
	BSK_FRAME_LENGTH, /* "length-prefix": 32 bits, most significant byte
	                   * first, then that many bytes, which are the frame */
	BSK_FRAME_NETSTRING /* "netstring": as 3:abc, whose frame is abc */
};

/* The words for them in that order, ended by NULL: for a field's `names`. */
extern const char *const bsk_frame_names[];

/* What cuts one stream of input. Set `frame` and `max`; the rest starts as
 * zeros and is private. */
struct bsk_cutter {
	int32_t frame;       /* enum bsk_frame */
	size_t max;          /* bytes in the largest frame, its line end or
	                      * prefix not counted */
	unsigned char *torn; /* the beginning of a frame, from earlier input */
	size_t torn_size;    /* its bytes */
	size_t torn_room;    /* what is allocated */
	size_t need;         /* bytes it must have before it is worth a look */
};

/* Takes the next frame out of `input`, from byte `at` on, which is moved on.
 * Returns 1 with a frame, the caller's; 0 when the input is used up; -EMSGSIZE:
 * a frame is larger than `max`; -EBADMSG: it is no frame; -ENOMEM. After an
 * error the input can be cut no further. */
int bsk_cutter_next(struct bsk_cutter *cutter, const bsk_buf *input,
    size_t *at, bsk_buf *ret_frame);

/* Says that no more input will come. Returns 1 with the last frame: a line that
 * had no end, and has one now, so that it cannot run into another one's line;
 * 0: nothing is left; -EBADMSG: a frame was torn off; -ENOMEM. */
int bsk_cutter_end(struct bsk_cutter *cutter, bsk_buf *ret_frame);

/* Frees what the cutter keeps. */
void bsk_cutter_release(struct bsk_cutter *cutter);

/* The bytes that `body` is sent as: the caller's; they share the body's storage
 * where nothing is to be added. Returns 0, -ENOMEM, or -EMSGSIZE: it is larger
 * than such a frame can be. */
int bsk_frame_encode(enum bsk_frame frame, const bsk_buf *body,
    bsk_buf *ret_bytes);

#ifdef __cplusplus
}
#endif

#endif
