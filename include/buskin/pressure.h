/* buskin/pressure.h - how much waits to be written, told as it becomes too much
 * and as it is little again.
 *
 * A stream tells bsk_stream_pressure to whoever has sent it
 * bsk_stream_pressure_watch. `on` comes when more bytes than its high water
 * wait, off when no more than its low water do; never twice the same.
 */
#ifndef BUSKIN_PRESSURE_H
#define BUSKIN_PRESSURE_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tell the sender of this of pressure from now on; at once if there is some
 * now. Twice is once. Control: overtakes data. */
struct bsk_stream_pressure_watch {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_stream_pressure_watch);

/* The pressure has changed. */
struct bsk_stream_pressure {
	bool on;                /* too much waits: better send no more */
	uint64_t waiting_bytes; /* to be written, now */
};
BSK_DECLARE(bsk_stream_pressure);

/* Set the marks of a stream. Ask; answered by bsk_result: -EINVAL with the
 * field `low_water`, when it is above the other. Control: overtakes data. */
struct bsk_stream_limit {
	uint64_t high_water; /* bytes; 0: four times `low_water`, or 64 KiB */
	uint64_t low_water;  /* bytes; 0: a quarter of `high_water` */
};
BSK_DECLARE(bsk_stream_limit);

/* The pressure on one writing side, and who is to be told of it. All zeros has
 * marks of 0. The marks and `on` are for reading, the rest is private. */
struct bsk_pressure {
	uint64_t high_water; /* bytes; more is too much */
	uint64_t low_water;  /* bytes; no more is little */
	bool on;             /* too much waits */
	uint64_t waiting_bytes; /* as it was told last */
	bsk_ref *watchers;   /* who is told; `count` of them */
	uint32_t count;      /* private */
	uint32_t room;       /* private */
};

/* Sets the marks; zeros as in bsk_stream_limit. Returns 0; or -EINVAL, when the
 * low one is above the other, and nothing is set. */
int bsk_pressure_set(struct bsk_pressure *pressure, uint64_t high_water,
    uint64_t low_water);

/* Sets the marks as the message in hand asks, and answers it. */
void bsk_pressure_limit(struct bsk_pressure *pressure, bsk_ctx *ctx,
    const struct bsk_stream_limit *limit);

/* From now on tells the sender of the message in hand, which is monitored: its
 * bsk_down is for bsk_pressure_forget. 0 or -ENOMEM. */
int bsk_pressure_watch(struct bsk_pressure *pressure, bsk_ctx *ctx);

/* Tells that actor no more. */
void bsk_pressure_forget(struct bsk_pressure *pressure, bsk_ref who);

/* So many bytes wait now. */
void bsk_pressure_note(struct bsk_pressure *pressure, bsk_ctx *ctx,
    uint64_t waiting_bytes);

/* Frees what it has. */
void bsk_pressure_release(struct bsk_pressure *pressure);

#ifdef __cplusplus
}
#endif

#endif
