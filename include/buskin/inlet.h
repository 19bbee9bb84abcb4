/* buskin/inlet.h - the reading side of a descriptor: what is read, when, and
 * who gets it.
 *
 * For an actor that reads a non-blocking descriptor which the reactor watches
 * and emits what it reads. A struct in the actor's state; open it.
 */
#ifndef BUSKIN_INLET_H
#define BUSKIN_INLET_H

#include <buskin/intake.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An inlet. For reading; what is not private may be set. */
struct bsk_inlet {
	struct bsk_intake intake; /* the reading itself */
	int fd;              /* the number to read; -1: that side is over */
	unsigned port;       /* the out port for what is read */
	uint32_t read_size;  /* bytes per read */
	uint32_t read_budget; /* bytes per turn */
	bool paused;         /* by request */
	bool held_back;      /* private: the last time it was told to */
	bsk_ref heir;        /* who gets what is read; nobody: the port */
	uint64_t heir_end;   /* private: the monitor of that one */
};

/* Reads and emits, a turn's worth; nothing while it is paused or `held_back`.
 * Returns 0: there is no more for now; 1: the turn is used up, go on in
 * another; -ENODATA: at the end of file, and `fd` is -1 now; or an error. */
int bsk_inlet_read(struct bsk_inlet *inlet, bsk_ctx *ctx, bool held_back);

/* Emits nothing more through the port: what is read goes to `to`; nobody:
 * through the port again. Leaves it paused. Answers the message in hand by
 * bsk_result, behind what was read. 0 or -ENOMEM. */
int bsk_inlet_hand_over(struct bsk_inlet *inlet, bsk_ctx *ctx, bsk_ref to);

/* Sends news to the parent, and beside that one to who it was handed over
 * to. */
void bsk_inlet_announce(const struct bsk_inlet *inlet, bsk_ctx *ctx,
    const struct bsk_type *type, const void *news);

#ifdef __cplusplus
}
#endif

#endif
