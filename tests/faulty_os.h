/* faulty_os.h - a world whose n-th call of a kind fails, for tests.
 *
 * It stands in front of another table, counts the calls that go through it
 * and makes those fail that the test has asked for:
 *
 *	struct faulty_os world;
 *
 *	faulty_os_init(&world, &bsk_os_libc);
 *	faulty_os_fail(&world, FAULTY_SOCKET, 1, EMFILE);
 *	give(&world.table);
 *	ck_assert(faulty_os_struck(&world));
 *
 * or, for each call of a kind that a scenario makes, one run in which just
 * that call fails:
 *
 *	runs = faulty_os_walk(&bsk_os_libc, FAULTY_ANY, EIO, scenario, NULL);
 *	ck_assert_uint_gt(runs, 0);
 *
 * A call that fails is not made at all, except close, which closes first as
 * the kernel does. The clocks and the ids (now, wall, getpid, geteuid) cannot
 * fail and are only counted. All functions may be called from any thread.
 */
#ifndef FAULTY_OS_H
#define FAULTY_OS_H

#include <stdatomic.h>
#include <stdbool.h>

#include <buskin/os.h>

/* Every call: X(NAME, type, name, parameters, arguments). */
#define FAULTY_OS_CALLS(X)                                                     \
	X(READ, ssize_t, read, (FAULTY_OS, int fd, void *bytes, size_t size),  \
	    (real, fd, bytes, size))                                           \
	X(PREAD, ssize_t, pread,                                               \
	    (FAULTY_OS, int fd, void *bytes, size_t size, int64_t offset),     \
	    (real, fd, bytes, size, offset))                                   \
	X(WRITE, ssize_t, write,                                               \
	    (FAULTY_OS, int fd, const void *bytes, size_t size),               \
	    (real, fd, bytes, size))                                           \
	X(WRITEV, ssize_t, writev,                                             \
	    (FAULTY_OS, int fd, const struct iovec *vectors, int count),       \
	    (real, fd, vectors, count))                                        \
	X(RECVMSG, ssize_t, recvmsg,                                           \
	    (FAULTY_OS, int fd, struct msghdr *message, int flags),            \
	    (real, fd, message, flags))                                        \
	X(SENDMSG, ssize_t, sendmsg,                                           \
	    (FAULTY_OS, int fd, const struct msghdr *message, int flags),      \
	    (real, fd, message, flags))                                        \
	X(SENDFILE, ssize_t, sendfile,                                         \
	    (FAULTY_OS, int to, int from, int64_t *offset, size_t size),       \
	    (real, to, from, offset, size))                                    \
	X(SPLICE, ssize_t, splice,                                             \
	    (FAULTY_OS, int from, int to, size_t size, unsigned flags),        \
	    (real, from, to, size, flags))                                     \
	X(CLOSE, int, close, (FAULTY_OS, int fd), (real, fd))                  \
	X(OPEN, int, open,                                                     \
	    (FAULTY_OS, const char *path, int flags, mode_t mode),             \
	    (real, path, flags, mode))                                         \
	X(PIPE2, int, pipe2, (FAULTY_OS, int ret_fds[2], int flags),           \
	    (real, ret_fds, flags))                                            \
	X(DUP, int, dup, (FAULTY_OS, int fd), (real, fd))                      \
	X(FLAGS_GET, int, flags_get, (FAULTY_OS, int fd), (real, fd))          \
	X(FLAGS_SET, int, flags_set, (FAULTY_OS, int fd, int flags),           \
	    (real, fd, flags))                                                 \
	X(PIPE_SIZE_SET, int, pipe_size_set, (FAULTY_OS, int fd, int size),    \
	    (real, fd, size))                                                  \
	X(WAITING, int, waiting, (FAULTY_OS, int fd, int *ret_bytes),          \
	    (real, fd, ret_bytes))                                             \
	X(FSYNC, int, fsync, (FAULTY_OS, int fd), (real, fd))                  \
	X(LSEEK, int64_t, lseek,                                               \
	    (FAULTY_OS, int fd, int64_t offset, int whence),                   \
	    (real, fd, offset, whence))                                        \
	X(FTRUNCATE, int, ftruncate, (FAULTY_OS, int fd, int64_t size),        \
	    (real, fd, size))                                                  \
	X(FLOCK, int, flock, (FAULTY_OS, int fd, int operation),               \
	    (real, fd, operation))                                             \
	X(FSTAT, int, fstat, (FAULTY_OS, int fd, struct stat *ret_stat),       \
	    (real, fd, ret_stat))                                              \
	X(STAT, int, stat,                                                     \
	    (FAULTY_OS, const char *path, struct stat *ret_stat),              \
	    (real, path, ret_stat))                                            \
	X(LSTAT, int, lstat,                                                   \
	    (FAULTY_OS, const char *path, struct stat *ret_stat),              \
	    (real, path, ret_stat))                                            \
	X(UNLINK, int, unlink, (FAULTY_OS, const char *path), (real, path))    \
	X(RENAME, int, rename, (FAULTY_OS, const char *from, const char *to),  \
	    (real, from, to))                                                  \
	X(MKDIR, int, mkdir, (FAULTY_OS, const char *path, mode_t mode),       \
	    (real, path, mode))                                                \
	X(RMDIR, int, rmdir, (FAULTY_OS, const char *path), (real, path))      \
	X(CHMOD, int, chmod, (FAULTY_OS, const char *path, mode_t mode),       \
	    (real, path, mode))                                                \
	X(LCHOWN, int, lchown,                                                 \
	    (FAULTY_OS, const char *path, uid_t user, gid_t group),            \
	    (real, path, user, group))                                         \
	X(ACCESS, int, access, (FAULTY_OS, const char *path, int mode),        \
	    (real, path, mode))                                                \
	X(SOCKET, int, socket,                                                 \
	    (FAULTY_OS, int domain, int type, int protocol),                   \
	    (real, domain, type, protocol))                                    \
	X(SOCKETPAIR, int, socketpair, (FAULTY_OS, int type, int ret_fds[2]),  \
	    (real, type, ret_fds))                                             \
	X(BIND, int, bind,                                                     \
	    (FAULTY_OS, int fd, const struct sockaddr *address,                \
		socklen_t size),                                               \
	    (real, fd, address, size))                                         \
	X(LISTEN, int, listen, (FAULTY_OS, int fd, int backlog),               \
	    (real, fd, backlog))                                               \
	X(ACCEPT, int, accept,                                                 \
	    (FAULTY_OS, int fd, struct sockaddr *ret_address,                  \
		socklen_t *size),                                              \
	    (real, fd, ret_address, size))                                     \
	X(CONNECT, int, connect,                                               \
	    (FAULTY_OS, int fd, const struct sockaddr *address,                \
		socklen_t size),                                               \
	    (real, fd, address, size))                                         \
	X(SHUTDOWN, int, shutdown, (FAULTY_OS, int fd, int how),               \
	    (real, fd, how))                                                   \
	X(GETSOCKOPT, int, getsockopt,                                         \
	    (FAULTY_OS, int fd, int level, int option, void *ret_value,        \
		socklen_t *size),                                              \
	    (real, fd, level, option, ret_value, size))                        \
	X(SETSOCKOPT, int, setsockopt,                                         \
	    (FAULTY_OS, int fd, int level, int option, const void *value,      \
		socklen_t size),                                               \
	    (real, fd, level, option, value, size))                            \
	X(GETSOCKNAME, int, getsockname,                                       \
	    (FAULTY_OS, int fd, struct sockaddr *ret_address,                  \
		socklen_t *size),                                              \
	    (real, fd, ret_address, size))                                     \
	X(GETPEERNAME, int, getpeername,                                       \
	    (FAULTY_OS, int fd, struct sockaddr *ret_address,                  \
		socklen_t *size),                                              \
	    (real, fd, ret_address, size))                                     \
	X(EPOLL_CREATE, int, epoll_create, (FAULTY_OS), (real))                \
	X(EPOLL_CTL, int, epoll_ctl,                                           \
	    (FAULTY_OS, int epoll_fd, int operation, int fd,                   \
		struct epoll_event *event),                                    \
	    (real, epoll_fd, operation, fd, event))                            \
	X(EPOLL_WAIT, int, epoll_wait,                                         \
	    (FAULTY_OS, int epoll_fd, struct epoll_event *ret_events, int max, \
		int64_t timeout_ns),                                           \
	    (real, epoll_fd, ret_events, max, timeout_ns))                     \
	X(EVENTFD, int, eventfd, (FAULTY_OS, unsigned initial),                \
	    (real, initial))                                                   \
	X(SPAWN, int, spawn,                                                   \
	    (FAULTY_OS, const struct bsk_os_spawn *how, pid_t *ret_pid,        \
		int *ret_pidfd, enum bsk_os_spawn_step *ret_step),             \
	    (real, how, ret_pid, ret_pidfd, ret_step))                         \
	X(PIDFD_OPEN, int, pidfd_open, (FAULTY_OS, pid_t pid), (real, pid))    \
	X(PIDFD_SEND_SIGNAL, int, pidfd_send_signal,                           \
	    (FAULTY_OS, int pidfd, int number), (real, pidfd, number))         \
	X(PIDFD_SIGNAL_GROUP, int, pidfd_signal_group,                         \
	    (FAULTY_OS, int pidfd, int number), (real, pidfd, number))         \
	X(WAITID, int, waitid,                                                 \
	    (FAULTY_OS, int which, id_t id, int options,                       \
		struct bsk_os_wait *ret_wait),                                 \
	    (real, which, id, options, ret_wait))                              \
	X(KILL, int, kill, (FAULTY_OS, pid_t pid, int number),                 \
	    (real, pid, number))                                               \
	X(GETPID, pid_t, getpid, (FAULTY_OS), (real))                          \
	X(GETEUID, uid_t, geteuid, (FAULTY_OS), (real))                        \
	X(SIGACTION, int, sigaction,                                           \
	    (FAULTY_OS, int number, const struct sigaction *action,            \
		struct sigaction *ret_old),                                    \
	    (real, number, action, ret_old))                                   \
	X(THREAD_SIGNAL, int, thread_signal,                                   \
	    (FAULTY_OS, pthread_t thread, int number), (real, thread, number)) \
	X(SIGMASK, int, sigmask,                                               \
	    (FAULTY_OS, int how, bsk_os_signals set, bsk_os_signals *ret_old), \
	    (real, how, set, ret_old))                                         \
	X(SIGNALFD, int, signalfd, (FAULTY_OS, int fd, bsk_os_signals set),    \
	    (real, fd, set))                                                   \
	X(NOW, int64_t, now, (FAULTY_OS), (real))                              \
	X(TICK, int64_t, tick, (FAULTY_OS), (real))                            \
	X(WALL, int64_t, wall, (FAULTY_OS), (real))                            \
	X(RANDOM, int, random, (FAULTY_OS, void *ret_bytes, size_t size),      \
	    (real, ret_bytes, size))                                           \
	X(BARRIER, int, barrier, (FAULTY_OS), (real))                          \
	X(BARRIER_PREPARE, int, barrier_prepare, (FAULTY_OS), (real))

/* The kinds of calls: FAULTY_READ and so on. */
enum faulty_call {
#define FAULTY_OS_ENUM(NAME, type, name, parameters, arguments) FAULTY_##NAME,
	FAULTY_OS_CALLS(FAULTY_OS_ENUM)
#undef FAULTY_OS_ENUM
	FAULTY_CALLS, /* how many kinds there are */
	FAULTY_ANY = FAULTY_CALLS /* of whichever kind that can fail */
};

/* What is planned for a kind. */
struct faulty_plan {
	atomic_uint left;  /* the call that makes this 0 fails; 0: none will */
	atomic_int error;  /* the errno that it fails with */
	atomic_int always; /* the errno of every call, or 0 */
};

struct faulty_os {
	struct bsk_os table; /* to be given to what is tested */
	const struct bsk_os *real; /* what stands behind; outlives this */
	atomic_uint counts[FAULTY_CALLS + 1]; /* calls so far; last: all */
	struct faulty_plan plans[FAULTY_CALLS + 1]; /* last: for FAULTY_ANY */
	atomic_uint struck; /* calls failed so far by a plan */
	_Atomic enum bsk_os_spawn_step spawn_step; /* what a failing spawn
	                     * says; BSK_SPAWN_EXEC at first */
};

/* Begins with no plan and all counts 0. Nothing needs to be released. */
void faulty_os_init(struct faulty_os *, const struct bsk_os *real);

/* Makes one call of this kind fail with `error` (an errno, positive): the
 * `nth` from now, 1 being the next. Replaces the kind's earlier such plan. */
void faulty_os_fail(
    struct faulty_os *, enum faulty_call, unsigned nth, int error);

/* Makes every call of this kind fail from now on; `error` 0: no longer. */
void faulty_os_fail_always(struct faulty_os *, enum faulty_call, int error);

/* How many calls of this kind there have been, the failed ones among them. */
unsigned faulty_os_count(const struct faulty_os *, enum faulty_call);

/* How many calls have failed by plan. */
unsigned faulty_os_struck(const struct faulty_os *);

/* "read" for FAULTY_READ and so on; "any" for FAULTY_ANY. */
const char *faulty_os_name(enum faulty_call);

/* Runs `scenario` in fresh worlds over `real`: in the first its first call of
 * the kind fails with `error`, in the second its second, until a run makes too
 * few calls for any to fail. Returns how many runs had a failure. The scenario
 * learns from faulty_os_struck whether it must have succeeded. */
unsigned faulty_os_walk(const struct bsk_os *real, enum faulty_call, int error,
    void (*scenario)(struct faulty_os *, void *argument), void *argument);

#endif
