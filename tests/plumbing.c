/* plumbing.c - a system with a clerk that has pipes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/reactor.h>

#include "harness.h"
#include "peer.h"
#include "plumbing.h"

bsk_system *plumbing_system;
struct clerk *plumbing_clerk;
int plumbing_fds[2];
bsk_ref plumbing_pipe;

/* --- the kernel in between -------------------------------------------- */

static struct bsk_os world;
static atomic_int broken_fd;
static atomic_int broken_error; /* 0: none */
static atomic_int disguised_fd;
static atomic_uint disguise; /* 0: none */
static atomic_uint reads;

static int
error_of(int fd)
{
	int error = atomic_load(&broken_error);

	return error != 0 && fd == atomic_load(&broken_fd) ? -error : 0;
}

static ssize_t
world_read(const struct bsk_os *os, int fd, void *bytes, size_t size)
{
	(void)os;
	atomic_fetch_add(&reads, 1);
	if (error_of(fd) != 0)
		return error_of(fd);
	return bsk_os_libc.read(&bsk_os_libc, fd, bytes, size);
}

static ssize_t
world_write(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	(void)os;
	if (error_of(fd) != 0)
		return error_of(fd);
	return bsk_os_libc.write(&bsk_os_libc, fd, bytes, size);
}

static ssize_t
world_writev(const struct bsk_os *os, int fd, const struct iovec *vectors,
    int count)
{
	(void)os;
	if (error_of(fd) != 0)
		return error_of(fd);
	return bsk_os_libc.writev(&bsk_os_libc, fd, vectors, count);
}

static int
world_fstat(const struct bsk_os *os, int fd, struct stat *ret_stat)
{
	int error = bsk_os_libc.fstat(&bsk_os_libc, fd, ret_stat);
	unsigned kind = atomic_load(&disguise);

	(void)os;
	if (error == 0 && kind != 0 && fd == atomic_load(&disguised_fd))
		ret_stat->st_mode = kind | 0600;
	return error;
}

void
plumbing_break(int fd, int error)
{
	atomic_store(&broken_fd, fd);
	atomic_store(&broken_error, error);
}

void
plumbing_disguise(int fd, unsigned kind)
{
	atomic_store(&disguised_fd, fd);
	atomic_store(&disguise, kind);
}

unsigned
plumbing_reads(void)
{
	return atomic_load(&reads);
}

/* --- the world -------------------------------------------------------- */

void
plumbing_begin(void)
{
	struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1, .os = &world };

	world = bsk_os_libc;
	world.read = world_read;
	world.write = world_write;
	world.writev = world_writev;
	world.fstat = world_fstat;
	ck_assert_int_eq(bsk_system_create(&options, &plumbing_system), 0);
	ck_assert_int_eq(bsk_system_start(plumbing_system), 0);
	plumbing_clerk = clerk_new(plumbing_system);
	ck_assert_int_eq(pipe2(plumbing_fds, O_CLOEXEC), 0);
}

void
plumbing_close(int index)
{
	if (plumbing_fds[index] >= 0)
		(void)close(plumbing_fds[index]);
	plumbing_fds[index] = -1;
}

void
plumbing_end(void)
{
	if (plumbing_system != NULL)
		harness_system_end(plumbing_system);
	plumbing_system = NULL;
	clerk_free(plumbing_clerk);
	plumbing_close(0);
	plumbing_close(1);
	peer_clean();
}

void
plumbing_sockets(void)
{
	plumbing_close(0);
	plumbing_close(1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    plumbing_fds), 0);
}

void
plumbing_terminal(bool is_raw)
{
	struct termios how;
	int near = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	plumbing_close(0);
	plumbing_close(1);
	ck_assert_int_ge(near, 0);
	ck_assert_int_eq(grantpt(near), 0);
	ck_assert_int_eq(unlockpt(near), 0);
	plumbing_fds[1] = near;
	plumbing_fds[0] = open(ptsname(near), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(plumbing_fds[0], 0);
	ck_assert_int_eq(tcgetattr(plumbing_fds[0], &how), 0);
	how.c_lflag &= ~(tcflag_t)ECHO;
	if (is_raw)
		cfmakeraw(&how);
	ck_assert_int_eq(tcsetattr(plumbing_fds[0], TCSANOW, &how), 0);
}

const char *
plumbing_fifo(void)
{
	const char *path = peer_path("fifo");

	ck_assert(mkfifo(path, 0600) == 0 || errno == EEXIST);
	return path;
}

int
plumbing_open_fifo(int flags)
{
	int fd = open(peer_path("fifo"), flags | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "open: %s", strerror(errno));
	return fd;
}

/* --- bytes ------------------------------------------------------------ */

void
plumbing_feed(size_t size)
{
	unsigned char *bytes;
	bsk_buf buf;

	ck_assert_int_eq(bsk_buf_new(size, &buf, &bytes), 0);
	peer_fill(bytes, size);
	clerk_tell(plumbing_clerk, plumbing_pipe,
	    BSK_NEW(bsk_bytes, .bytes = buf));
}

void
plumbing_expect(int index, size_t from, size_t size)
{
	unsigned char *sent = malloc(from + size);
	unsigned char *got = malloc(size);

	peer_fill(sent, from + size);
	ck_assert_uint_eq(peer_read(plumbing_fds[index], got, size), size);
	ck_assert_mem_eq(got, sent + from, size);
	free(sent);
	free(got);
}

bool
plumbing_waits(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

int
plumbing_unread(int fd)
{
	int bytes;

	ck_assert_int_eq(ioctl(fd, FIONREAD, &bytes), 0);
	return bytes;
}

void
plumbing_expect_no_reader(int fd)
{
	struct pollfd it = { .fd = fd };

	ck_assert_int_eq(poll(&it, 1, HARNESS_PATIENCE_S * 1000), 1);
	ck_assert_int_ne(it.revents & (POLLERR | POLLHUP), 0);
}

/* --- what is done --------------------------------------------------- */

void
plumbing_pause(void)
{
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
	PIPE_TELL(bsk_stream_pause);
}

void
plumbing_abort(void)
{
	PIPE_TELL(bsk_stream_abort);
}

void
plumbing_stop(void)
{
	clerk_stop(plumbing_clerk, plumbing_pipe);
}

/* --- what is said ----------------------------------------------------- */

const struct bsk_pipe_opened *
plumbing_opened(unsigned nth)
{
	return clerk_wait(plumbing_clerk, &bsk_pipe_opened_type, nth);
}

const struct bsk_pipe_refused *
plumbing_refused(void)
{
	return clerk_wait(plumbing_clerk, &bsk_pipe_refused_type, 1);
}

const struct bsk_stream_ended *
plumbing_ended(unsigned nth)
{
	return clerk_wait(plumbing_clerk, &bsk_stream_ended_type, nth);
}

int
plumbing_over(void)
{
	const struct bsk_down *down;

	(void)plumbing_ended(1);
	down = clerk_wait(plumbing_clerk, &bsk_down_type, 1);
	ck_assert_uint_eq(
	    clerk_count(plumbing_clerk, &bsk_stream_ended_type), 1);
	return down->reason;
}

const struct bsk_pipe_status *
plumbing_status(void)
{
	unsigned asked = clerk_count(plumbing_clerk, &bsk_pipe_status_type);

	clerk_settle(plumbing_clerk, plumbing_pipe);
	clerk_ask(plumbing_clerk, plumbing_pipe,
	    BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(plumbing_clerk, &bsk_pipe_status_type, asked + 1);
}

static void
do_find_reactor(bsk_ctx *ctx, void *arg)
{
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, arg), 0);
}

/* Another descriptor that becomes ready after all that is ready now: with one
 * worker, what came before it is handled when the clerk hears of it. */
void
plumbing_settle(void)
{
	unsigned told = clerk_count(plumbing_clerk, &bsk_fd_ready_type);
	unsigned answers = clerk_count(plumbing_clerk, &bsk_result_type);
	bsk_ref reactor;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	peer_say(fds[1], "!");
	clerk_do(plumbing_clerk, do_find_reactor, &reactor);
	clerk_ask(plumbing_clerk, reactor,
	    BSK_NEW(bsk_fd_watch, .fd = fds[0], .events = BSK_FD_IN));
	(void)clerk_wait(plumbing_clerk, &bsk_fd_ready_type, told + 1);
	clerk_ask(plumbing_clerk, reactor,
	    BSK_NEW(bsk_fd_unwatch, .fd = fds[0]));
	(void)clerk_wait(plumbing_clerk, &bsk_result_type, answers + 2);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
do_take_faults(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_take_faults(ctx), 0);
}

void
plumbing_take_faults(void)
{
	clerk_do(plumbing_clerk, do_take_faults, NULL);
}

static void
do_take_log(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_register(ctx, "log"), 0);
}

void
plumbing_take_log(void)
{
	clerk_do(plumbing_clerk, do_take_log, NULL);
}

unsigned
plumbing_complaints(void)
{
	unsigned all = COUNT(bsk_log_line);
	unsigned found = 0;
	unsigned nth;

	for (nth = 1; nth <= all; nth++)
		found += ((const struct bsk_log_line *)clerk_wait(
		    plumbing_clerk, &bsk_log_line_type, nth))->level <=
		    BSK_LOG_WARNING;
	return found;
}
