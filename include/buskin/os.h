/* buskin/os.h - the one seam to the world.
 *
 * Every system call, the clock, randomness and process creation that buskin
 * makes goes through the system's table of these functions, so that a test can
 * make the n-th call of any kind fail and a simulated world can stand in for
 * the kernel. Each function means what its man page says, with three
 * differences: it returns a negative errno instead of -1 and errno; an
 * interrupted call is repeated (EINTR is never seen, except from `epoll_wait`
 * which then returns 0); every new descriptor is close-on-exec, and
 * non-blocking where the function's own comment says so.
 *
 * The table is const and its functions may be called from any thread. A thread
 * that calls write, writev, sendfile or splice keeps SIGPIPE blocked or the
 * process ignores it, as on all of buskin's own threads; then a pipe or socket
 * without a reader is -EPIPE and leaves no signal pending. Finding out, or
 * blocking it around each call, would cost every write a second system call.
 */
#ifndef BUSKIN_OS_H
#define BUSKIN_OS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct epoll_event;
struct sigaction;

/* A set of signals: signal n is bit n - 1. */
typedef uint64_t bsk_os_signals;

/* How a child changed state, as waitid(2) tells it. */
struct bsk_os_wait {
	pid_t pid;   /* 0: nothing to report */
	/* CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED */
	int code;
	int status;  /* the exit code, or the signal's number */
	struct rusage usage; /* what the child and its own children used */
};

/* One resource limit of a child. */
struct bsk_os_limit {
	int resource; /* RLIMIT_* */
	struct rlimit value; /* the soft and the hard limit */
};

/* One descriptor that a child gets. The list may swap numbers and run in
 * circles: every `from` means what it was before. */
struct bsk_os_child_fd {
	int from; /* ours; stays ours and open */
	int to;   /* the number in the child, from 0 */
};

/* What may fail between the birth of a child and its first instruction, in the
 * order of doing. */
enum bsk_os_spawn_step {
	BSK_SPAWN_CLONE,    /* no process was made */
	BSK_SPAWN_SIGNALS,  /* dispositions and mask */
	BSK_SPAWN_SESSION,  /* setsid, setpgid */
	BSK_SPAWN_FDS,      /* dup2 of the descriptors */
	BSK_SPAWN_CGROUP,   /* the control group */
	BSK_SPAWN_LIMITS,   /* setrlimit */
	BSK_SPAWN_GROUPS,   /* setgroups, setgid */
	BSK_SPAWN_USER,     /* setuid */
	BSK_SPAWN_PARENT_DEATH, /* prctl(PR_SET_PDEATHSIG) */
	BSK_SPAWN_DIRECTORY, /* chdir */
	BSK_SPAWN_EXEC      /* execve */
};

/* How to start a child. All pointers are only read during the call. Beside
 * `fds` the child gets our 0, 1 and 2 where it is given none; every other
 * descriptor goes, even one that somebody left open across exec (where the
 * kernel is 5.11 or newer). */
struct bsk_os_spawn {
	/* the program; no search: absolute, or relative to `directory`. NULL:
	 * none; the child ends at once, raises no SIGCHLD, and is there for
	 * a waitid(2) with __WALL or __WCLONE: to wake whoever waits. It has
	 * no pidfd (-1) */
	const char *path;
	char *const *argv;       /* ended by NULL */
	char *const *envp;       /* ended by NULL; NULL: the caller's own */
	const char *directory;   /* to change to; NULL: stay */
	/* what the child gets, see above; no `to` twice */
	const struct bsk_os_child_fd *fds;
	size_t fd_count; /* how many */
	const struct bsk_os_limit *limits; /* to set; NULL: none */
	size_t limit_count; /* how many */
	/* the file "cgroup.procs" of a control group to enter; NULL: stay */
	const char *cgroup_procs;
	int new_session;         /* 1: setsid(2) */
	/* -1: stay; 0: a group of its own; else that group */
	int process_group;
	/* 0: none; it comes when the thread that spawned ends, before its
	 * process may */
	int parent_death_signal;
	int umask_plus_one;      /* 0: keep; else the mask + 1 */
	int set_user;            /* 1: `user` and `group` are meant */
	uid_t user;  /* to become; needs the right to */
	gid_t group;             /* supplementary groups become just this one */
};

/* The table. Members are named after the calls they stand for. */
struct bsk_os {
	/* For whoever puts another world behind the table; libc's is NULL. */
	void *self;

	/* --- bytes --- */
	/* read(2) */
	ssize_t (*read)(const struct bsk_os *, int fd, void *bytes,
	    size_t size);
	/* pread(2) */
	ssize_t (*pread)(const struct bsk_os *, int fd, void *bytes,
	    size_t size, int64_t offset);
	/* write(2); a pipe or socket without a reader is -EPIPE, and SIGPIPE,
	 * which the thread blocks, is not left pending. */
	ssize_t (*write)(const struct bsk_os *, int fd, const void *bytes,
	    size_t size);
	/* writev(2); SIGPIPE as for write. At most IOV_MAX vectors. */
	ssize_t (*writev)(const struct bsk_os *, int fd,
	    const struct iovec *vectors, int count);
	/* recvmsg(2) with MSG_CMSG_CLOEXEC added to `flags`. */
	ssize_t (*recvmsg)(const struct bsk_os *, int fd,
	    struct msghdr *message, int flags);
	/* sendmsg(2) with MSG_NOSIGNAL added to `flags`. */
	ssize_t (*sendmsg)(const struct bsk_os *, int fd,
	    const struct msghdr *message, int flags);
	/* sendfile(2) with an explicit offset, which moves by what was sent;
	 * SIGPIPE as for write. */
	ssize_t (*sendfile)(const struct bsk_os *, int to, int from,
	    int64_t *offset, size_t size);
	/* splice(2), without offsets; SIGPIPE as for write. */
	ssize_t (*splice)(const struct bsk_os *, int from, int to, size_t size,
	    unsigned flags);

	/* --- descriptors --- */
	/* close(2); never repeated after EINTR: the descriptor is gone on
	 * Linux. */
	int (*close)(const struct bsk_os *, int fd);
	/* open(2) with O_CLOEXEC; returns the descriptor. */
	int (*open)(const struct bsk_os *, const char *path, int flags,
	    mode_t mode);
	/* pipe2(2) with O_CLOEXEC added to `flags`. */
	int (*pipe2)(const struct bsk_os *, int ret_fds[2], int flags);
	/* fcntl(2) F_DUPFD_CLOEXEC; returns the new descriptor. */
	int (*dup)(const struct bsk_os *, int fd);
	/* fcntl(2) F_GETFL; returns the flags. */
	int (*flags_get)(const struct bsk_os *, int fd);
	/* fcntl(2) F_SETFL. */
	int (*flags_set)(const struct bsk_os *, int fd, int flags);
	/* fcntl(2) F_SETPIPE_SZ; returns the size it got. */
	int (*pipe_size_set)(const struct bsk_os *, int fd, int size_bytes);
	/* ioctl(2) FIONREAD: bytes waiting to be read; for a pipe, from either
	 * end. */
	int (*waiting)(const struct bsk_os *, int fd, int *ret_bytes);
	/* fsync(2) */
	int (*fsync)(const struct bsk_os *, int fd);
	/* lseek(2) */
	int64_t (*lseek)(const struct bsk_os *, int fd, int64_t offset,
	    int whence);
	/* ftruncate(2) */
	int (*ftruncate)(const struct bsk_os *, int fd, int64_t size);
	/* flock(2) */
	int (*flock)(const struct bsk_os *, int fd, int operation);

	/* --- files --- */
	/* fstat(2) */
	int (*fstat)(const struct bsk_os *, int fd, struct stat *ret_stat);
	/* stat(2) */
	int (*stat)(const struct bsk_os *, const char *path,
	    struct stat *ret_stat);
	/* lstat(2) */
	int (*lstat)(const struct bsk_os *, const char *path,
	    struct stat *ret_stat);
	/* unlink(2) */
	int (*unlink)(const struct bsk_os *, const char *path);
	/* rename(2) */
	int (*rename)(const struct bsk_os *, const char *from, const char *to);
	/* mkdir(2) */
	int (*mkdir)(const struct bsk_os *, const char *path, mode_t mode);
	/* rmdir(2) */
	int (*rmdir)(const struct bsk_os *, const char *path);
	/* chmod(2) */
	int (*chmod)(const struct bsk_os *, const char *path, mode_t mode);
	/* lchown(2) */
	int (*lchown)(const struct bsk_os *, const char *path, uid_t user,
	    gid_t group);
	/* access(2) */
	int (*access)(const struct bsk_os *, const char *path, int mode);

	/* --- sockets --- */
	/* socket(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; returns the
	 * descriptor. */
	int (*socket)(const struct bsk_os *, int domain, int type,
	    int protocol);
	/* socketpair(2), AF_UNIX, with SOCK_NONBLOCK and SOCK_CLOEXEC. */
	int (*socketpair)(const struct bsk_os *, int type, int ret_fds[2]);
	/* bind(2) */
	int (*bind)(const struct bsk_os *, int fd,
	    const struct sockaddr *address, socklen_t size);
	/* listen(2) */
	int (*listen)(const struct bsk_os *, int fd, int backlog);
	/* accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; returns the
	 * descriptor. */
	int (*accept)(const struct bsk_os *, int fd,
	    struct sockaddr *ret_address, socklen_t *size);
	/* connect(2) */
	int (*connect)(const struct bsk_os *, int fd,
	    const struct sockaddr *address, socklen_t size);
	/* shutdown(2) */
	int (*shutdown)(const struct bsk_os *, int fd, int how);
	/* getsockopt(2) */
	int (*getsockopt)(const struct bsk_os *, int fd, int level, int name,
	    void *ret_value, socklen_t *size);
	/* setsockopt(2) */
	int (*setsockopt)(const struct bsk_os *, int fd, int level, int name,
	    const void *value, socklen_t size);
	/* getsockname(2) */
	int (*getsockname)(const struct bsk_os *, int fd,
	    struct sockaddr *ret_address, socklen_t *size);
	/* getpeername(2) */
	int (*getpeername)(const struct bsk_os *, int fd,
	    struct sockaddr *ret_address, socklen_t *size);

	/* --- readiness --- */
	/* epoll_create1(2) with EPOLL_CLOEXEC; returns the descriptor. */
	int (*epoll_create)(const struct bsk_os *);
	/* epoll_ctl(2) */
	int (*epoll_ctl)(const struct bsk_os *, int epoll_fd, int operation,
	    int fd, struct epoll_event *event);
	/* epoll_wait(2) for up to `timeout_ns` (negative: no limit), exactly
	 * where the kernel has epoll_pwait2(2), else rounded up to the next
	 * millisecond. Interrupted: 0. Returns the count. */
	int (*epoll_wait)(const struct bsk_os *, int epoll_fd,
	    struct epoll_event *ret_events, int max, int64_t timeout_ns);
	/* eventfd(2), non-blocking and close-on-exec; returns the descriptor.
	 */
	int (*eventfd)(const struct bsk_os *, unsigned initial);

	/* --- processes --- */
	/* Starts a child as vfork(2) would: the calling thread waits until the
	 * child has become the program or failed. Never a copy of the address
	 * space. The child has default dispositions and an empty signal mask.
	 * Returns 0 with its pid and a pidfd that the caller owns (-1 where the
	 * kernel has none at all). On failure a negative errno, and only then
	 * `ret_step` is set, to what failed; -ECANCELED: something killed the
	 * child before it was the program. Nothing is left over then, and no
	 * SIGCHLD comes. */
	int (*spawn)(const struct bsk_os *, const struct bsk_os_spawn *how,
	    pid_t *ret_pid, int *ret_pidfd, enum bsk_os_spawn_step *ret_step);
	/* pidfd_open(2); returns the descriptor. */
	int (*pidfd_open)(const struct bsk_os *, pid_t pid);
	/* pidfd_send_signal(2) */
	int (*pidfd_send_signal)(const struct bsk_os *, int pidfd, int number);
	/* pidfd_send_signal(2) with PIDFD_SIGNAL_PROCESS_GROUP: to the group
	 * that this process leads, or led before it was reaped; never to
	 * another with the same number. -ESRCH: nobody is in it; -EINVAL: no
	 * such signal, or a kernel before 6.9. */
	int (*pidfd_signal_group)(const struct bsk_os *, int pidfd,
	    int number);
	/* waitid(2) with the kernel's fifth argument. With WNOHANG and nothing
	 * to report it returns 0 and `ret_wait->pid` is 0. */
	int (*waitid)(const struct bsk_os *, int which, id_t id, int options,
	    struct bsk_os_wait *ret_wait);
	/* kill(2) */
	int (*kill)(const struct bsk_os *, pid_t pid, int number);
	/* getpid(2) */
	pid_t (*getpid)(const struct bsk_os *);
	/* geteuid(2) */
	uid_t (*geteuid)(const struct bsk_os *);

	/* --- signals --- */
	/* sigaction(2); `action` and `ret_old` may be NULL. */
	int (*sigaction)(const struct bsk_os *, int number,
	    const struct sigaction *action, struct sigaction *ret_old);
	/* pthread_kill(3): `thread` has not ended. */
	int (*thread_signal)(const struct bsk_os *, pthread_t thread,
	    int number);
	/* pthread_sigmask(3), of the calling thread; `ret_old` may be NULL.
	 * <signal.h> has a macro of this name: write (os->sigmask)(os, ...). */
	int (*sigmask)(const struct bsk_os *, int how, bsk_os_signals set,
	    bsk_os_signals *ret_old);
	/* signalfd(2), non-blocking and close-on-exec; `fd` -1 makes a new one,
	 * which is returned. */
	int (*signalfd)(const struct bsk_os *, int fd, bsk_os_signals set);

	/* --- time and chance --- */
	/* clock_gettime(2) of CLOCK_MONOTONIC, in nanoseconds. */
	int64_t (*now)(const struct bsk_os *);
	/* The same clock as of its last tick, some milliseconds ago at most,
	 * for a fraction of the price: CLOCK_MONOTONIC_COARSE. */
	int64_t (*tick)(const struct bsk_os *);
	/* clock_gettime(2) of CLOCK_REALTIME, in nanoseconds since 1970. */
	int64_t (*wall)(const struct bsk_os *);
	/* getrandom(2), the whole of it or an error. */
	int (*random)(const struct bsk_os *, void *ret_bytes, size_t size);

	/* --- threads --- */
	/* membarrier(2), private and expedited: all threads of this process
	 * that run pass a full memory barrier. -EPERM: not prepared. */
	int (*barrier)(const struct bsk_os *);
	/* Prepares this process for it; again does no harm. */
	int (*barrier_prepare)(const struct bsk_os *);
};

/* The real world: libc and the kernel. */
extern const struct bsk_os bsk_os_libc;

#ifdef __cplusplus
}
#endif

#endif
