/* loop_fds.c - rows A01, A02, A21 to A26, A28: descriptors and readiness. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/reactor.h>
#include <buskin/stream.h>

#include "../clerk.h"
#include "../harness.h"
#include "../peer.h"

static bsk_system *sys;
static bsk_ref reactor;
static struct clerk *ann;
static struct clerk *bob;
static int fds[2];

static void
find_reactor(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, &reactor), 0);
}

static void
begin(void)
{
	harness_begin();
	sys = harness_system(1, NULL);
	ann = clerk_new(sys);
	bob = clerk_new(sys);
	clerk_do(ann, find_reactor, NULL);
	peer_socket(fds);
}

static void
end(void)
{
	harness_system_end(sys);
	clerk_free(ann);
	clerk_free(bob);
	close(fds[0]);
	close(fds[1]);
	harness_end();
}

static const struct bsk_result *
ask(struct clerk *clerk, bsk_message *message)
{
	unsigned before = clerk_count(clerk, &bsk_result_type);

	clerk_ask(clerk, reactor, message);
	return clerk_wait(clerk, &bsk_result_type, before + 1);
}

static const struct bsk_result *
watch(struct clerk *clerk, int fd, uint32_t events)
{
	return ask(clerk, BSK_NEW(bsk_fd_watch, .fd = fd, .events = events));
}

static uint32_t
told(struct clerk *clerk, unsigned nth)
{
	return ((const struct bsk_fd_ready *)clerk_wait(clerk,
	    &bsk_fd_ready_type, nth))->events;
}

/* The reactor's own word. */
static bsk_message *
status(const struct bsk_reactor_status **ret_status)
{
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(sys, reactor,
	    BSK_NEW(bsk_status_ask, .reserved = 0), HARNESS_PATIENCE_NS,
	    &answer), 0);
	*ret_status = bsk_message_body(answer);
	return answer;
}

START_TEST(A01)
{
	const struct bsk_reactor_status *it;
	bsk_message *answer = status(&it);
	char path[64];
	char target[64];
	unsigned found = 0;

	ck_assert_str_eq(bsk_text_chars(it->kind), "epoll");
	bsk_message_free(answer);
	for (int fd = 0; fd < 256; fd++) {
		ssize_t size;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		size = readlink(path, target, sizeof(target) - 1);
		if (size < 0)
			continue;
		target[size] = '\0';
		if (strcmp(target, "anon_inode:[eventpoll]") != 0)
			continue;
		found++;
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	ck_assert_uint_eq(found, 1);
}
END_TEST

START_TEST(A01_is_logged)
{
	struct bsk_spawn_options options = { .name = "log" };
	bsk_system *other = harness_system(1, NULL);
	struct clerk *clerk = clerk_new(other);
	char line[256] = "";
	int lines[2];
	bsk_ref log;

	ck_assert_int_eq(pipe(lines), 0);
	ck_assert_int_eq(bsk_system_spawn(other, &bsk_log_class, BSK_PARCEL(
	    bsk_log_config, .level = BSK_LOG_DEBUG, .fd = lines[1]), &options,
	    &log), 0);
	clerk_do(clerk, find_reactor, NULL);
	ck_assert_int_gt(read(lines[0], line, sizeof(line) - 1), 0);
	ck_assert_ptr_nonnull(strstr(line, "debug reactor: waits by epoll"));
	harness_system_end(other);
	clerk_free(clerk);
	close(lines[0]);
	close(lines[1]);
}
END_TEST

/* A reactor of somebody else's: everything is ready always. */
struct eager {
	char unused;
};

BSK_HANDLER(on_watch, eager, bsk_fd_watch)
{
	(void)self;
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
	return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(bsk_fd_ready,
	    .fd = body->fd, .events = body->events));
}

static const struct bsk_handler eager_handlers[] = {
	BSK_ON(bsk_fd_watch, on_watch),
};
static const struct bsk_class eager_class = BSK_CLASS(eager, "eager",
    "a reactor that knows no waiting", eager_handlers);

START_TEST(A02)
{
	struct bsk_spawn_options options = { .name = "reactor" };
	bsk_system *other = harness_system(1, NULL);
	struct clerk *clerk = clerk_new(other);
	bsk_ref eager;

	ck_assert_int_eq(bsk_system_spawn(other, &eager_class, NULL, &options,
	    &eager), 0);
	clerk_do(clerk, find_reactor, NULL);
	ck_assert(bsk_ref_equal(reactor, eager));
	clerk_ask(clerk, reactor, BSK_NEW(bsk_fd_watch, .fd = 12345,
	    .events = BSK_FD_IN));
	ck_assert_uint_eq(told(clerk, 1), BSK_FD_IN);
	harness_system_end(other);
	clerk_free(clerk);
}
END_TEST

START_TEST(A21)
{
	const struct bsk_reactor_status *it;
	const struct bsk_resource *resource;
	const struct bsk_result *refusal;
	bsk_message *answer;
	char number[64];

	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN)->error, 0);
	refusal = watch(bob, fds[0], BSK_FD_IN);
	ck_assert_int_eq(refusal->error, -EBUSY);
	ck_assert_str_eq(bsk_text_chars(refusal->field), "fd");
	(void)snprintf(number, sizeof(number), "descriptor %d is watched by a "
	    "clerk", fds[0]);
	ck_assert_str_eq(bsk_text_chars(refusal->text), number);
	answer = status(&it);
	ck_assert_uint_eq(it->fds.count, 1);
	resource = it->fds.items;
	ck_assert_int_eq(resource->number, fds[0]);
	ck_assert(bsk_ref_equal(resource->owner, clerk_ref(ann)));
	ck_assert_str_eq(bsk_text_chars(resource->what), "in");
	bsk_message_free(answer);
}
END_TEST

START_TEST(A22)
{
	const struct bsk_reactor_status *it;
	bsk_message *answer;

	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN)->error, 0);
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_OUT)->error, 0);
	peer_say(fds[1], "x");
	ck_assert_uint_eq(told(ann, 1), BSK_FD_OUT);
	answer = status(&it);
	ck_assert_uint_eq(it->watches, 1);
	bsk_message_free(answer);
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN)->error, 0);
	while ((told(ann, clerk_count(ann, &bsk_fd_ready_type)) &
	    BSK_FD_IN) == 0)
		continue;
}
END_TEST

START_TEST(A23)
{
	bsk_message *answer;

	ck_assert_int_eq(ask(ann, BSK_NEW(bsk_fd_unwatch, .fd = fds[0]))->error,
	    -ENOENT);
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN | BSK_FD_OUT)->error, 0);
	ck_assert_uint_eq(told(ann, 1), BSK_FD_OUT);
	/* To stop listening for one leaves the other, either way. */
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN)->error, 0);
	peer_say(fds[1], "x");
	ck_assert_uint_eq(told(ann, 2), BSK_FD_IN);
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_OUT)->error, 0);
	ck_assert_uint_eq(told(ann, 3), BSK_FD_OUT);
	ck_assert_int_eq(ask(bob, BSK_NEW(bsk_fd_unwatch, .fd = fds[0]))->error,
	    -ENOENT);
	ck_assert_int_eq(ask(ann, BSK_NEW(bsk_fd_unwatch, .fd = fds[0]))->error,
	    0);
	ck_assert_int_eq(ask(ann, BSK_NEW(bsk_fd_unwatch, .fd = fds[0]))->error,
	    -ENOENT);
	/* It is removed: what bob is told of now, ann is not. */
	ck_assert_int_eq(watch(bob, fds[0], BSK_FD_IN)->error, 0);
	peer_say(fds[1], "y");
	ck_assert_uint_eq(told(bob, 1), BSK_FD_IN);
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 3);
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	ck_assert_int_eq(bsk_system_call(sys, reactor, BSK_NEW(bsk_fd_unwatch,
	    .fd = fds[0]), HARNESS_PATIENCE_NS, &answer), -ESHUTDOWN);
}
END_TEST

START_TEST(A24)
{
	int pipe_fds[2];

	peer_pipe_to(pipe_fds); /* [0] is the writing end */
	ck_assert_int_eq(watch(ann, pipe_fds[0], BSK_FD_OUT)->error, 0);
	ck_assert_uint_eq(told(ann, 1), BSK_FD_OUT);
	close(pipe_fds[1]);
	ck_assert_uint_eq(told(ann, 2) & BSK_FD_ERR, BSK_FD_ERR);
	ck_assert_uint_eq(told(ann, 2) & BSK_FD_IN, 0);
	ck_assert_int_eq(watch(bob, fds[0], BSK_FD_IN | BSK_FD_RDHUP)->error,
	    0);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	ck_assert_uint_eq(told(bob, 1), BSK_FD_IN | BSK_FD_RDHUP);
	close(pipe_fds[0]);
}
END_TEST

/* Closed behind the reactor's back and alive in a copy: the kernel goes on to
 * tell of it. */
START_TEST(A25)
{
	const struct bsk_reactor_status *it;
	int pipe_fds[2];
	int copy;
	int number;
	uint64_t stale = 0;
	bsk_message *answer;

	peer_pipe_from(pipe_fds);
	number = pipe_fds[0];
	ck_assert_int_eq(watch(ann, number, BSK_FD_IN)->error, 0);
	copy = dup(number);
	ck_assert_int_eq(dup2(fds[0], number), number);
	ck_assert_int_eq(watch(ann, number, BSK_FD_IN)->error, 0);
	peer_say(pipe_fds[1], "x");
	while (stale == 0) {
		answer = status(&it);
		stale = it->stale;
		bsk_message_free(answer);
	}
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 0);
	close(copy);
	close(number);
	close(pipe_fds[1]);
}
END_TEST

START_TEST(A26)
{
	static const char *const paths[] = { "/dev/null", "/proc/self/exe" };
	int fd = open(paths[_i], O_RDONLY | O_CLOEXEC);
	const struct bsk_result *refusal = watch(ann, fd, BSK_FD_IN);

	ck_assert_int_eq(refusal->error, -EPERM);
	ck_assert_str_eq(bsk_text_chars(refusal->field), "fd");
	/* It is still ours, as it was. */
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}
END_TEST

static void
on_alarm(int number)
{
	(void)number;
}

START_TEST(A28)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval storm = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval calm = { { 0, 0 }, { 0, 0 } };
	struct sigaction before;

	ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &storm, NULL), 0);
	ck_assert_int_eq(watch(ann, fds[0], BSK_FD_IN)->error, 0);
	for (unsigned i = 1; i <= 2000; i++) {
		char byte;

		ck_assert_int_eq(write(fds[1], "x", 1), 1);
		(void)told(ann, i);
		ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	}
	ck_assert_int_eq(setitimer(ITIMER_REAL, &calm, NULL), 0);
	ck_assert_int_eq(sigaction(SIGALRM, &before, NULL), 0);
	ck_assert_uint_eq(clerk_count(ann, &bsk_ask_failed_type), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tcase = tcase_create("fds");

	tcase_set_timeout(tcase, 4 * HARNESS_PATIENCE_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, A01);
	tcase_add_test(tcase, A01_is_logged);
	tcase_add_test(tcase, A02);
	tcase_add_test(tcase, A21);
	tcase_add_test(tcase, A22);
	tcase_add_test(tcase, A23);
	tcase_add_test(tcase, A24);
	tcase_add_test(tcase, A25);
	tcase_add_loop_test(tcase, A26, 0, 2);
	tcase_add_test(tcase, A28);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
