/* listening.c - rows F, first half: where a listener listens, and what it
 * refuses to.
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

static struct faulty_os world;
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref listener;
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
		__VA_ARGS__)))

#define SPAWN_ERROR(...) \
	clerk_spawn_error(clerk, &bsk_unix_listener_class, \
	    BSK_PARCEL(bsk_unix_listener_config, __VA_ARGS__))

static void
listen_there(void)
{
	unsigned before = clerk_count(clerk, &bsk_listener_ready_type);

	SPAWN(.path = bsk_text_copy(path));
	(void)clerk_wait(clerk, &bsk_listener_ready_type, before + 1);
}

/* The n-th listener that cannot listen says so, and ends. */
static const struct bsk_listener_failed *
expect_failed(unsigned nth, int error, const char *field)
{
	const struct bsk_listener_failed *failed =
	    clerk_wait(clerk, &bsk_listener_failed_type, nth);

	ck_assert_int_eq(failed->error, error);
	ck_assert_str_eq(failed->field.chars, field);
	ck_assert_str_ne(failed->text.chars, "");
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, nth))->reason, error);
	return failed;
}

static void
expect_served(const char *where)
{
	static unsigned served;
	int client = peer_connect(where);

	peer_say(client, "x");
	(void)clerk_wait(clerk, &bsk_bytes_type, ++served);
	(void)close(client);
}

static bool
is_socket(const char *where)
{
	struct stat status;

	return lstat(where, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* Leaves a socket file that nobody listens on. */
static void
leave_dead(const char *where)
{
	struct bsk_unix_socket dead;
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, where, 0600, 5, &dead, &why), 0);
	(void)close(dead.fd);
}

/* --- what is refused before anything is made --------------------------- */

/* The class says what is wrong with a config, by field, and spawns none. */
static void
expect_fault(const struct bsk_unix_listener_config *config,
    const char *field)
{
	struct bsk_config_fault fault = { .field = "" };

	ck_assert_int_eq(
	    bsk_unix_listener_class.check(config, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, field);
	ck_assert_str_ne(fault.text, "");
}

START_TEST(F01)
{
	struct bsk_unix_listener_config config = { .backlog = 5 };
	unsigned sockets = faulty_os_count(&world, FAULTY_SOCKET);

	expect_fault(&config, "path");
	config.path = (bsk_text){ path };
	config.fd = bsk_fd_own(7);
	expect_fault(&config, "path");
	config.path.chars = NULL;
	config.listen_fd = (bsk_text){ "web" };
	expect_fault(&config, "listen_fd");
	ck_assert_int_eq(SPAWN_ERROR(.backlog = 5), -EINVAL);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_SOCKET), sockets);
	ck_assert(!is_socket(path));
}
END_TEST

/* Sockets that are no Unix stream sockets that listen. */
static const struct {
	int domain;
	int type;
} wrong[] = {
	{ AF_UNIX, SOCK_STREAM }, { AF_UNIX, SOCK_DGRAM },
	{ AF_UNIX, SOCK_SEQPACKET }, { AF_INET, SOCK_STREAM },
	{ AF_INET, SOCK_DGRAM },
};

START_TEST(F01_a_wrong_socket)
{
	int fd = socket(
	    wrong[_i].domain, wrong[_i].type | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (wrong[_i].domain == AF_INET && wrong[_i].type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 1), 0);
	SPAWN(.fd = bsk_fd_own(fd));
	(void)expect_failed(1, -EINVAL, "fd");
}
END_TEST

START_TEST(F07)
{
	struct bsk_unix_listener_config config = { .path = { "" } };

	expect_fault(&config, "path");
	ck_assert_int_eq(
	    SPAWN_ERROR(.path = bsk_text_copy("")), -EINVAL);
}
END_TEST

/* --- what lies in the way ---------------------------------------------- */

START_TEST(F02)
{
	char beside[128];
	FILE *file;

	leave_dead(path);
	listen_there();
	expect_served(path);
	(void)snprintf(beside, sizeof(beside), "%s", peer_path("file"));
	file = fopen(beside, "w");
	(void)fputs("dear", file);
	(void)fclose(file);
	SPAWN(.path = bsk_text_copy(beside));
	(void)expect_failed(1, -EADDRINUSE, "path");
	file = fopen(beside, "r");
	ck_assert_int_eq(fgetc(file), 'd');
	(void)fclose(file);
}
END_TEST

/* The first goes on to be seen, and is served by. */
static void
live_owner_stays(void)
{
	listen_there();
	SPAWN(.path = bsk_text_copy(path));
	ck_assert_str_eq(
	    expect_failed(1, -EADDRINUSE, "path")->path.chars, path);
	expect_served(path);
	ck_assert(is_socket(path));
}

START_TEST(F03)
{
	live_owner_stays();
}
END_TEST

START_TEST(X08)
{
	live_owner_stays();
}
END_TEST

/* Bound, it cannot be told from a dead one by connecting: a lock can. */
START_TEST(F03_a_lock_tells_who_is_not_listening_yet)
{
	bsk_ref first = SPAWN(.path = bsk_text_copy(path), .lock = true,
	    .wait = true);

	SPAWN(.path = bsk_text_copy(path), .lock = true);
	(void)expect_failed(1, -EADDRINUSE, "path");
	ck_assert(is_socket(path));
	clerk_stop(clerk, first);
	(void)clerk_wait(clerk, &bsk_down_type, 2);
	SPAWN(.path = bsk_text_copy(path), .lock = true);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	expect_served(path);
}
END_TEST

/* Nothing there: not a word. What cannot be looked at or removed is left for
 * bind to complain of. */
START_TEST(F04)
{
	char under[160];
	FILE *file = fopen(peer_path("file"), "w");

	(void)fclose(file);
	(void)snprintf(under, sizeof(under), "%s/socket", peer_path("file"));
	SPAWN(.path = bsk_text_copy(under));
	(void)expect_failed(1, -ENOTDIR, "path");
	(void)snprintf(under, sizeof(under), "%s", peer_path("loop"));
	ck_assert_int_eq(symlink(under, under), 0);
	(void)snprintf(under, sizeof(under), "%s/socket", peer_path("loop"));
	SPAWN(.path = bsk_text_copy(under));
	(void)expect_failed(2, -ELOOP, "path");
	leave_dead(path);
	faulty_os_fail(&world, FAULTY_UNLINK, 1, EPERM);
	SPAWN(.path = bsk_text_copy(path));
	ck_assert_ptr_nonnull(strstr(expect_failed(
	    3, -EADDRINUSE, "path")->text.chars, "cannot be removed"));
}
END_TEST

START_TEST(F05)
{
	struct stat status;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s", peer_path("target"));
	leave_dead(target);
	ck_assert_int_eq(symlink(target, path), 0);
	SPAWN(.path = bsk_text_copy(path));
	(void)expect_failed(1, -EADDRINUSE, "path");
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	ck_assert(is_socket(target));
}
END_TEST

/* --- binding ----------------------------------------------------------- */

START_TEST(F06)
{
	const struct bsk_listener_failed *failed;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	SPAWN(.path = bsk_text_copy(path));
	failed = expect_failed(1, -EADDRINUSE, "path");
	ck_assert_str_eq(failed->path.chars, path);
	ck_assert_int_eq(rmdir(path), 0);
	faulty_os_fail(&world, FAULTY_BIND, 1, EACCES);
	SPAWN(.path = bsk_text_copy(path));
	(void)expect_failed(2, -EACCES, "path");
	faulty_os_fail(&world, FAULTY_CHMOD, 1, EPERM);
	SPAWN(.path = bsk_text_copy(path));
	(void)expect_failed(3, -EPERM, "path");
	ck_assert(!is_socket(path)); /* nor is any left open */
}
END_TEST

START_TEST(F08)
{
	unsigned unlinks = faulty_os_count(&world, FAULTY_UNLINK);

	(void)snprintf(path, sizeof(path), "@buskin-F08-%d", (int)getpid());
	listen_there();
	SPAWN(.path = bsk_text_copy(path));
	ck_assert_str_eq(
	    expect_failed(1, -EADDRINUSE, "path")->path.chars, path);
	expect_served(path);
	clerk_stop(clerk, listener);
	ck_assert(!is_socket(path));
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_UNLINK), unlinks);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_CHMOD), 0);
}
END_TEST

/* Whatever the umask says; and before anybody can connect. */
START_TEST(F09)
{
	bool is_root = geteuid() == 0;
	struct stat status;
	mode_t before = umask(0177);

	SPAWN(.path = bsk_text_copy(path), .mode = 0620,
	    .owner = is_root ? 12345 : 0, .group = is_root ? 54321 : 0,
	    .wait = true);
	clerk_ask(clerk, listener, BSK_NEW(bsk_status_ask, .reserved = 0));
	(void)clerk_wait(clerk, &bsk_unix_listener_status_type, 1);
	(void)umask(before);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0620);
	ck_assert_uint_eq(status.st_uid, is_root ? 12345 : geteuid());
	ck_assert_uint_eq(status.st_gid, is_root ? 54321 : getegid());
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_LISTEN), 0);
}
END_TEST

START_TEST(F23)
{
	struct bsk_unix_socket given;
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &given, &why), 0);
	SPAWN(.fd = bsk_fd_own(given.fd));
	ck_assert_str_eq(((const struct bsk_listener_ready *)clerk_wait(
	    clerk, &bsk_listener_ready_type, 1))->path.chars, path);
	expect_served(path);
	clerk_stop(clerk, listener);
	(void)clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert(is_socket(path)); /* its maker's to remove */
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("listening");
	TCase *tcase = harness_case("listening");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, F01);
	tcase_add_loop_test(tcase, F01_a_wrong_socket, 0,
	    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, F02);
	tcase_add_test(tcase, F03);
	tcase_add_test(tcase, F03_a_lock_tells_who_is_not_listening_yet);
	tcase_add_test(tcase, F04);
	tcase_add_test(tcase, F05);
	tcase_add_test(tcase, F06);
	tcase_add_test(tcase, F07);
	tcase_add_test(tcase, F08);
	tcase_add_test(tcase, F09);
	tcase_add_test(tcase, F23);
	tcase_add_test(tcase, X08);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
