/* peer.c - the other end. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "harness.h"
#include "peer.h"

static char directory[64];
static char path[128];

const char *
peer_path(const char *name)
{
	if (directory[0] == '\0') {
		(void)snprintf(directory, sizeof(directory),
		    "%s/buskin-peer-XXXXXX", P_tmpdir);
		ck_assert_ptr_nonnull(mkdtemp(directory));
	}
	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

void
peer_clean(void)
{
	struct dirent *entry;
	DIR *files;

	if (directory[0] == '\0')
		return;
	files = opendir(directory);
	ck_assert_ptr_nonnull(files);
	while ((entry = readdir(files)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlink(peer_path(entry->d_name));
	(void)closedir(files);
	ck_assert_int_eq(rmdir(directory), 0);
	directory[0] = '\0';
}

int
peer_connect(const char *where)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bsk_unix_address(where, &address, &size), 0);
	ck_assert_msg(connect(fd, (struct sockaddr *)&address, size) == 0,
	    "connect to %s: %s", where, strerror(errno));
	return fd;
}

static void
unblock(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

void
peer_socket(int ret_fds[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    ret_fds), 0);
	unblock(ret_fds[0]);
}

void
peer_pipe_from(int ret_fds[2])
{
	ck_assert_int_eq(pipe2(ret_fds, O_CLOEXEC), 0);
	unblock(ret_fds[0]);
}

void
peer_pipe_to(int ret_fds[2])
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ret_fds[0] = fds[1];
	ret_fds[1] = fds[0];
	unblock(ret_fds[0]);
}

static void
await(int fd, short events)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	ck_assert_int_eq(poll(&poll_fd, 1, HARNESS_PATIENCE_S * 1000), 1);
}

void
peer_write(int fd, const void *bytes, size_t size)
{
	const char *from = bytes;

	while (size > 0) {
		ssize_t wrote;

		await(fd, POLLOUT);
		wrote = write(fd, from, size < 4096 ? size : 4096);
		ck_assert_msg(wrote > 0, "write: %s", strerror(errno));
		from += wrote;
		size -= (size_t)wrote;
	}
}

void
peer_say(int fd, const char *text)
{
	peer_write(fd, text, strlen(text));
}

size_t
peer_read(int fd, void *ret_bytes, size_t size)
{
	char *to = ret_bytes;
	size_t done = 0;

	while (done < size) {
		ssize_t got;

		await(fd, POLLIN);
		got = read(fd, to + done, size - done);
		ck_assert_msg(got >= 0, "read: %s", strerror(errno));
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return done;
}

size_t
peer_exchange(int fd, const void *bytes, void *ret_bytes, size_t size)
{
	const char *from = bytes;
	char *to = ret_bytes;
	size_t written = 0;
	size_t done = 0;

	while (done < size) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t count;

		if (written < size)
			poll_fd.events |= POLLOUT;
		ck_assert_int_eq(poll(&poll_fd, 1, HARNESS_PATIENCE_S * 1000),
		    1);
		if ((poll_fd.revents & POLLOUT) != 0) {
			count = send(fd, from + written, size - written,
			    MSG_DONTWAIT);
			ck_assert_int_ge(count, 0);
			written += (size_t)count;
		}
		if ((poll_fd.revents & POLLIN) == 0)
			continue;
		count = read(fd, to + done, size - done);
		ck_assert_int_ge(count, 0);
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return done;
}

void
peer_expect(int fd, const char *text)
{
	char heard[512];
	size_t size = strlen(text);

	ck_assert_uint_lt(size, sizeof(heard));
	heard[peer_read(fd, heard, size)] = '\0';
	ck_assert_str_eq(heard, text);
}

void
peer_expect_eof(int fd)
{
	char byte;

	ck_assert_uint_eq(peer_read(fd, &byte, 1), 0);
}

void
peer_fill(unsigned char *bytes, size_t size)
{
	size_t index;

	for (index = 0; index < size; index++)
		bytes[index] = (unsigned char)(index * 31 + (index >> 8));
}
