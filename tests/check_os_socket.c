/* check_os_socket.c - sockets. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60

static const struct bsk_os *const os = &bsk_os_libc;
static unsigned open_before;
static int fds[2]; /* a pipe, both ends non-blocking */

static void
begin(void)
{
	open_before = spawned_open_count();
	ck_assert_int_eq(os->pipe2(os, fds, O_NONBLOCK), 0);
}

static void
end(void)
{
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
	ck_assert_uint_eq(spawned_open_count(), open_before);
}

/* A listener at a name of its own that is in no file system. */
static int
listener(struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	int fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	*ret_size = sizeof(ret_address->sun_family);
	/* The kernel makes the name up. */
	ck_assert_int_eq(
	    os->bind(os, fd, (struct sockaddr *)ret_address, *ret_size), 0);
	*ret_size = sizeof(*ret_address);
	ck_assert_int_eq(os->getsockname(
	    os, fd, (struct sockaddr *)ret_address, ret_size), 0);
	ck_assert_int_eq(os->listen(os, fd, 8), 0);
	return fd;
}

START_TEST(a_connection_is_made_told_of_and_shut)
{
	struct sockaddr_un address;
	struct sockaddr_un peer;
	socklen_t size;
	socklen_t peer_size = sizeof(peer);
	int server = listener(&address, &size);
	int client = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	char byte = 0;
	int accepted;

	ck_assert_int_eq(os->accept(os, server, NULL, NULL), -EAGAIN);
	ck_assert_int_eq(
	    os->connect(os, client, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(os->getpeername(
	    os, client, (struct sockaddr *)&peer, &peer_size), 0);
	ck_assert_uint_eq(peer_size, size);
	ck_assert_mem_eq(&peer, &address, size);
	peer_size = sizeof(peer);
	accepted = os->accept(os, server, (struct sockaddr *)&peer, &peer_size);
	ck_assert_int_ge(accepted, 0);
	ck_assert_uint_eq(peer.sun_family, AF_UNIX);
	ck_assert_int_eq(fcntl(accepted, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(os->flags_get(os, accepted) & O_NONBLOCK, 0);
	ck_assert_int_eq(os->shutdown(os, client, SHUT_WR), 0);
	ck_assert_int_eq(os->read(os, accepted, &byte, 1), 0);
	ck_assert_int_eq(os->close(os, accepted), 0);
	ck_assert_int_eq(os->close(os, client), 0);
	ck_assert_int_eq(os->close(os, server), 0);
}
END_TEST

START_TEST(options_are_set_and_told)
{
	int fd = os->socket(os, AF_UNIX, SOCK_DGRAM, 0);
	struct ucred who = { 0 };
	socklen_t size = sizeof(int);
	int pair[2];
	int value = 1;

	ck_assert_int_eq(os->setsockopt(
	    os, fd, SOL_SOCKET, SO_PASSCRED, &value, sizeof(value)), 0);
	value = 0;
	ck_assert_int_eq(os->getsockopt(
	    os, fd, SOL_SOCKET, SO_PASSCRED, &value, &size), 0);
	ck_assert_int_eq(value, 1);
	ck_assert_int_eq(os->close(os, fd), 0);
	ck_assert_int_eq(os->socketpair(os, SOCK_STREAM, pair), 0);
	size = sizeof(who);
	ck_assert_int_eq(os->getsockopt(
	    os, pair[0], SOL_SOCKET, SO_PEERCRED, &who, &size), 0);
	ck_assert_int_eq(who.pid, getpid());
	ck_assert_int_eq(os->close(os, pair[0]), 0);
	ck_assert_int_eq(os->close(os, pair[1]), 0);
}
END_TEST

/* Sends our descriptor `fd` over a pair; returns what arrives. */
static int
pass(int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = "" };
	char byte = 'x';
	struct iovec vector = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int pair[2];
	int got;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	ck_assert_int_eq(os->socketpair(os, SOCK_STREAM, pair), 0);
	ck_assert_int_eq(os->recvmsg(os, pair[1], &message, 0), -EAGAIN);
	message.msg_controllen = sizeof(control);
	ck_assert_int_eq(os->sendmsg(os, pair[0], &message, 0), 1);
	memset(&control, 0, sizeof(control));
	ck_assert_int_eq(os->recvmsg(os, pair[1], &message, 0), 1);
	memcpy(&got, CMSG_DATA(&control.header), sizeof(got));
	ck_assert_int_eq(os->close(os, pair[0]), 0);
	ck_assert_int_eq(os->close(os, pair[1]), 0);
	return got;
}

START_TEST(a_descriptor_that_arrives_is_close_on_exec)
{
	int fd = os->open(os, "/dev/null", O_RDONLY, 0);
	int passed = pass(fd);

	ck_assert_int_ge(passed, 0);
	ck_assert_int_ne(passed, fd);
	ck_assert_int_eq(fcntl(passed, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(os->close(os, passed), 0);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

START_TEST(failures_are_negative_errnos)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	struct sockaddr *any = (struct sockaddr *)&address;
	struct msghdr message = { 0 };
	int pair[2] = { -7, -7 };
	int value = -7;

	ck_assert_int_eq(os->socket(os, -1, SOCK_STREAM, 0), -EAFNOSUPPORT);
	ck_assert_int_eq(os->socketpair(os, 0, pair), -ESOCKTNOSUPPORT);
	ck_assert_int_eq(pair[0], -7);
	ck_assert_int_eq(os->bind(os, -1, any, size), -EBADF);
	ck_assert_int_eq(os->listen(os, -1, 1), -EBADF);
	ck_assert_int_eq(os->accept(os, -1, NULL, NULL), -EBADF);
	ck_assert_int_eq(os->connect(os, -1, any, size), -EBADF);
	ck_assert_int_eq(os->shutdown(os, -1, SHUT_WR), -EBADF);
	ck_assert_int_eq(os->getsockopt(
	    os, -1, SOL_SOCKET, SO_ERROR, &value, &size), -EBADF);
	ck_assert_int_eq(os->setsockopt(
	    os, -1, SOL_SOCKET, SO_PASSCRED, &value, size), -EBADF);
	ck_assert_int_eq(os->getsockname(os, -1, any, &size), -EBADF);
	ck_assert_int_eq(os->getpeername(os, -1, any, &size), -EBADF);
	ck_assert_int_eq(os->recvmsg(os, -1, &message, 0), -EBADF);
	ck_assert_int_eq(os->sendmsg(os, -1, &message, 0), -EBADF);
	ck_assert_int_eq(value, -7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_socket");
	TCase *tcase = tcase_create("os_socket");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_connection_is_made_told_of_and_shut);
	tcase_add_test(tcase, options_are_set_and_told);
	tcase_add_test(tcase, a_descriptor_that_arrives_is_close_on_exec);
	tcase_add_test(tcase, failures_are_negative_errnos);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
