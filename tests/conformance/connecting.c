/* connecting.c - rows E: a connection is made as asked, or refused with its
 * reason, and whoever gives up leaves nothing behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "../clerk.h"
#include "../faulty_os.h"
#include "../harness.h"
#include "../peer.h"

#define SECOND INT64_C(1000000000)

static struct faulty_os world;
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref connector;
static int server; /* listens at `path`; -1: nobody does */
static char path[128];

static void
begin(void)
{
	struct bsk_system_options options = { .workers = 2,
		.os = &world.table };

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	connector = clerk_spawn(clerk, &bsk_unix_connector_class, NULL);
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
	server = -1;
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (server >= 0)
		(void)close(server);
	peer_clean();
}

static void
serve(int backlog)
{
	struct bsk_unix_socket made;
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, backlog, &made, &why), 0);
	server = made.fd;
}

static int
accept_one(void)
{
	int fd;

	do
		fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && errno == EAGAIN);
	ck_assert_int_ge(fd, 0);
	return fd;
}

#define CONNECT(...) \
	clerk_ask(clerk, connector, BSK_NEW(bsk_unix_connect, __VA_ARGS__))

#define CONNECT_TO(where) CONNECT(.path = bsk_text_copy(where))

/* Whether the n-th refusal is of this kind. */
static const struct bsk_unix_refused *
expect_refused(unsigned nth, int error, const char *field)
{
	const struct bsk_unix_refused *refused =
	    clerk_wait(clerk, &bsk_unix_refused_type, nth);

	ck_assert_int_eq(refused->error, error);
	ck_assert_str_eq(bsk_text_chars(refused->field), field);
	ck_assert_str_ne(bsk_text_chars(refused->text), "");
	return refused;
}

/* --- what is refused before anything is made --------------------------- */

START_TEST(E03)
{
	unsigned sockets = faulty_os_count(&world, FAULTY_SOCKET);
	const struct bsk_unix_refused *refused;
	int pair[2];

	CONNECT(.timeout_ns = 0);
	(void)expect_refused(1, -EINVAL, "path");
	peer_socket(pair);
	CONNECT(.path = bsk_text_copy(path), .fd = bsk_fd_own(pair[0]));
	refused = expect_refused(2, -EINVAL, "path");
	/* The socket is its owner's again, and as it was. */
	ck_assert_int_ge(bsk_fd_number(refused->fd), 0);
	peer_say(pair[1], "still open");
	peer_expect(bsk_fd_number(refused->fd), "still open");
	(void)close(pair[1]);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_SOCKET), sockets);
}
END_TEST

/* Sockets that are no connected Unix stream sockets. */
static const struct {
	int domain;
	int type;
	int error;
} wrong[] = {
	{ AF_UNIX, SOCK_DGRAM, -EPROTOTYPE },
	{ AF_UNIX, SOCK_SEQPACKET, -EPROTOTYPE },
	{ AF_INET, SOCK_STREAM, -EPROTOTYPE },
	{ AF_INET, SOCK_DGRAM, -EPROTOTYPE },
	{ AF_UNIX, SOCK_STREAM, -ENOTCONN },
};

START_TEST(E04)
{
	const struct bsk_unix_refused *refused;
	int fd = socket(
	    wrong[_i].domain, wrong[_i].type | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	CONNECT(.fd = bsk_fd_own(fd));
	refused = expect_refused(1, wrong[_i].error, "fd");
	ck_assert_int_ge(bsk_fd_number(refused->fd), 0);
}
END_TEST

START_TEST(E04_takes_one_that_is_connected)
{
	const struct bsk_unix_connected *connected;
	int pair[2];

	ck_assert_int_eq(socketpair(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CONNECT(.fd = bsk_fd_own(pair[0]));
	connected = clerk_wait(clerk, &bsk_unix_connected_type, 1);
	ck_assert_int_ne(fcntl(bsk_fd_number(connected->fd), F_GETFL) &
	    O_NONBLOCK, 0);
	peer_say(pair[1], "hi");
	peer_expect(bsk_fd_number(connected->fd), "hi");
	(void)close(pair[1]);
}
END_TEST

START_TEST(E07)
{
	unsigned sockets = faulty_os_count(&world, FAULTY_SOCKET);
	const struct bsk_unix_refused *refused;
	char longer[131];

	memset(longer, 'p', 130);
	longer[130] = '\0';
	CONNECT_TO(longer);
	refused = expect_refused(1, -ENAMETOOLONG, "path");
	ck_assert_ptr_nonnull(strstr(refused->text.chars, "107"));
	ck_assert_ptr_nonnull(strstr(refused->text.chars, "130"));
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_SOCKET), sockets);
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_connector_class,
	    BSK_PARCEL(bsk_unix_connector_config,
		.path = bsk_text_copy(longer))), -ENAMETOOLONG);
}
END_TEST

START_TEST(E08)
{
	CONNECT_TO("");
	(void)expect_refused(1, -EINVAL, "path");
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_connector_class,
	    BSK_PARCEL(bsk_unix_connector_config,
		.path = bsk_text_copy(""))), -EINVAL);
}
END_TEST

/* --- names ------------------------------------------------------------- */

static const char *const names[] = {
	"plain", "with space", "\xc3\xa9t\xc3\xa9", "\xff\xfe\x80 no UTF-8",
	"\x01\x7f\n\t", "'\"\\$*?",
};

/* Connects, and says both names. */
static void
expect_connected(unsigned nth)
{
	const struct bsk_unix_connected *connected =
	    clerk_wait(clerk, &bsk_unix_connected_type, nth);
	int theirs = accept_one();

	ck_assert_str_eq(bsk_text_chars(connected->peer), path);
	peer_say(bsk_fd_number(connected->fd), "hello");
	peer_expect(theirs, "hello");
	(void)close(theirs);
}

START_TEST(E05)
{
	(void)snprintf(path, sizeof(path), "%s", peer_path(names[_i]));
	serve(5);
	CONNECT_TO(path);
	expect_connected(1);
}
END_TEST

START_TEST(E05_as_long_as_may_be)
{
	size_t length = strlen(peer_path(""));

	memset(path + length, '\xe9', sizeof(path) - length);
	path[BSK_UNIX_PATH_MAX] = '\0';
	serve(5);
	CONNECT_TO(path);
	expect_connected(1);
}
END_TEST

START_TEST(E09)
{
	struct stat status;

	(void)snprintf(path, sizeof(path), "@buskin \xff %d", (int)getpid());
	serve(5);
	CONNECT_TO(path);
	expect_connected(1);
	ck_assert_int_eq(lstat(path, &status), -1);
}
END_TEST

/* --- connecting -------------------------------------------------------- */

START_TEST(E06)
{
	FILE *file = fopen(peer_path("file"), "w");
	struct bsk_unix_refused const *refused;

	(void)fclose(file);
	CONNECT_TO(path);
	refused = expect_refused(1, -ENOENT, "path");
	ck_assert_str_eq(refused->path.chars, path);
	CONNECT_TO(peer_path("file"));
	(void)expect_refused(2, -ECONNREFUSED, "path");
	serve(5);
	CONNECT_TO(path);
	(void)clerk_wait(clerk, &bsk_unix_connected_type, 1);
	faulty_os_fail(&world, FAULTY_CONNECT, 1, EACCES);
	CONNECT_TO(path);
	(void)expect_refused(3, -EACCES, "path");
	faulty_os_fail(&world, FAULTY_SOCKET, 1, EMFILE);
	CONNECT_TO(path);
	(void)expect_refused(4, -EMFILE, "path");
}
END_TEST

/* Fills the accept queue; gives how many it took. */
static unsigned
crowd(int *clients, unsigned most)
{
	struct sockaddr_un address;
	socklen_t size;
	unsigned count = 0;

	ck_assert_int_eq(bsk_unix_address(path, &address, &size), 0);
	while (count < most) {
		clients[count] = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(clients[count], (struct sockaddr *)&address,
		    size) < 0)
			break;
		count++;
	}
	ck_assert_uint_lt(count, most);
	(void)close(clients[count]);
	return count;
}

static void
disperse(int *clients, unsigned count)
{
	while (count > 0)
		(void)close(clients[--count]);
}

/* Waits until the connector has been told so often that there is no room. */
static void
await_tries(unsigned before, unsigned count)
{
	while (faulty_os_count(&world, FAULTY_CONNECT) - before < count)
		continue;
}

/* Success is told only when it is one. */
static void
connects_when_there_is_room(void)
{
	unsigned before = faulty_os_count(&world, FAULTY_CONNECT);
	int clients[16];
	unsigned count;
	unsigned index;

	serve(1);
	count = crowd(clients, 16);
	CONNECT_TO(path);
	await_tries(before, 3);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_unix_connected_type), 0);
	for (index = 0; index < count; index++)
		(void)close(accept_one());
	expect_connected(1);
	disperse(clients, count);
}

START_TEST(E10)
{
	connects_when_there_is_room();
}
END_TEST

START_TEST(X07)
{
	connects_when_there_is_room();
}
END_TEST

START_TEST(X07_the_wait_is_bounded)
{
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	CONNECT(.path = bsk_text_copy(path), .timeout_ns = SECOND / 50);
	(void)expect_refused(1, -ETIMEDOUT, "path");
	ck_assert_uint_eq(clerk_count(clerk, &bsk_unix_connected_type), 0);
	disperse(clients, count);
}
END_TEST

/* A connector's own connection is an actor: there is none before it is
 * connected. */
static const struct bsk_unix_connector_status *
ask_status(bsk_ref whom, unsigned nth)
{
	clerk_ask(clerk, whom, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_unix_connector_status_type, nth);
}

START_TEST(E11)
{
	unsigned before = faulty_os_count(&world, FAULTY_CONNECT);
	const struct bsk_unix_connector_status *status;
	int clients[16];
	unsigned count;
	unsigned index;
	bsk_ref own;
	int theirs;

	serve(1);
	count = crowd(clients, 16);
	own = clerk_spawn(clerk, &bsk_unix_connector_class,
	    BSK_PARCEL(bsk_unix_connector_config,
		.path = bsk_text_copy(path)));
	await_tries(before, 2);
	status = ask_status(own, 1);
	ck_assert(!status->connected);
	ck_assert(bsk_ref_is_nobody(status->connection));
	ck_assert_uint_eq(status->attempts, 1);
	for (index = 0; index < count; index++)
		(void)close(accept_one());
	theirs = accept_one();
	peer_say(theirs, "welcome");
	clerk_expect(clerk, "welcome");
	status = ask_status(own, 2);
	ck_assert(status->connected);
	ck_assert_int_eq(status->pid, getpid());
	ck_assert_uint_eq(status->uid, geteuid());
	ck_assert_uint_eq(status->made, 1);
	ck_assert(bsk_ref_equal(status->connection,
	    clerk_sender(clerk, &bsk_bytes_type, 1)));
	(void)close(theirs);
	disperse(clients, count);
}
END_TEST

/* --- giving up --------------------------------------------------------- */

START_TEST(E12)
{
	unsigned before = faulty_os_count(&world, FAULTY_CONNECT);
	unsigned closes;
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	CONNECT_TO(path);
	await_tries(before, 2);
	closes = faulty_os_count(&world, FAULTY_CLOSE);
	clerk_ask(clerk, connector, BSK_NEW(bsk_unix_cancel, .reserved = 0));
	(void)expect_refused(1, -ECANCELED, "path");
	ck_assert_uint_gt(faulty_os_count(&world, FAULTY_CLOSE), closes);
	ck_assert_int_eq(((const struct bsk_result *)clerk_wait(
	    clerk, &bsk_result_type, 1))->error, 0);
	ck_assert_uint_eq(ask_status(connector, 1)->attempts, 0);
	disperse(clients, count);
}
END_TEST

/* The fixture sees whether the socket of a connector that ends is closed. */
START_TEST(E12_the_end_of_the_connector)
{
	unsigned before = faulty_os_count(&world, FAULTY_CONNECT);
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	CONNECT_TO(path);
	await_tries(before, 2);
	clerk_stop(clerk, connector);
	(void)clerk_wait(clerk, &bsk_ask_failed_type, 1);
	disperse(clients, count);
}
END_TEST

/* --- what is told of a connection -------------------------------------- */

START_TEST(E13)
{
	const struct bsk_unix_connected *connected;

	serve(5);
	CONNECT(.path = bsk_text_copy(path), .pidfd = true);
	connected = clerk_wait(clerk, &bsk_unix_connected_type, 1);
	ck_assert_str_eq(bsk_text_chars(connected->name), "");
	ck_assert_str_eq(bsk_text_chars(connected->peer), path);
	ck_assert_int_eq(connected->pid, getpid());
	ck_assert_uint_eq(connected->uid, geteuid());
	ck_assert_uint_eq(connected->gid, getegid());
	ck_assert_int_ne(
	    fcntl(bsk_fd_number(connected->fd), F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(
	    fcntl(bsk_fd_number(connected->fd), F_GETFD) & FD_CLOEXEC, 0);
	/* It is us. */
	ck_assert_int_ge(bsk_fd_number(connected->pidfd), 0);
	ck_assert_int_eq(bsk_os_libc.pidfd_send_signal(
	    &bsk_os_libc, bsk_fd_number(connected->pidfd), 0), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("connecting");
	TCase *tcase = harness_case("connecting");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, E03);
	tcase_add_loop_test(
	    tcase, E04, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, E04_takes_one_that_is_connected);
	tcase_add_loop_test(
	    tcase, E05, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tcase, E05_as_long_as_may_be);
	tcase_add_test(tcase, E06);
	tcase_add_test(tcase, E07);
	tcase_add_test(tcase, E08);
	tcase_add_test(tcase, E09);
	tcase_add_test(tcase, E10);
	tcase_add_test(tcase, E11);
	tcase_add_test(tcase, E12);
	tcase_add_test(tcase, E12_the_end_of_the_connector);
	tcase_add_test(tcase, E13);
	tcase_add_test(tcase, X07);
	tcase_add_test(tcase, X07_the_wait_is_bounded);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
