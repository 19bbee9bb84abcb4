/* os_libc.h - the functions that fill the real world's table, by file.
 *
 * Each means what <buskin/os.h> says of the member it fills; the table is put
 * together in os_libc.c. Nothing here keeps any state.
 */
#ifndef OS_LIBC_H
#define OS_LIBC_H

#include <errno.h>
#include <signal.h>

#include <buskin/os.h>

/* Repeats `call` for as long as signals interrupt it. */
#define OS_REPEAT(ret_result, call)                                            \
	do {                                                                   \
		(ret_result) = (call);                                         \
	} while ((ret_result) == -1 && errno == EINTR)

/* libc's way to fail turned into ours. */
static inline int
os_outcome(int result)
{
	return result < 0 ? -errno : result;
}

static inline ssize_t
os_outcome_size(ssize_t result)
{
	return result < 0 ? -errno : result;
}

/* os_bytes.c */
ssize_t os_read(const struct bsk_os *, int, void *, size_t);
ssize_t os_pread(const struct bsk_os *, int, void *, size_t, int64_t);
ssize_t os_write(const struct bsk_os *, int, const void *, size_t);
ssize_t os_writev(const struct bsk_os *, int, const struct iovec *, int);
ssize_t os_recvmsg(const struct bsk_os *, int, struct msghdr *, int);
ssize_t os_sendmsg(const struct bsk_os *, int, const struct msghdr *, int);
ssize_t os_sendfile(const struct bsk_os *, int, int, int64_t *, size_t);
ssize_t os_splice(const struct bsk_os *, int, int, size_t, unsigned);

/* os_descriptor.c */
int os_close(const struct bsk_os *, int);
int os_open(const struct bsk_os *, const char *, int, mode_t);
int os_pipe2(const struct bsk_os *, int[2], int);
int os_dup(const struct bsk_os *, int);
int os_flags_get(const struct bsk_os *, int);
int os_flags_set(const struct bsk_os *, int, int);
int os_pipe_size_set(const struct bsk_os *, int, int);
int os_waiting(const struct bsk_os *, int, int *);
int os_fsync(const struct bsk_os *, int);
int64_t os_lseek(const struct bsk_os *, int, int64_t, int);
int os_ftruncate(const struct bsk_os *, int, int64_t);
int os_flock(const struct bsk_os *, int, int);

/* os_file.c */
int os_fstat(const struct bsk_os *, int, struct stat *);
int os_stat(const struct bsk_os *, const char *, struct stat *);
int os_lstat(const struct bsk_os *, const char *, struct stat *);
int os_unlink(const struct bsk_os *, const char *);
int os_rename(const struct bsk_os *, const char *, const char *);
int os_mkdir(const struct bsk_os *, const char *, mode_t);
int os_rmdir(const struct bsk_os *, const char *);
int os_chmod(const struct bsk_os *, const char *, mode_t);
int os_lchown(const struct bsk_os *, const char *, uid_t, gid_t);
int os_access(const struct bsk_os *, const char *, int);

/* os_socket.c */
int os_socket(const struct bsk_os *, int, int, int);
int os_socketpair(const struct bsk_os *, int, int[2]);
int os_bind(const struct bsk_os *, int, const struct sockaddr *, socklen_t);
int os_listen(const struct bsk_os *, int, int);
int os_accept(const struct bsk_os *, int, struct sockaddr *, socklen_t *);
int os_connect(const struct bsk_os *, int, const struct sockaddr *, socklen_t);
int os_shutdown(const struct bsk_os *, int, int);
int os_getsockopt(
    const struct bsk_os *, int, int, int, void *, socklen_t *);
int os_setsockopt(
    const struct bsk_os *, int, int, int, const void *, socklen_t);
int os_getsockname(const struct bsk_os *, int, struct sockaddr *, socklen_t *);
int os_getpeername(const struct bsk_os *, int, struct sockaddr *, socklen_t *);

/* os_ready.c */
int os_epoll_create(const struct bsk_os *);
int os_epoll_ctl(
    const struct bsk_os *, int, int, int, struct epoll_event *);
int os_epoll_wait(
    const struct bsk_os *, int, struct epoll_event *, int, int64_t);
int os_eventfd(const struct bsk_os *, unsigned);

/* os_spawn.c */
int os_spawn(const struct bsk_os *, const struct bsk_os_spawn *, pid_t *,
    int *, enum bsk_os_spawn_step *);

/* os_process.c */
int os_pidfd_open(const struct bsk_os *, pid_t);
int os_pidfd_send_signal(const struct bsk_os *, int, int);
int os_pidfd_signal_group(const struct bsk_os *, int, int);
int os_waitid(
    const struct bsk_os *, int, id_t, int, struct bsk_os_wait *);
int os_kill(const struct bsk_os *, pid_t, int);
pid_t os_getpid(const struct bsk_os *);
uid_t os_geteuid(const struct bsk_os *);

/* os_signal.c */
int os_sigaction(const struct bsk_os *, int, const struct sigaction *,
    struct sigaction *);
int os_thread_signal(const struct bsk_os *, pthread_t, int);
int os_sigmask(const struct bsk_os *, int, bsk_os_signals, bsk_os_signals *);
int os_signalfd(const struct bsk_os *, int, bsk_os_signals);

/* os_time.c */
int64_t os_now(const struct bsk_os *);
int64_t os_tick(const struct bsk_os *);
int64_t os_wall(const struct bsk_os *);
int os_random(const struct bsk_os *, void *, size_t);

int os_barrier(const struct bsk_os *);
int os_barrier_prepare(const struct bsk_os *);

#endif
