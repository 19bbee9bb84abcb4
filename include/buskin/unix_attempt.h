/* buskin/unix_attempt.h - one attempt to connect to a Unix socket.
 *
 * For an actor that connects. A Unix socket connects at once or not at all.
 * Only one thing is worth waiting for: that its accept queue is full (-EAGAIN),
 * which goes by no event, so it is tried again after ever longer waits, until
 * time is up.
 */
#ifndef BUSKIN_UNIX_ATTEMPT_H
#define BUSKIN_UNIX_ATTEMPT_H

#include <buskin/actor.h>
#include <buskin/unix.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An attempt, on the heap. The first four are its owner's to use. */
struct bsk_unix_attempt {
	struct bsk_unix_attempt *next; /* in the owner's list */
	bsk_message *ask;    /* whose answer it is, held; NULL: nobody's */
	uint64_t timer;      /* its number among the owner's timers */
	bool pidfd;          /* the answer is to have one */
	bsk_fd fd;           /* the socket; for reading */
	int64_t deadline_ns; /* private */
	int64_t wait_ns;     /* private: the last wait */
	struct sockaddr_un address; /* private */
	socklen_t size;      /* private */
};

/* Makes one, with its socket. -EINVAL, -ENAMETOOLONG: the path; -ENOMEM; what
 * socket(2) fails with. `timeout_ns` 0: 5 s. */
int bsk_unix_attempt_new(bsk_ctx *ctx, const char *path, int64_t timeout_ns,
    struct bsk_unix_attempt **ret_attempt);

/* Makes one as asked. Where there is nothing to try (the request is refused, or
 * gives a socket that is connected) it makes the answer instead: `ret_attempt`
 * is untouched then, and the error, or 0, is what the answer says. */
int bsk_unix_attempt_asked(bsk_ctx *ctx,
    const struct bsk_unix_connect *request,
    struct bsk_unix_attempt **ret_attempt, bsk_message **ret_answer);

/* Tries. 0: it is connected; -EAGAIN: try again after `ret_wait_ns`; other
 * errors are final, -ETIMEDOUT for a queue that stayed full. */
int bsk_unix_attempt_try(struct bsk_unix_attempt *attempt, bsk_ctx *ctx,
    int64_t *ret_wait_ns);

/* The connected socket, the caller's from here on. */
int bsk_unix_attempt_take(struct bsk_unix_attempt *attempt);

/* Closes its socket, if it still has one, and frees it. */
void bsk_unix_attempt_free(struct bsk_unix_attempt *attempt, bsk_ctx *ctx);

/* Takes one out of the owner's list, in which it must be, and does that. */
void bsk_unix_attempt_drop(struct bsk_unix_attempt **list, bsk_ctx *ctx,
    struct bsk_unix_attempt *attempt);

/* The answer that a connection is there; `fd` goes into it. */
bsk_message *bsk_unix_connected_new(bsk_ctx *ctx, int fd, bool with_pidfd);

/* The answer that there is none, to a request: -EINVAL, ... No `why` (NULL,
 * or empty): what the error says. The request's socket goes back in it. */
bsk_message *bsk_unix_refused_new(const struct bsk_unix_connect *request,
    int error, const char *field, const char *why);

#ifdef __cplusplus
}
#endif

#endif
