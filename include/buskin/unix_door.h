/* buskin/unix_door.h - the socket that a listener listens on.
 *
 * For an actor of whatever class that is configured as "unix-listener" is: its
 * socket from bind to the removal of its file. A struct in the actor's state;
 * all zeros may be shut.
 */
#ifndef BUSKIN_UNIX_DOOR_H
#define BUSKIN_UNIX_DOOR_H

#include <buskin/actor.h>
#include <buskin/unix.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A door. */
struct bsk_unix_door {
	bsk_fd fd;      /* the socket; none: shut; for reading */
	bsk_text where; /* its name; for reading */
	bool watched;   /* it listens, or is about to; for reading */
	bool shut;      /* for good; for reading */
	bsk_ref reactor; /* private */
	struct bsk_unix_socket made; /* private: what is to be removed */
};

/* Binds to the path of the config, or takes the socket that was handed over:
 * nobody can connect by this. What is wrong is told to the log, and to whom the
 * config names by bsk_listener_failed. */
int bsk_unix_door_open(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config);

/* Tells the log, and whom the config names by bsk_listener_failed, that it does
 * not listen. Returns `error`. */
int bsk_unix_door_fail(bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config, int error);

/* Listens, and asks the reactor to watch: its bsk_result comes, and then
 * bsk_fd_ready when somebody waits. */
int bsk_unix_door_listen(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config);

/* Removes the file, unless it is another's by now or shall stay, and closes
 * the socket. Twice is once. */
void bsk_unix_door_shut(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config);

/* Its name, never NULL. */
const char *bsk_unix_door_name(const struct bsk_unix_door *door);

/* What it holds, for a status: struct bsk_resource. */
bsk_list bsk_unix_door_fds(const struct bsk_unix_door *door);

/* Frees what is left of a door that is shut. */
void bsk_unix_door_release(struct bsk_unix_door *door);

#ifdef __cplusplus
}
#endif

#endif
