/* check_unix.c - a socket's file is made, found taken, and removed as promised,
 * and never anybody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "faulty_os.h"
#include "harness.h"
#include "peer.h"

static const struct bsk_os *os = &bsk_os_libc;
static struct bsk_unix_socket made;
static const char *why;
static char path[128];

static void
begin(void)
{
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
	made = (struct bsk_unix_socket){ .fd = -1 };
}

static void
end(void)
{
	if (made.fd >= 0)
		(void)close(made.fd);
	peer_clean();
}

static int
listen_there(void)
{
	return bsk_unix_listen(os, path, 0640, 5, &made, &why);
}

static void
make_file(const char *where)
{
	int fd = open(where, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "dear", 4), 4);
	(void)close(fd);
}

START_TEST(an_address_is_a_path_or_an_abstract_name)
{
	struct sockaddr_un address;
	socklen_t size;

	ck_assert_int_eq(bsk_unix_address("/a", &address, &size), 0);
	ck_assert_str_eq(address.sun_path, "/a");
	ck_assert_uint_eq(size, offsetof(struct sockaddr_un, sun_path) + 3);
	ck_assert_int_eq(bsk_unix_address("@ab", &address, &size), 0);
	ck_assert_mem_eq(address.sun_path, "\0ab", 3);
	ck_assert_uint_eq(size, offsetof(struct sockaddr_un, sun_path) + 3);
}
END_TEST

START_TEST(a_path_has_one_to_107_bytes)
{
	struct sockaddr_un address;
	socklen_t size;
	char longest[110];

	memset(longest, 'p', sizeof(longest));
	longest[107] = '\0';
	ck_assert_int_eq(bsk_unix_address(longest, &address, &size), 0);
	longest[107] = 'p';
	longest[108] = '\0';
	ck_assert_int_eq(
	    bsk_unix_address(longest, &address, &size), -ENAMETOOLONG);
	ck_assert_int_eq(bsk_unix_address("", &address, &size), -EINVAL);
	ck_assert_int_eq(bsk_unix_listen(os, longest, 0600, 5, &made, &why),
	    -ENAMETOOLONG);
	ck_assert_ptr_nonnull(strstr(why, "107"));
}
END_TEST

START_TEST(listens_with_the_mode_it_is_given)
{
	struct stat status;

	(void)umask(0177);
	ck_assert_int_eq(listen_there(), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0640);
	ck_assert_uint_eq(status.st_ino, made.inode);
	(void)close(peer_connect(path));
}
END_TEST

START_TEST(a_dead_socket_makes_way)
{
	ck_assert_int_eq(listen_there(), 0);
	(void)close(made.fd);
	ck_assert_int_eq(listen_there(), 0);
	(void)close(peer_connect(path));
}
END_TEST

START_TEST(somebody_who_listens_is_left_alone)
{
	struct bsk_unix_socket second = { .fd = -7 };

	ck_assert_int_eq(listen_there(), 0);
	ck_assert_int_eq(bsk_unix_listen(os, path, 0600, 5, &second, &why),
	    -EADDRINUSE);
	ck_assert_str_eq(why, "somebody listens there");
	ck_assert_int_eq(second.fd, -7);
	(void)close(peer_connect(path));
}
END_TEST

START_TEST(a_full_queue_is_somebody_who_listens)
{
	int clients[8];
	unsigned count = 0;
	struct sockaddr_un address;
	socklen_t size;

	ck_assert_int_eq(bsk_unix_listen(os, path, 0600, 1, &made, &why), 0);
	ck_assert_int_eq(bsk_unix_address(path, &address, &size), 0);
	while (count < 8) {
		clients[count] = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(clients[count++], (struct sockaddr *)&address,
		    size) < 0)
			break;
	}
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(listen_there(), -EADDRINUSE);
	while (count > 0)
		(void)close(clients[--count]);
}
END_TEST

START_TEST(a_regular_file_is_left_alone)
{
	char text[8] = "";
	int fd;

	make_file(path);
	ck_assert_int_eq(listen_there(), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(why, "no socket"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, text, 8), 4);
	ck_assert_str_eq(text, "dear");
	(void)close(fd);
}
END_TEST

START_TEST(a_link_to_a_dead_socket_is_left_alone)
{
	struct stat status;
	char target[128];

	(void)snprintf(target, sizeof(target), "%s", peer_path("target"));
	ck_assert_int_eq(
	    bsk_unix_listen(os, target, 0600, 5, &made, &why), 0);
	(void)close(made.fd);
	made.fd = -1;
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(listen_there(), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(why, "link"));
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	ck_assert_int_eq(lstat(target, &status), 0);
}
END_TEST

START_TEST(other_errors_are_told_as_they_are)
{
	make_file(peer_path("file"));
	(void)snprintf(path, sizeof(path), "%s", peer_path("file/socket"));
	ck_assert_int_eq(listen_there(), -ENOTDIR);
	(void)snprintf(path, sizeof(path), "%s", peer_path("none/socket"));
	ck_assert_int_eq(listen_there(), -ENOENT);
}
END_TEST

START_TEST(abstract_names_leave_no_file)
{
	struct bsk_unix_socket second;

	(void)snprintf(path, sizeof(path), "@buskin-check-%d", (int)getpid());
	ck_assert_int_eq(listen_there(), 0);
	ck_assert_uint_eq(made.inode, 0);
	(void)close(peer_connect(path));
	ck_assert_int_eq(bsk_unix_listen(os, path, 0600, 5, &second, &why),
	    -EADDRINUSE);
	bsk_unix_unlink(os, path, &made);
}
END_TEST

START_TEST(removes_its_file_but_not_a_successors)
{
	struct bsk_unix_socket second;
	struct stat status;

	ck_assert_int_eq(listen_there(), 0);
	ck_assert_int_eq(rename(path, peer_path("aside")), 0);
	ck_assert_int_eq(
	    bsk_unix_listen(os, path, 0600, 5, &second, &why), 0);
	bsk_unix_unlink(os, path, &made);
	ck_assert_int_eq(lstat(path, &status), 0);
	bsk_unix_unlink(os, path, &second);
	ck_assert_int_eq(lstat(path, &status), -1);
	(void)close(second.fd);
}
END_TEST

START_TEST(adopts_only_a_unix_socket_that_listens)
{
	int pair[2];
	int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(listen_there(), 0);
	ck_assert_int_eq(fcntl(made.fd, F_SETFL, 0), 0);
	ck_assert_int_eq(bsk_unix_adopt(os, made.fd, NULL), 0);
	ck_assert_int_ne(fcntl(made.fd, F_GETFL) & O_NONBLOCK, 0);
	peer_socket(pair);
	ck_assert_int_eq(bsk_unix_adopt(os, pair[0], NULL), -EINVAL);
	ck_assert_int_eq(listen(inet, 1), 0);
	ck_assert_int_eq(bsk_unix_adopt(os, inet, NULL), -EINVAL);
	ck_assert_int_eq(bsk_unix_adopt(os, -1, NULL), -EINVAL);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(inet);
}
END_TEST

START_TEST(knows_who_is_at_the_other_end)
{
	struct ucred peer;
	int pair[2];

	peer_socket(pair);
	peer = bsk_unix_peer(os, pair[0]);
	ck_assert_int_eq(peer.pid, getpid());
	ck_assert_uint_eq(peer.uid, geteuid());
	peer = bsk_unix_peer(os, -1);
	ck_assert_int_eq(peer.pid, 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}
END_TEST

/* Whatever call fails, no descriptor and no file of ours is left. */
static void
listen_in(struct faulty_os *world, void *unused)
{
	struct bsk_unix_socket one = { .fd = -1 };
	struct stat status;
	int error;

	(void)unused;
	error = bsk_unix_listen(&world->table, path, 0600, 5, &one, &why);
	if (faulty_os_struck(world) > 0 && error == 0)
		ck_assert_uint_gt(faulty_os_count(world, FAULTY_LSTAT), 0);
	if (error < 0) {
		ck_assert_int_eq(one.fd, -1);
		ck_assert_int_eq(lstat(path, &status), -1);
		return;
	}
	(void)close(one.fd);
	(void)unlink(path);
}

START_TEST(a_call_that_fails_leaves_nothing_behind)
{
	static const enum faulty_call calls[] = {
		FAULTY_SOCKET, FAULTY_BIND, FAULTY_CHMOD, FAULTY_LISTEN,
	};

	ck_assert_uint_eq(faulty_os_walk(
	    os, calls[_i], EACCES, listen_in, NULL), 1);
}
END_TEST

START_TEST(tells_a_peer_that_has_left_from_one_that_only_writes_no_more)
{
	int pair[2];
	char byte;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(!bsk_unix_is_left(os, pair[0]));
	ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN); /* nothing was sent */
	peer_say(pair[1], "x");
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	ck_assert(!bsk_unix_is_left(os, pair[0]));
	(void)close(pair[1]);
	ck_assert(bsk_unix_is_left(os, pair[0]));
	peer_expect(pair[0], "x"); /* may still be read */
	(void)close(pair[0]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix");
	TCase *tcase = harness_case("unix");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, an_address_is_a_path_or_an_abstract_name);
	tcase_add_test(tcase, a_path_has_one_to_107_bytes);
	tcase_add_test(tcase, listens_with_the_mode_it_is_given);
	tcase_add_test(tcase, a_dead_socket_makes_way);
	tcase_add_test(tcase, somebody_who_listens_is_left_alone);
	tcase_add_test(tcase, a_full_queue_is_somebody_who_listens);
	tcase_add_test(tcase, a_regular_file_is_left_alone);
	tcase_add_test(tcase, a_link_to_a_dead_socket_is_left_alone);
	tcase_add_test(tcase, other_errors_are_told_as_they_are);
	tcase_add_test(tcase, abstract_names_leave_no_file);
	tcase_add_test(tcase, removes_its_file_but_not_a_successors);
	tcase_add_test(tcase, adopts_only_a_unix_socket_that_listens);
	tcase_add_test(tcase,
	    tells_a_peer_that_has_left_from_one_that_only_writes_no_more);
	tcase_add_test(tcase, knows_who_is_at_the_other_end);
	tcase_add_loop_test(
	    tcase, a_call_that_fails_leaves_nothing_behind, 0, 4);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
