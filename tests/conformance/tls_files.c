/* tls_files.c - row H18: files in what goes through TLS. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/sendfile.h>

#include "../harness.h"
#include "../peer.h"
#include "../tls_case.h"

#define SIZE ((size_t)4 << 20)
#define TOO_MUCH ((int64_t)1 << 30) /* for whoever does not read */

/* A file whose bytes tell their place. */
static int
file_of(size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	unsigned char *content = malloc(size);

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(content);
	peer_fill(content, size);
	ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
	free(content);
	return fd;
}

static ino_t
inode_of(int fd)
{
	struct stat status;

	ck_assert_int_eq(fstat(fd, &status), 0);
	return status.st_ino;
}

static void
tell(struct bsk_stream_sendfile how)
{
	clerk_tell(tls_case.clerk, tls_case.tls,
	    bsk_message_new(&bsk_stream_sendfile_type, &how));
}

static const struct bsk_stream_sent *
answer(unsigned nth)
{
	return clerk_wait(tls_case.clerk, &bsk_stream_sent_type, nth);
}

static void
expect_content(size_t offset, size_t size)
{
	unsigned char *content = malloc(offset + size);
	unsigned char *got = malloc(size);

	ck_assert_ptr_nonnull(content);
	ck_assert_ptr_nonnull(got);
	peer_fill(content, offset + size);
	tls_peer_read(tls_case.peer, got, size);
	ck_assert(memcmp(got, content + offset, size) == 0);
	free(content);
	free(got);
}

/* Read and encrypted, in its place between messages. */
START_TEST(H18)
{
	int fd = file_of(SIZE);
	ino_t inode = inode_of(fd);

	tls_case_connect(_i == 0 ? BSK_TLS_CLIENT : BSK_TLS_SERVER);
	clerk_say(tls_case.clerk, tls_case.tls, "before");
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(fd),
	    .offset = 5, .count = (int64_t)SIZE / 2, .ticket = 7 });
	clerk_say(tls_case.clerk, tls_case.tls, "between");
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(file_of(SIZE)),
	    .to_end = true, .ticket = 8 });
	clerk_say(tls_case.clerk, tls_case.tls, "after");
	tls_peer_expect(tls_case.peer, "before");
	expect_content(5, SIZE / 2);
	tls_peer_expect(tls_case.peer, "between");
	expect_content(0, SIZE);
	tls_peer_expect(tls_case.peer, "after");
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_ALL);
	ck_assert_uint_eq(answer(1)->ticket, 7);
	ck_assert_uint_eq(answer(1)->bytes, SIZE / 2);
	ck_assert_uint_eq(inode_of(bsk_fd_number(answer(1)->fd)), inode);
	ck_assert_int_eq(answer(2)->reason, BSK_SENT_FILE_END);
	ck_assert_uint_eq(answer(2)->bytes, SIZE);
}
END_TEST

/* Told before the handshake is done, it waits for that. */
START_TEST(H18_before_the_handshake)
{
	tls_case_spawn(BSK_TLS_SERVER, tls_case_server());
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(file_of(SIZE)),
	    .to_end = true });
	tls_case_meet(false);
	ck_assert(tls_peer_shake(tls_case.peer));
	expect_content(0, SIZE);
	ck_assert_uint_eq(answer(1)->bytes, SIZE);
}
END_TEST

/* Where it is not to be copied it is refused; TLS always copies. */
START_TEST(H18_without_a_copy)
{
	tls_case_connect(BSK_TLS_CLIENT);
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(file_of(SIZE)),
	    .to_end = true, .no_copy = true });
	ck_assert_int_eq(answer(1)->error, -EOPNOTSUPP);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_CANNOT);
	ck_assert_str_eq(bsk_text_chars(answer(1)->field), "no_copy");
	clerk_say(tls_case.clerk, tls_case.tls, "goes on");
	tls_peer_expect(tls_case.peer, "goes on");
}
END_TEST

START_TEST(H18_in_the_clear_the_kernel_copies)
{
	unsigned char got[6];

	tls_case_spawn_with((struct bsk_tls_config){ .role = BSK_TLS_CLIENT,
	    .terms = tls_case_client(), .in_the_clear = true });
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(file_of(SIZE)),
	    .count = sizeof(got), .no_copy = true });
	ck_assert_uint_eq(peer_read(tls_case.fds[1], got, sizeof(got)),
	    sizeof(got));
	ck_assert_uint_eq(answer(1)->bytes, sizeof(got));
	ck_assert_int_eq(answer(1)->error, 0);
}
END_TEST

static int
endless(void)
{
	int fd = memfd_create("endless", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, TOO_MUCH), 0);
	return fd;
}

/* Whoever does not read holds the file up: a part of it waits, not all; and it
 * can be given up. */
START_TEST(H18_cancelled)
{
	tls_case_connect(BSK_TLS_SERVER);
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(endless()),
	    .to_end = true, .ticket = 1 });
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(endless()),
	    .to_end = true, .ticket = 2 });
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_sendfile_cancel, .ticket = 2));
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_CANCELLED);
	ck_assert_int_eq(answer(1)->error, -ECANCELED);
	ck_assert_uint_eq(answer(1)->ticket, 2);
	ck_assert_uint_eq(answer(1)->bytes, 0);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_abort, .reserved = 0));
	ck_assert_uint_eq(answer(2)->ticket, 1);
	ck_assert_int_eq(answer(2)->reason, BSK_SENT_CANCELLED);
	ck_assert_int_lt((int64_t)answer(2)->bytes, TOO_MUCH / 2);
}
END_TEST

START_TEST(H18_when_it_is_over)
{
	tls_case_connect(BSK_TLS_SERVER);
	clerk_stop(tls_case.clerk, tls_case.tls);
	tls_peer_expect_farewell(tls_case.peer);
	tell((struct bsk_stream_sendfile){ .fd = bsk_fd_own(file_of(1)),
	    .to_end = true });
	ck_assert_int_eq(answer(1)->error, -ESHUTDOWN);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_REFUSED);
	tls_peer_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("TLS: files");
	TCase *tcase = harness_case("H");

	tcase_add_checked_fixture(tcase, tls_case_begin, tls_case_end);
	tcase_add_loop_test(tcase, H18, 0, 2);
	tcase_add_test(tcase, H18_before_the_handshake);
	tcase_add_test(tcase, H18_without_a_copy);
	tcase_add_test(tcase, H18_in_the_clear_the_kernel_copies);
	tcase_add_test(tcase, H18_cancelled);
	tcase_add_test(tcase, H18_when_it_is_over);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
