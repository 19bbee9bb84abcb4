/* streamed.c - a stream for tests, in a world with a bounded kernel. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/status.h>

#include "harness.h"
#include "peer.h"
#include "scribe.h"
#include "streamed.h"

bsk_system *system_;
struct clerk *clerk;
struct clerk *next; /* another, where there is one */
bsk_ref stream;
int fds[2]; /* [1] is the peer's */
struct faulty_os world;
static struct bsk_os behind; /* what stands behind the faults: our kernel */

_Atomic int64_t later_ns; /* what our clock is ahead of the real one */
_Atomic int64_t room;  /* bytes that our kernel still takes */
atomic_int write_error; /* what it says instead; 0: nothing */
atomic_ullong offered; /* vectors that it was shown */
atomic_uint writes;    /* times that it was asked to take some */

/* What was read, in order. */
struct read_call reads[READS];
atomic_uint read_count;

static int64_t
now_later(const struct bsk_os *os)
{
	(void)os;
	return bsk_os_libc.now(&bsk_os_libc) + atomic_load(&later_ns);
}

static ssize_t
read_noted(const struct bsk_os *os, int fd, void *bytes, size_t size)
{
	ssize_t got = bsk_os_libc.read(&bsk_os_libc, fd, bytes, size);
	unsigned index;

	(void)os;
	if (got > 0 && (index = atomic_fetch_add(&read_count, 1)) < READS)
		reads[index] = (struct read_call){ fd, bytes, got };
	return got;
}

static bool
is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The bound is for sockets: the system's own bells ring as ever. */
static ssize_t
write_bounded(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	int64_t most = atomic_load(&room);
	ssize_t wrote;

	(void)os;
	if (!is_socket(fd))
		return bsk_os_libc.write(&bsk_os_libc, fd, bytes, size);
	atomic_fetch_add(&writes, 1);
	if (atomic_load(&write_error) != 0)
		return -atomic_load(&write_error);
	if (most == 0)
		return -EAGAIN;
	wrote = bsk_os_libc.write(&bsk_os_libc, fd, bytes,
	    size < (uint64_t)most ? size : (size_t)most);
	if (wrote > 0 && most != NO_LIMIT)
		atomic_fetch_sub(&room, wrote);
	return wrote;
}

static ssize_t
writev_bounded(const struct bsk_os *os, int fd, const struct iovec *vectors,
    int count)
{
	atomic_fetch_add(&offered, (unsigned)count);
	if (atomic_load(&room) != NO_LIMIT)
		return write_bounded(
		    os, fd, vectors[0].iov_base, vectors[0].iov_len);
	atomic_fetch_add(&writes, 1);
	return bsk_os_libc.writev(&bsk_os_libc, fd, vectors, count);
}

static ssize_t
sendfile_bounded(const struct bsk_os *os, int to, int from, int64_t *offset,
    size_t size)
{
	int64_t most = atomic_load(&room);
	ssize_t sent;

	(void)os;
	if (most == 0)
		return -EAGAIN;
	sent = bsk_os_libc.sendfile(&bsk_os_libc, to, from, offset,
	    size < (uint64_t)most ? size : (size_t)most);
	if (sent > 0 && most != NO_LIMIT)
		atomic_fetch_sub(&room, sent);
	return sent;
}

void
streamed_begin(void)
{
	const struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1,
		.os = &world.table };

	behind = bsk_os_libc;
	behind.now = now_later;
	behind.read = read_noted;
	behind.write = write_bounded;
	behind.writev = writev_bounded;
	behind.sendfile = sendfile_bounded;
	faulty_os_init(&world, &behind);
	atomic_store(&later_ns, 0);
	atomic_store(&room, NO_LIMIT);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	scribe_spawn(system_);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	fds[0] = fds[1] = -1;
}

void
streamed_end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (next != NULL)
		clerk_free(next);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

void
hang_up(void)
{
	(void)close(fds[1]);
	fds[1] = -1;
}

const struct bsk_stream_ended *
ended(void)
{
	const struct bsk_stream_ended *told =
	    clerk_wait(clerk, &bsk_stream_ended_type, 1);

	(void)clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 1);
	return told;
}

/* How it stands. Only after all that it was told before. */
const struct bsk_stream_status *
status(void)
{
	unsigned nth = clerk_count(clerk, &bsk_stream_status_type) + 1;

	clerk_settle(clerk, stream);
	clerk_ask(clerk, stream, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_stream_status_type, nth);
}

/* Has it look again whether our kernel takes more. */
void
kick(uint64_t high, uint64_t low)
{
	unsigned nth = clerk_count(clerk, &bsk_result_type) + 1;

	clerk_ask(clerk, stream, BSK_NEW(bsk_stream_limit, .high_water = high,
	    .low_water = low));
	(void)clerk_wait(clerk, &bsk_result_type, nth);
}

void
write_static(size_t size)
{
	static unsigned char heap[LARGE];

	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_static(heap, size)));
}

void
kill_it(bsk_ctx *ctx, void *arg)
{
	ck_assert_int_eq(bsk_kill(ctx, *(bsk_ref *)arg), 0);
}
