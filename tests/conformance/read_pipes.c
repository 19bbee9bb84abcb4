/* read_pipes.c - rows J: what can be read, and how it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/log.h>

#include "../harness.h"
#include "../peer.h"
#include "../plumbing.h"

/* --- what can be read ------------------------------------------------- */

static int
a_pipe(void)
{
	return plumbing_fds[0];
}

static int
a_socket(void)
{
	plumbing_sockets();
	return plumbing_fds[0];
}

static int
a_terminal(void)
{
	plumbing_terminal(true);
	return plumbing_fds[0];
}

static const struct {
	int (*make)(void);
	enum bsk_pipe_kind kind;
} accepted[] = {
	{ a_pipe, BSK_PIPE_FIFO },
	{ a_socket, BSK_PIPE_SOCKET },
	{ a_terminal, BSK_PIPE_DEVICE },
};

START_TEST(J01)
{
	PIPE(.number = accepted[_i].make());
	ck_assert_int_eq(plumbing_opened(1)->kind, (int)accepted[_i].kind);
	SAY("seen");
	HEARS("seen");
}
END_TEST

static const struct {
	const char *path;
	unsigned kind; /* as the kernel is made to say; 0: as it says */
	const char *word;
} refused[] = {
	{ "/proc/self/exe", 0, "regular file" },
	{ "/", 0, "directory" },
	{ "/dev/null", S_IFBLK, "block device" },
};

static void
expect_refusal(const char *word, const char *field)
{
	const struct bsk_pipe_refused *said = plumbing_refused();

	ck_assert_int_eq(said->error, -EINVAL);
	ck_assert_ptr_nonnull(strstr(bsk_text_chars(said->text), word));
	ck_assert_str_eq(bsk_text_chars(said->field), field);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(plumbing_clerk,
	    &bsk_down_type, 1))->reason, -EINVAL);
	ck_assert_uint_eq(COUNT(bsk_pipe_opened), 0);
	ck_assert_uint_eq(COUNT(bsk_stream_ended), 0);
}

START_TEST(J01_refuses_others_by_name)
{
	int fd = open(refused[_i].path, O_RDONLY | O_CLOEXEC);

	plumbing_disguise(fd, refused[_i].kind);
	PIPE(.number = fd);
	expect_refusal(refused[_i].word, "fd_number");
	(void)close(fd);
}
END_TEST

START_TEST(J01_refuses_paths_unopened)
{
	static const struct {
		const char *path;
		const char *word;
	} cases[] = {
		{ "/proc/self/exe", "regular file" },
		{ "/", "directory" },
	};

	PIPE(.path = bsk_text_copy(cases[_i].path));
	expect_refusal(cases[_i].word, "path");
}
END_TEST

/* The wrong way round is found out, too. */
START_TEST(J01_refuses_what_cannot_be_read)
{
	PIPE(.number = plumbing_fds[1]);
	ck_assert_int_eq(plumbing_refused()->error, -EBADF);
}
END_TEST

START_TEST(J02)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int flags = fcntl(fd, F_GETFL);

	ck_assert_int_eq(lseek(fd, 3, SEEK_SET), 3);
	PIPE(.number = fd);
	expect_refusal("regular file", "fd_number");
	ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 3);
	ck_assert_uint_eq(plumbing_reads(), 0);
	(void)close(fd);
}
END_TEST

START_TEST(J02_gives_back_what_it_was_given)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat before;
	struct stat after;

	ck_assert_int_eq(fstat(fd, &before), 0);
	PIPE(.fd = bsk_fd_own(fd));
	expect_refusal("regular file", "fd");
	ck_assert_int_eq(
	    fstat(bsk_fd_number(plumbing_refused()->fd), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

/* --- set-up ----------------------------------------------------------- */

START_TEST(J03)
{
	PIPE(.number = plumbing_fds[0]);
	ck_assert(!plumbing_waits(plumbing_opened(1)->number));
	PIPE_TELL(bsk_stream_abort);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert(plumbing_waits(plumbing_fds[0]));
}
END_TEST

START_TEST(J04)
{
	SAY("x");
	plumbing_close(1);
	PIPE(.number = plumbing_fds[0]);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(PLACE(bsk_pipe_opened), 0);
	ck_assert_uint_lt(PLACE(bsk_bytes), PLACE(bsk_stream_eof));
	ck_assert_uint_lt(PLACE(bsk_stream_eof), PLACE(bsk_stream_ended));
	ck_assert_uint_eq(COUNT(bsk_pipe_opened), 1);
}
END_TEST

/* In one handler, so that the end cannot have been opened in between. */
static void
do_spawn_paused(bsk_ctx *ctx, void *arg)
{
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };

	(void)arg;
	ck_assert_int_eq(bsk_spawn(ctx, &bsk_pipe_class,
	    BSK_PARCEL(bsk_pipe_config, .number = plumbing_fds[0],
		.to = bsk_self(ctx)), &options, &plumbing_pipe), 0);
	ck_assert_int_eq(bsk_send(ctx, plumbing_pipe,
	    BSK_NEW(bsk_stream_pause, .reserved = 0)), 0);
}

START_TEST(J05)
{
	SAY("early");
	clerk_do(plumbing_clerk, do_spawn_paused, NULL);
	(void)plumbing_opened(1);
	plumbing_settle();
	ck_assert_uint_eq(plumbing_reads(), 0);
	PIPE_TELL(bsk_stream_resume);
	HEARS("early");
}
END_TEST

START_TEST(J05_nor_when_it_is_closed_by_then)
{
	SAY("early");
	clerk_do(plumbing_clerk, do_spawn_paused, NULL);
	PIPE_TELL(bsk_stream_abort);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(plumbing_reads(), 0);
}
END_TEST

/* --- reading ---------------------------------------------------------- */

#define MUCH 900000
#define TURN_READS 5 /* 256 KiB in reads of 64 KiB, the first a small one */

/* Shares the worker with the pipe: what was read since its own last turn was
 * read in one of the pipe's. */
struct neighbor {
	char unused;
};

struct turn {
	uint32_t reads; /* by the turn before */
};

BSK_DECLARE(turn);
static const struct bsk_field turn_fields[] = {
	BSK_FIELD(turn, reads, "by the turn before"),
};
const struct bsk_type turn_type =
    BSK_TYPE(turn, "the next turn", turn_fields);

static atomic_uint most_reads; /* in one turn */

BSK_HANDLER(on_turn, neighbor, turn);

static const struct bsk_handler neighbor_handlers[] = {
	BSK_ON(turn, on_turn),
};
static const struct bsk_class neighbor_class =
    BSK_CLASS(neighbor, "neighbor", "counts reads", neighbor_handlers);

static int
on_turn(struct neighbor *self, bsk_ctx *ctx, const struct turn *turn)
{
	uint32_t reads = plumbing_reads();

	(void)self;
	if (reads - turn->reads > atomic_load(&most_reads))
		atomic_store(&most_reads, reads - turn->reads);
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(turn, .reads = reads));
}

START_TEST(J06)
{
	unsigned char *bytes = malloc(MUCH);
	bsk_ref neighbor;

	peer_fill(bytes, MUCH);
	ck_assert_int_ge(fcntl(plumbing_fds[1], F_SETPIPE_SZ, 1 << 20), MUCH);
	peer_write(plumbing_fds[1], bytes, MUCH);
	neighbor = clerk_spawn(plumbing_clerk, &neighbor_class, NULL);
	clerk_tell(plumbing_clerk, neighbor, BSK_NEW(turn, .reads = 0));
	PIPE(.number = plumbing_fds[0]);
	ck_assert_mem_eq(clerk_bytes(plumbing_clerk, MUCH), bytes, MUCH);
	clerk_stop(plumbing_clerk, neighbor);
	ck_assert_uint_le(atomic_load(&most_reads), TURN_READS);
	ck_assert_uint_ge(plumbing_reads(), MUCH / 65536);
	free(bytes);
}
END_TEST

/* Told that there is something, and then there is nothing. */
START_TEST(J07)
{
	PIPE(.number = plumbing_fds[0]);
	plumbing_break(plumbing_opened(1)->number, EAGAIN);
	SAY("first ");
	plumbing_settle();
	ck_assert_uint_eq(plumbing_reads(), 1);
	plumbing_break(-1, 0);
	SAY("second");
	HEARS("first second");
}
END_TEST

START_TEST(J08)
{
	PIPE(.number = plumbing_fds[0]);
	SAY("the last words");
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), 0);
	HEARS("the last words");
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 1);
	ck_assert_uint_lt(PLACE(bsk_bytes), PLACE(bsk_stream_eof));
	ck_assert_uint_lt(PLACE(bsk_stream_eof), PLACE(bsk_stream_ended));
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(plumbing_ended(1)->read_bytes, 14);
}
END_TEST

/* A socket could go on the other way; a read pipe has only the one. */
START_TEST(J09)
{
	plumbing_sockets();
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
	ck_assert_int_eq(shutdown(plumbing_fds[1], SHUT_WR), 0);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 1);
}
END_TEST

/* The near side of a terminal, whose far side is closed: EIO. */
START_TEST(J10)
{
	char byte;

	plumbing_terminal(true);
	plumbing_take_log();
	plumbing_take_faults();
	PIPE(.number = plumbing_fds[1]);
	peer_say(plumbing_fds[0], "typed");
	HEARS("typed");
	plumbing_close(0);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(read(plumbing_fds[1], &byte, 1), -1);
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 1);
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(COUNT(bsk_fault), 0);
	ck_assert_uint_eq(plumbing_complaints(), 0);
}
END_TEST

/* A peer that closes with something unread: ECONNRESET. */
START_TEST(J11)
{
	plumbing_sockets();
	plumbing_take_faults();
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
	peer_say(plumbing_fds[0], "never read");
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), -ECONNRESET);
	ck_assert_int_eq(plumbing_ended(1)->reason, -ECONNRESET);
	ck_assert_int_eq(((const struct bsk_fault *)clerk_wait(plumbing_clerk,
	    &bsk_fault_type, 1))->reason, -ECONNRESET);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 0);
}
END_TEST

/* --- an owner that fails ---------------------------------------------- */

struct owner {
	bsk_ref pipe;
};

BSK_HANDLER(owner_opens, owner, bsk_open)
{
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };

	(void)body;
	return bsk_spawn(ctx, &bsk_pipe_class, BSK_PARCEL(bsk_pipe_config,
	    .fd = bsk_fd_own(dup(plumbing_fds[0])), .to = bsk_self(ctx)),
	    &options, &self->pipe);
}

BSK_HANDLER(owner_hears, owner, bsk_bytes)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -EIO;
}

static const struct bsk_handler owner_handlers[] = {
	BSK_ON(bsk_open, owner_opens),
	BSK_ON(bsk_bytes, owner_hears),
};

static const struct bsk_class owner_class =
	BSK_CLASS(owner, "owner", "fails on the first byte", owner_handlers);

START_TEST(J12)
{
	plumbing_take_faults();
	(void)clerk_spawn(plumbing_clerk, &owner_class, NULL);
	SAY("x");
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(plumbing_clerk,
	    &bsk_down_type, 1))->reason, -EIO);
	ck_assert_int_eq(((const struct bsk_fault *)clerk_wait(plumbing_clerk,
	    &bsk_fault_type, 1))->reason, -EIO);
	plumbing_close(0);
	plumbing_expect_no_reader(plumbing_fds[1]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("read pipes");
	TCase *tcase = harness_case("read pipes");

	tcase_add_checked_fixture(tcase, plumbing_begin, plumbing_end);
	tcase_add_loop_test(tcase, J01, 0, 3);
	tcase_add_loop_test(tcase, J01_refuses_others_by_name, 0, 3);
	tcase_add_loop_test(tcase, J01_refuses_paths_unopened, 0, 2);
	tcase_add_test(tcase, J01_refuses_what_cannot_be_read);
	tcase_add_test(tcase, J02);
	tcase_add_test(tcase, J02_gives_back_what_it_was_given);
	tcase_add_test(tcase, J03);
	tcase_add_test(tcase, J04);
	tcase_add_test(tcase, J05);
	tcase_add_test(tcase, J05_nor_when_it_is_closed_by_then);
	tcase_add_test(tcase, J06);
	tcase_add_test(tcase, J07);
	tcase_add_test(tcase, J08);
	tcase_add_test(tcase, J09);
	tcase_add_test(tcase, J10);
	tcase_add_test(tcase, J11);
	tcase_add_test(tcase, J12);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
