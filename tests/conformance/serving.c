/* serving.c - rows F, second half: how a listener begins, tells how it stands,
 * and ends; and rows X19 to X21.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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
static bsk_ref listener;
static char path[128];
static unsigned looks; /* statuses asked for */

static void
begin(void)
{
	struct bsk_system_options options = { .workers = 2,
		.os = &world.table };

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	peer_clean();
}

#define SPAWN(...) \
	(listener = clerk_spawn(clerk, &bsk_unix_listener_class, \
	    BSK_PARCEL(bsk_unix_listener_config, .to = clerk_ref(clerk), \
		.path = bsk_text_copy(path), __VA_ARGS__)))

#define LISTEN(...) \
	do { \
		SPAWN(__VA_ARGS__); \
		(void)clerk_wait(clerk, &bsk_listener_ready_type, 1); \
	} while (0)

static const struct bsk_unix_listener_status *
look(void)
{
	clerk_ask(clerk, listener, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_unix_listener_status_type, ++looks);
}

/* The n-th plain answer. */
static int
result(unsigned nth)
{
	return ((const struct bsk_result *)clerk_wait(
	    clerk, &bsk_result_type, nth))->error;
}

/* A client that is known to be served: the n-th. */
static int
come(unsigned nth)
{
	int client = peer_connect(path);

	peer_say(client, "x");
	(void)clerk_wait(clerk, &bsk_bytes_type, nth);
	return client;
}

/* A connection, or a negative errno. */
static int
try_connect(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	ck_assert_int_eq(bsk_unix_address(path, &address, &size), 0);
	if (connect(fd, (struct sockaddr *)&address, size) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return -error;
}

static int
connect_error(void)
{
	return -try_connect();
}

static bool
has_file(void)
{
	return access(path, F_OK) == 0;
}

static void
stop(bool drain, int64_t timeout_ns)
{
	clerk_ask(clerk, listener, BSK_NEW(bsk_listener_stop, .drain = drain,
	    .timeout_ns = timeout_ns));
}

static void
start(void)
{
	clerk_ask(
	    clerk, listener, BSK_NEW(bsk_listener_start, .reserved = 0));
}

/* One is served; of the rest so many may wait, and one more, as the kernel
 * counts. */
START_TEST(F10)
{
	static const int backlogs[] = { 1, 5, 32 };
	int clients[64];
	int count = 0;
	int served;

	LISTEN(.backlog = backlogs[_i], .max_connections = 1);
	served = come(1);
	while (count < 64 && (clients[count] = try_connect()) >= 0)
		count++;
	ck_assert_int_eq(count, backlogs[_i] + 1);
	while (count > 0)
		(void)close(clients[--count]);
	(void)close(served);
}
END_TEST

START_TEST(F11)
{
	const struct bsk_unix_listener_status *status;

	SPAWN(.wait = true);
	status = look();
	ck_assert(!status->serving);
	ck_assert_str_eq(status->path.chars, path);
	ck_assert(has_file());
	ck_assert_int_eq(connect_error(), ECONNREFUSED);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_listener_ready_type), 0);
	start();
	ck_assert_int_eq(result(1), 0);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	ck_assert(look()->serving);
	(void)close(come(1));
}
END_TEST

/* Who cannot be watched is never ready. */
START_TEST(F12)
{
	LISTEN(.mode = 0600);
	ck_assert(look()->serving);
	(void)snprintf(path, sizeof(path), "%s", peer_path("other"));
	faulty_os_fail(&world, FAULTY_EPOLL_CTL, 1, ENOSPC);
	SPAWN(.mode = 0600);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, -ENOSPC);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_listener_ready_type), 1);
	ck_assert(!has_file());
}
END_TEST

START_TEST(F13)
{
	struct bsk_unix_socket given;
	const char *why;
	int clients[150];
	unsigned index;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 150, &given, &why), 0);
	for (index = 0; index < 150; index++)
		clients[index] = peer_connect(path);
	faulty_os_fail(&world, FAULTY_ACCEPT, 70, ECONNABORTED);
	listener = clerk_spawn(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .to = clerk_ref(clerk),
		.fd = bsk_fd_own(given.fd), .accept = BSK_UNIX_FD));
	for (index = 1; index <= 150; index++) {
		const struct bsk_unix_accepted *it =
		    clerk_wait(clerk, &bsk_unix_accepted_type, index);
		int fd = bsk_fd_number(it->fd);

		ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	}
	ck_assert_uint_eq(look()->accepted, 150);
	ck_assert_uint_eq(look()->failures, 0);
	for (index = 0; index < 150; index++)
		(void)close(clients[index]);
}
END_TEST

START_TEST(F15)
{
	static const int errors[] = { EPERM, EPROTO, ENOBUFS, ENOMEM, EIO };

	LISTEN(.mode = 0600);
	faulty_os_fail(&world, FAULTY_ACCEPT, 1, errors[_i]);
	(void)close(come(1));
	(void)close(come(2));
	ck_assert_uint_eq(look()->failures, 1);
}
END_TEST

/* One whose stream fails is hung up on; the next is served. */
START_TEST(F16)
{
	const struct bsk_unix_accepted *it;
	int client;

	LISTEN(.announce = true, .pidfd = true);
	faulty_os_fail(&world, FAULTY_EPOLL_CTL, 1, ENOSPC);
	client = peer_connect(path);
	peer_expect_eof(client);
	(void)close(client);
	client = come(1);
	it = clerk_wait(clerk, &bsk_unix_accepted_type, 2);
	ck_assert(bsk_ref_equal(
	    it->connection, clerk_sender(clerk, &bsk_bytes_type, 1)));
	ck_assert_int_lt(bsk_fd_number(it->fd), 0);
	ck_assert_int_ge(bsk_fd_number(it->pidfd), 0);
	ck_assert_int_eq(it->pid, getpid());
	ck_assert_uint_eq(look()->accepted, 2);
	(void)close(client);
}
END_TEST

START_TEST(F17)
{
	const struct bsk_unix_listener_status *status;
	const struct bsk_unix_client *clients;
	int one;

	LISTEN(.mode = 0600);
	one = come(1);
	status = look();
	ck_assert(status->serving);
	ck_assert(!status->paused);
	ck_assert_str_eq(status->path.chars, path);
	ck_assert_uint_eq(status->accepted, 1);
	ck_assert_uint_eq(status->refused, 0);
	ck_assert_uint_eq(status->fds.count, 1);
	ck_assert_uint_eq(status->clients.count, 1);
	clients = status->clients.items;
	ck_assert(bsk_ref_equal(clients->connection,
	    clerk_sender(clerk, &bsk_bytes_type, 1)));
	ck_assert_int_eq(clients->pid, getpid());
	(void)close(one);
}
END_TEST

/* Waits until so many are there. */
static void
await_connections(unsigned count)
{
	while (look()->connections != count)
		continue;
}

START_TEST(F22)
{
	int one;
	int other;

	LISTEN(.mode = 0600);
	one = come(1);
	other = come(2);
	ck_assert_uint_eq(look()->connections, 2);
	(void)close(one);
	await_connections(1);
	(void)close(other);
	await_connections(0);
	ck_assert_uint_eq(look()->accepted, 2);
}
END_TEST

START_TEST(F18)
{
	int client;

	LISTEN(.mode = 0600);
	client = come(1);
	stop(false, 0);
	ck_assert_int_eq(result(1), 0);
	ck_assert_int_eq(connect_error(), ENOENT);
	stop(false, 0);
	ck_assert_int_eq(result(2), 0);
	peer_say(client, "more");
	clerk_expect(clerk, "xmore");
	clerk_say(clerk, clerk_sender(clerk, &bsk_bytes_type, 1), "answer");
	peer_expect(client, "answer");
	ck_assert_uint_eq(look()->connections, 1);
	ck_assert(!look()->serving);
	ck_assert_uint_eq(look()->fds.count, 0);
	(void)close(client);
}
END_TEST

/* Only a file that is still ours goes: by device and inode. */
static void
removes_only_its_own(void)
{
	struct bsk_unix_socket successor;
	const char *why;

	LISTEN(.mode = 0600);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &successor, &why), 0);
	stop(false, 0);
	ck_assert_int_eq(result(1), 0);
	ck_assert(has_file());
	(void)close(successor.fd);
	clerk_stop(clerk, listener);
	(void)clerk_wait(clerk, &bsk_down_type, 1);
	SPAWN(.mode = 0600);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 2);
	stop(false, 0);
	ck_assert_int_eq(result(2), 0);
	ck_assert(!has_file());
}

START_TEST(F19)
{
	removes_only_its_own();
}
END_TEST

START_TEST(F19_keeps_it_if_told_to)
{
	LISTEN(.keep_file = true);
	stop(false, 0);
	ck_assert_int_eq(result(1), 0);
	ck_assert(has_file());
	ck_assert_int_eq(connect_error(), ECONNREFUSED);
}
END_TEST

START_TEST(X19)
{
	removes_only_its_own();
}
END_TEST

static unsigned char answer[1 << 20];

/* A client that has not read yet what it is sent. */
static int
come_and_be_slow(void)
{
	int client = come(1);

	peer_fill(answer, sizeof(answer));
	clerk_tell(clerk, clerk_sender(clerk, &bsk_bytes_type, 1),
	    BSK_NEW(bsk_bytes,
		.bytes = bsk_buf_static(answer, sizeof(answer))));
	return client;
}

static void
waits_for_the_last_connection(void)
{
	static unsigned char got[sizeof(answer)];
	int client;

	LISTEN(.mode = 0600);
	client = come_and_be_slow();
	stop(true, 3600 * SECOND);
	ck_assert_uint_eq(look()->connections, 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_result_type), 0);
	ck_assert_uint_eq(peer_read(client, got, sizeof(got)), sizeof(got));
	ck_assert_mem_eq(answer, got, sizeof(answer));
	peer_expect_eof(client);
	ck_assert_int_eq(result(1), 0);
	ck_assert_uint_eq(look()->connections, 0);
	(void)close(client);
}

START_TEST(F20)
{
	waits_for_the_last_connection();
}
END_TEST

START_TEST(X20)
{
	waits_for_the_last_connection();
}
END_TEST

START_TEST(X20_has_a_deadline)
{
	int client;

	LISTEN(.mode = 0600);
	client = come_and_be_slow();
	stop(true, SECOND / 100);
	ck_assert_int_eq(result(1), -ETIMEDOUT);
	await_connections(0);
	(void)close(client);
}
END_TEST

static void
do_kill(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_kill(ctx, listener), 0);
}

START_TEST(F21)
{
	LISTEN(.mode = 0600);
	start();
	ck_assert_int_eq(result(1), -EALREADY);
	stop(false, 0);
	ck_assert_int_eq(result(2), 0);
	start();
	ck_assert_int_eq(result(3), -ESHUTDOWN);
	SPAWN(.mode = 0600);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 2);
	clerk_do(clerk, do_kill, NULL);
	(void)clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_int_eq(connect_error(), ENOENT);
}
END_TEST

/* Nobody holds on to the connection, and it stays: until it is ended. */
START_TEST(X21)
{
	int client;
	unsigned index;

	LISTEN(.mode = 0600);
	client = come(1);
	for (index = 0; index < 50; index++)
		(void)close(come(2 + index));
	await_connections(1);
	peer_say(client, "y");
	(void)clerk_wait(clerk, &bsk_bytes_type, 52);
	clerk_say(clerk, clerk_sender(clerk, &bsk_bytes_type, 52), "z");
	peer_expect(client, "z");
	clerk_stop(clerk, listener);
	peer_expect_eof(client);
	(void)close(client);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("serving");
	TCase *tcase = harness_case("serving");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, F10, 0, 3);
	tcase_add_test(tcase, F11);
	tcase_add_test(tcase, F12);
	tcase_add_test(tcase, F13);
	tcase_add_loop_test(tcase, F15, 0, 5);
	tcase_add_test(tcase, F16);
	tcase_add_test(tcase, F17);
	tcase_add_test(tcase, F18);
	tcase_add_test(tcase, F19);
	tcase_add_test(tcase, F19_keeps_it_if_told_to);
	tcase_add_test(tcase, F20);
	tcase_add_test(tcase, F21);
	tcase_add_test(tcase, F22);
	tcase_add_test(tcase, X19);
	tcase_add_test(tcase, X20);
	tcase_add_test(tcase, X20_has_a_deadline);
	tcase_add_test(tcase, X21);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
