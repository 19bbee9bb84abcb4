/* check_nng_socket.c - an nng socket tells requests, answers them, and takes
 * no place that is not its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <nng/nng.h>

#include <buskin/nng.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "probe.h"
#include "sp_client.h"

#define MS INT64_C(1000000)

static char directory[] = "/tmp/buskin-check-XXXXXX";
static char path[64];
static bsk_system *system_;
static struct probe_log heard;
static bsk_ref owner;

static void
begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	probe_log_init(&heard);
	system_ = harness_system(2, NULL);
	owner = probe_spawn(system_, &heard, NULL);
}

static void
end(void)
{
	harness_system_end(system_);
	probe_log_release(&heard);
	/* Nothing is left in it. */
	ck_assert_int_eq(rmdir(directory), 0);
	nng_fini();
}

/* A child of the owner's, who is told the requests. */
static void
spawn(const char *url, struct bsk_nng_socket_config more)
{
	more.url = bsk_text_copy(url);
	probe_spawn_child(system_, owner, &bsk_nng_socket_class,
	    bsk_parcel_new(&bsk_nng_socket_config_type, &more), false);
}

static void
spawn_at(const char *where, struct bsk_nng_socket_config more)
{
	char url[120];

	snprintf(url, sizeof(url), "ipc://%s", where);
	spawn(url, more);
}

/* Waits for the n-th message of a type, from 1. */
static const void *
await(const struct bsk_type *type, unsigned n)
{
	unsigned i;

	for (i = 0; n > 0; i++) {
		ck_assert(probe_wait(&heard, i + 1));
		n -= heard.records[i].type == type;
	}
	return bsk_parcel_body(heard.records[i - 1].body);
}

static bsk_ref
child(void)
{
	return ((const struct bsk_child_started *)
	    await(&bsk_child_started_type, 1))->child;
}

static void
answer(uint64_t request, const char *text)
{
	probe_tell(system_, owner, child(), BSK_PARCEL(bsk_nng_answer,
	    .request = request, .body = bsk_buf_copy(text, strlen(text))));
}

static void
expect_answer(int fd, const char *text)
{
	char *got = sp_answer(fd);

	ck_assert_str_eq(got, text);
	free(got);
}

/* --- traffic ------------------------------------------------------------- */

START_TEST(tells_requests_and_sends_the_answers)
{
	const struct bsk_nng_request *request;
	unsigned i;
	int fd;

	spawn_at(path, (struct bsk_nng_socket_config){0});
	fd = sp_open(path);
	for (i = 1; i <= 20; i++) {
		sp_ask(fd, "how are you?", 12);
		request = await(&bsk_nng_request_type, i);
		ck_assert_uint_eq(request->body.size, 12);
		ck_assert_mem_eq(request->body.bytes, "how are you?", 12);
		answer(request->request, "well");
		expect_answer(fd, "well");
	}
	close(fd);
}
END_TEST

START_TEST(answers_in_any_order)
{
	uint64_t numbers[4];
	int fds[4];
	int i;

	spawn_at(path, (struct bsk_nng_socket_config){ .contexts = 4 });
	for (i = 0; i < 4; i++) {
		char text[2] = { (char)('a' + i), '\0' };

		fds[i] = sp_open(path);
		sp_ask(fds[i], text, 1);
		numbers[i] = ((const struct bsk_nng_request *)
		    await(&bsk_nng_request_type, (unsigned)i + 1))->request;
	}
	for (i = 3; i >= 0; i--) {
		char text[2] = { (char)('A' + i), '\0' };

		answer(numbers[i], text);
		expect_answer(fds[i], text);
		close(fds[i]);
	}
}
END_TEST

START_TEST(lets_an_answer_go_that_nobody_waits_for)
{
	const struct bsk_nng_request *request;
	uint64_t number;
	int fd;

	spawn_at(path, (struct bsk_nng_socket_config){ .contexts = 1 });
	fd = sp_open(path);
	answer(0, "too early");
	sp_ask(fd, "1", 1);
	number = ((const struct bsk_nng_request *)
	    await(&bsk_nng_request_type, 1))->request;
	answer(number + 64, "another's");
	answer(number, "right");
	answer(number, "twice");
	expect_answer(fd, "right");
	sp_ask(fd, "2", 1);
	request = await(&bsk_nng_request_type, 2);
	answer(number, "too late");
	answer(request->request, "right again");
	expect_answer(fd, "right again");
	close(fd);
}
END_TEST

START_TEST(gives_a_request_up_in_time)
{
	const struct bsk_nng_request *request;
	int fd;

	spawn_at(path, (struct bsk_nng_socket_config){ .contexts = 1,
	    .answer_ns = 50 * MS });
	fd = sp_open(path);
	sp_ask(fd, "1", 1);
	(void)await(&bsk_nng_request_type, 1);
	sp_ask(fd, "2", 1);
	request = await(&bsk_nng_request_type, 2);
	ck_assert_mem_eq(request->body.bytes, "2", 1);
	close(fd);
}
END_TEST

START_TEST(emits_requests_where_it_is_wired)
{
	struct bsk_nng_socket_config config = {0};
	struct bsk_wire wire = { .port = { "requests" }, .to = owner };
	const struct bsk_nng_request *request;
	char url[100];
	bsk_ref ref;
	int fd;

	snprintf(url, sizeof(url), "ipc://%s", path);
	config.url = bsk_text_copy(url);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_nng_socket_class,
	    bsk_parcel_new(&bsk_nng_socket_config_type, &config),
	    &(struct bsk_spawn_options){ .wires = &wire, .wire_count = 1 },
	    &ref), 0);
	fd = sp_open(path);
	sp_ask(fd, "?", 1);
	request = await(&bsk_nng_request_type, 1);
	probe_tell(system_, owner, ref, BSK_PARCEL(bsk_nng_answer,
	    .request = request->request, .body = bsk_buf_copy("!", 1)));
	expect_answer(fd, "!");
	close(fd);
}
END_TEST

START_TEST(hangs_up_on_who_sends_too_much)
{
	char text[100] = "";
	int fd;

	spawn_at(path, (struct bsk_nng_socket_config){ .message_max = 50 });
	fd = sp_open(path);
	(void)sp_try_ask(fd, text, sizeof(text)); /* it may hang up within */
	sp_expect_hang_up(fd);
	pthread_mutex_lock(&heard.mutex);
	ck_assert_uint_eq(probe_count(&heard, &bsk_nng_request_type), 0);
	pthread_mutex_unlock(&heard.mutex);
}
END_TEST

START_TEST(still_answers_what_was_asked_when_it_stops)
{
	const struct bsk_nng_request *request;
	int fd;

	spawn_at(path, (struct bsk_nng_socket_config){0});
	fd = sp_open(path);
	sp_ask(fd, "?", 1);
	request = await(&bsk_nng_request_type, 1);
	probe_stop(system_, owner, child());
	answer(request->request, "!");
	expect_answer(fd, "!");
	close(fd);
	ck_assert_int_eq(((const struct bsk_down *)
	    await(&bsk_down_type, 1))->reason, 0);
}
END_TEST

/* --- its place ----------------------------------------------------------- */

static void
expect_reason(int reason)
{
	ck_assert_int_eq(((const struct bsk_down *)
	    await(&bsk_down_type, 1))->reason, reason);
}

START_TEST(says_where_it_listens)
{
	const struct bsk_nng_listening *listening;
	char url[100];

	spawn_at(path, (struct bsk_nng_socket_config){0});
	listening = await(&bsk_nng_listening_type, 1);
	snprintf(url, sizeof(url), "ipc://%s", path);
	ck_assert_str_eq(listening->url.chars, url);
}
END_TEST

START_TEST(leaves_a_regular_file_alone)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, "mine", 4), 4);
	spawn_at(path, (struct bsk_nng_socket_config){0});
	expect_reason(-EADDRINUSE);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(leaves_a_directory_and_a_link_alone)
{
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	spawn_at(path, (struct bsk_nng_socket_config){0});
	expect_reason(-EADDRINUSE);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* A socket bound there; it listens or not. */
static int
bind_there(bool is_listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	if (is_listening)
		ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(leaves_a_socket_that_is_served_alone)
{
	int fd = bind_there(true);

	spawn_at(path, (struct bsk_nng_socket_config){0});
	expect_reason(-EADDRINUSE);
	close(fd);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(takes_the_place_of_a_socket_that_nobody_serves)
{
	close(bind_there(false));
	spawn_at(path, (struct bsk_nng_socket_config){0});
	close(sp_open(path));
}
END_TEST

START_TEST(makes_a_directory_of_its_own_and_removes_it)
{
	struct stat status;
	char inner[100];

	snprintf(inner, sizeof(inner), "%s/own/socket", directory);
	spawn_at(inner, (struct bsk_nng_socket_config){ .own_directory =
	    true });
	close(sp_open(inner));
	*strrchr(inner, '/') = '\0';
	ck_assert_int_eq(stat(inner, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0700);
	probe_kill(system_, owner, child());
	expect_reason(-ECANCELED);
}
END_TEST

START_TEST(does_not_share_a_directory_of_its_own)
{
	spawn_at(path, (struct bsk_nng_socket_config){ .own_directory =
	    true });
	expect_reason(-EEXIST);
}
END_TEST

struct refusal {
	const char *url;
	int reason;
};

static const struct refusal refusals[] = {
	{ "tcp://127.0.0.1:5555", -ENOTSUP },
	{ "inproc://x", -ENOTSUP },
	{ "ipc://", -EINVAL },
	{ "ipc://relative", -EINVAL },
	{ "ipc:///nowhere/at/all", -ENOENT },
};

START_TEST(refuses_other_places)
{
	spawn(refusals[_i].url, (struct bsk_nng_socket_config){0});
	expect_reason(refusals[_i].reason);
}
END_TEST

static Suite *
nng_socket_suite(void)
{
	Suite *suite = suite_create("nng_socket");
	TCase *tests = harness_case("nng_socket");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, tells_requests_and_sends_the_answers);
	tcase_add_test(tests, answers_in_any_order);
	tcase_add_test(tests, lets_an_answer_go_that_nobody_waits_for);
	tcase_add_test(tests, gives_a_request_up_in_time);
	tcase_add_test(tests, emits_requests_where_it_is_wired);
	tcase_add_test(tests, hangs_up_on_who_sends_too_much);
	tcase_add_test(tests, still_answers_what_was_asked_when_it_stops);
	tcase_add_test(tests, says_where_it_listens);
	tcase_add_test(tests, leaves_a_regular_file_alone);
	tcase_add_test(tests, leaves_a_directory_and_a_link_alone);
	tcase_add_test(tests, leaves_a_socket_that_is_served_alone);
	tcase_add_test(tests,
	    takes_the_place_of_a_socket_that_nobody_serves);
	tcase_add_test(tests, makes_a_directory_of_its_own_and_removes_it);
	tcase_add_test(tests, does_not_share_a_directory_of_its_own);
	tcase_add_loop_test(tests, refuses_other_places, 0,
	    (int)(sizeof(refusals) / sizeof(refusals[0])));
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(nng_socket_suite);
}
