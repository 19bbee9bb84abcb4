/* buskin/reactor.h - the reactor: who tells when a descriptor is ready.
 *
 * The reactor is a service: bsk_service(ctx, &bsk_reactor_class, &reactor).
 *
 *	bsk_fd_watch    ask; answered by bsk_result
 *	bsk_fd_ready    comes to the watcher, again and again
 *	bsk_fd_unwatch  ask; answered by bsk_result: only then may the watcher
 *	                close the descriptor itself
 *	bsk_fd_release  tell; the reactor lets go of the descriptor and closes
 *	                it: what an actor does in bsk_close
 *
 * Readiness is told by edges, as epoll(7) EPOLLET: a message says that the
 * descriptor has become ready. So go on until -EAGAIN, or remember that you
 * have not. What becomes ready while a message is still in the mailbox is
 * or-ed into it.
 */
#ifndef BUSKIN_REACTOR_H
#define BUSKIN_REACTOR_H

#include <buskin/class.h>
#include <buskin/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a descriptor can be ready for. */
enum bsk_fd_event {
	BSK_FD_IN = 1,    /* to read, or to accept; also at end of file */
	BSK_FD_OUT = 2,   /* to write */
	BSK_FD_RDHUP = 4, /* the peer writes no more */
	BSK_FD_HUP = 8,   /* the peer is gone; always watched */
	BSK_FD_ERR = 16   /* an error is pending; always watched */
};

/* The words for what can be watched for: "in", "out", "in out", ...; lives for
 * ever. Any thread. */
const char *bsk_fd_events_text(uint32_t events);

/* Watch a descriptor for the sender, who keeps owning it; or change what it is
 * watched for. Answered by bsk_result: -EBADF; -EPERM: of a kind that is
 * always ready (a regular file, /dev/null); -EBUSY: another actor watches it,
 * which the text names;
 * -EINVAL: no events, or asked from outside the system; -ENOMEM, -ENOSPC: see
 * epoll_ctl(2). To ask again for the same descriptor also makes the reactor
 * tell once more what it is ready for now. */
struct bsk_fd_watch {
	int32_t fd;      /* the number */
	uint32_t events; /* BSK_FD_IN, BSK_FD_OUT, BSK_FD_RDHUP */
};
BSK_DECLARE(bsk_fd_watch);

/* A watched descriptor has become ready. */
struct bsk_fd_ready {
	int32_t fd;      /* the number */
	uint32_t events; /* enum bsk_fd_event, or-ed */
};
BSK_DECLARE(bsk_fd_ready);

/* Stop watching. Answered by bsk_result; -ENOENT: the sender did not watch it.
 * A bsk_fd_ready that is on its way may still come before the answer, never
 * after it. */
struct bsk_fd_unwatch {
	int32_t fd; /* the number */
};
BSK_DECLARE(bsk_fd_unwatch);

/* Stop watching, if it is watched, and close it. Not answered. */
struct bsk_fd_release {
	bsk_fd fd; /* the reactor's from here on */
};
BSK_DECLARE(bsk_fd_release);

/* How the reactor stands; its figures are since it was opened. */
struct bsk_reactor_status {
	bsk_text kind;    /* by what it waits: "epoll" */
	uint32_t watches; /* descriptors watched now */
	uint64_t waits;   /* how often the kernel was asked */
	uint64_t wakeups; /* of these, how often another thread woke it */
	uint64_t events;  /* what the kernel told, without wake-ups */
	uint64_t stale;   /* of these: about a descriptor that was another by
	                   * then; dropped */
	bsk_list fds;     /* of struct bsk_resource: what is watched, for whom,
	                   * and what for ("in", "out", "rdhup") */
};
BSK_DECLARE(bsk_reactor_status);

/* The reactor's config. */
struct bsk_reactor_config {
	uint32_t batch; /* events taken per wait, 1..4096; 0: 256 */
};
BSK_DECLARE(bsk_reactor_config);

/* The class "reactor". */
extern const struct bsk_class bsk_reactor_class;

#ifdef __cplusplus
}
#endif

#endif
