/* buskin/unix_crowd.h - the connections that a listener serves.
 *
 * For an actor of whatever class that accepts connections and is configured as
 * "unix-listener" is: each connection becomes its child, or is handed over. A
 * struct in the actor's state; all zeros is nobody.
 */
#ifndef BUSKIN_UNIX_CROWD_H
#define BUSKIN_UNIX_CROWD_H

#include <buskin/actor.h>
#include <buskin/framer.h>
#include <buskin/unix.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who waits for the last connection to be gone; private. */
struct bsk_unix_waiter;

/* A crowd. */
struct bsk_unix_crowd {
	struct bsk_unix_client *clients; /* `count` of them; for reading */
	uint32_t count;   /* children now; for reading */
	uint32_t room;    /* private */
	uint32_t lent;    /* handed over, and no credit came for them yet; for
	                   * reading */
	uint64_t refused; /* hung up on at once; for reading */
	struct bsk_unix_waiter *waiters; /* private */
};

/* Whom a listener's config names; in mode "fd", if none, the parent. */
bsk_ref bsk_unix_crowd_host(const struct bsk_unix_listener_config *config,
    bsk_ctx *ctx);

/* Makes a child of a connection, a stream or, with a frame, a framer: wired as
 * this actor's port `port` is. Takes the descriptor in `how`. As bsk_spawn. */
int bsk_unix_connection_spawn(bsk_ctx *ctx, unsigned port,
    struct bsk_framer_config *how, bsk_ref *ret_child);

/* Makes of a connection, which is taken, what the config says: a child that is
 * wired as this actor's port 0 is (a channel: as its port 2 is), or a message,
 * through its port 1 where that is wired. On an error it is hung up on and
 * counted. */
int bsk_unix_crowd_admit(struct bsk_unix_crowd *crowd, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config, int fd);

/* Whether there are as many connections as the config allows at a time. */
bool bsk_unix_crowd_is_full(const struct bsk_unix_crowd *crowd,
    const struct bsk_unix_listener_config *config);

/* So many that were handed over are over. */
void bsk_unix_crowd_credit(struct bsk_unix_crowd *crowd, uint32_t count);

/* For who makes its children itself: makes room for one more. -ENOMEM. */
int bsk_unix_crowd_make_room(struct bsk_unix_crowd *crowd);

/* And takes note of it, when it is there. */
void bsk_unix_crowd_came(struct bsk_unix_crowd *crowd,
    const struct bsk_unix_client *client);

/* Takes note that a child is down. Whether it was one of them. */
bool bsk_unix_crowd_left(struct bsk_unix_crowd *crowd, bsk_ref child);

/* Tells all to finish. */
int bsk_unix_crowd_stop(struct bsk_unix_crowd *crowd, bsk_ctx *ctx);

/* Ends all. */
void bsk_unix_crowd_kill(struct bsk_unix_crowd *crowd, bsk_ctx *ctx);

/* Keeps the ask in hand, to be answered by bsk_unix_crowd_tell. -ENOMEM. */
int bsk_unix_crowd_await(struct bsk_unix_crowd *crowd, bsk_ctx *ctx);

/* Answers all that were kept: 0: the last has left; or time is up. */
void bsk_unix_crowd_tell(
    struct bsk_unix_crowd *crowd, bsk_ctx *ctx, int error);

/* The first of them, for a status: struct bsk_unix_client. */
bsk_list bsk_unix_crowd_list(const struct bsk_unix_crowd *crowd);

/* Frees what it has; asks that are held are the runtime's to fail. */
void bsk_unix_crowd_release(struct bsk_unix_crowd *crowd);

#ifdef __cplusplus
}
#endif

#endif
