/* check_file.c - every byte reaches the file, once and in order, or is said
 * not to have.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/file.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>

#include "faulty_os.h"
#include "probe.h"

#define MS INT64_C(1000000)

/* A world that writes at most `most` bytes at once to a file, behind one whose
 * n-th call fails; what goes to standard error is kept. */
static struct bsk_os short_os;
static size_t most;
static char written[8192];
static struct faulty_os world;

static bsk_system *sim;
static bsk_ref file;
static bsk_ref ann;
static struct probe_log heard;
static char directory[64];
static char path[96];
static char other[96];

static ssize_t
write_some(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	size_t length = strlen(written);

	if (fd != 2)
		return bsk_os_libc.write(os, fd, bytes,
		    size < most ? size : most);
	ck_assert_uint_lt(length + size, sizeof(written));
	memcpy(written + length, bytes, size);
	written[length + size] = '\0';
	return (ssize_t)size;
}

static void
begin(void)
{
	written[0] = '\0';
	most = SIZE_MAX;
	short_os = bsk_os_libc;
	short_os.write = write_some;
	faulty_os_init(&world, &short_os);
	(void)snprintf(directory, sizeof(directory), "%s/buskin-file-XXXXXX",
	    P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/file", directory);
	(void)snprintf(other, sizeof(other), "%s/other", directory);
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .os = &world.table }, 1, &sim), 0);
	probe_log_init(&heard);
	ann = probe_spawn(sim, &heard, NULL);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&heard);
	(void)unlink(path);
	(void)unlink(other);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void
run_ms(int64_t span_ms)
{
	ck_assert_int_eq(bsk_sim_run(sim,
	    bsk_sim_now(sim) + span_ms * MS), 0);
}

/* Opens the file as a child of ann, who restarts it whenever it fails. */
static void
open_file(struct bsk_file_config config)
{
	const struct bsk_child_started *started;

	if (config.path.chars == NULL)
		config.path = bsk_text_copy(path);
	probe_spawn_child(sim, ann, &bsk_file_class,
	    bsk_parcel_new(&bsk_file_config_type, &config), true);
	(void)bsk_sim_run(sim, bsk_sim_now(sim));
	started = probe_last(&heard, &bsk_child_started_type);
	ck_assert_ptr_nonnull(started);
	file = started->child;
}

#define OPEN(...) \
	open_file((struct bsk_file_config){ .create = true, __VA_ARGS__ })

static void
append(const char *text)
{
	probe_tell(sim, ann, file, BSK_PARCEL(bsk_bytes,
	    .bytes = bsk_buf_copy(text, strlen(text))));
}

static void
make(const char *where, const char *content)
{
	FILE *stream = fopen(where, "w");

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_ge(fputs(content, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
}

static void
holds(const char *where, const char *expected)
{
	char content[4096];
	FILE *stream = fopen(where, "r");
	size_t size;

	ck_assert_ptr_nonnull(stream);
	size = fread(content, 1, sizeof(content) - 1, stream);
	content[size] = '\0';
	(void)fclose(stream);
	ck_assert_str_eq(content, expected);
}

/* Why the file could not be opened; 0: it was. */
static int
opening_fails(struct bsk_file_config config)
{
	const struct bsk_down *down;

	if (config.path.chars == NULL)
		config.path = bsk_text_copy(path);
	probe_spawn_child(sim, ann, &bsk_file_class,
	    bsk_parcel_new(&bsk_file_config_type, &config), false);
	run_ms(1);
	down = probe_last(&heard, &bsk_down_type);
	return down == NULL ? 0 : down->reason;
}

/* --- opening ------------------------------------------------------------ */

START_TEST(it_appends_to_what_is_there)
{
	make(path, "zero\n");
	OPEN(.append = true);
	append("one\n");
	append("");
	append("two");
	run_ms(1);
	holds(path, "zero\none\ntwo");
}
END_TEST

START_TEST(without_append_it_empties_once_and_not_again)
{
	make(path, "zero\n");
	OPEN(.append = false);
	append("one\n");
	run_ms(1);
	holds(path, "one\n");
	faulty_os_fail(&world, FAULTY_WRITE, 1, EIO);
	append("two\n");
	run_ms(1);
	ck_assert_uint_eq(probe_count(&heard, &bsk_child_ended_type), 1);
	holds(path, "one\ntwo\n");
}
END_TEST

START_TEST(it_makes_the_file_only_when_it_may)
{
	struct stat stat_;

	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .create = false }), -ENOENT);
	ck_assert_int_eq(access(path, F_OK), -1);
	(void)umask(0);
	OPEN(.append = true, .mode = 0640);
	ck_assert_int_eq(stat(path, &stat_), 0);
	ck_assert_uint_eq(stat_.st_mode & 07777, 0640);
	ck_assert_ptr_nonnull(strstr(written, "/file: cannot open: No such "));
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .path = bsk_text_copy(directory), .create = true }), -EISDIR);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	probe_log_clear(&heard);
	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .create = true }), -ENXIO);
	probe_log_clear(&heard);
	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .path = bsk_text_copy("") }), -EINVAL);
}
END_TEST

START_TEST(a_fifo_is_refused_with_a_reader_too)
{
	int reader;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .create = true }), -EINVAL);
	ck_assert_int_eq(close(reader), 0);
}
END_TEST

START_TEST(a_device_is_written_to)
{
	OPEN(.path = bsk_text_copy("/dev/null"), .append = false,
	    .sync = BSK_FILE_SYNC_MESSAGE);
	append("one\n");
	run_ms(1);
	ck_assert_uint_eq(probe_count(&heard, &bsk_child_ended_type), 0);
	ck_assert_str_eq(written, "");
}
END_TEST

/* --- writing ------------------------------------------------------------ */

START_TEST(a_write_that_stops_short_goes_on)
{
	most = 2;
	OPEN(.append = true);
	append("one\n");
	append("two and more\n");
	run_ms(1);
	holds(path, "one\ntwo and more\n");
}
END_TEST

START_TEST(a_message_that_was_half_written_is_whole_after_a_restart)
{
	most = 2;
	OPEN(.append = true);
	append("one\n");
	run_ms(1);
	faulty_os_fail(&world, FAULTY_WRITE, 2, ENOSPC);
	append("two\n");
	append("three\n");
	run_ms(10);
	ck_assert_uint_eq(probe_count(&heard, &bsk_child_ended_type), 1);
	ck_assert_int_eq(((const struct bsk_child_ended *)probe_last(&heard,
	    &bsk_child_ended_type))->reason, -ENOSPC);
	holds(path, "one\ntwo\nthree\n");
	ck_assert_ptr_nonnull(strstr(written,
	    "/file: cannot write: No space left on device\n"));
	ck_assert_ptr_null(strstr(written, "stay at its end"));
}
END_TEST

START_TEST(a_piece_that_cannot_be_taken_back_is_named)
{
	most = 2;
	OPEN(.append = true);
	run_ms(1);
	faulty_os_fail(&world, FAULTY_WRITE, 2, ENOSPC);
	faulty_os_fail(&world, FAULTY_FTRUNCATE, 1, EIO);
	append("two\n");
	run_ms(10);
	holds(path, "twtwo\n");
	ck_assert_ptr_nonnull(strstr(written,
	    "the first 2 bytes of a message stay at its end\n"));
}
END_TEST

START_TEST(what_others_wrote_is_never_taken_back)
{
	static const char theirs[] = "theirs\n";
	int fd;

	OPEN(.append = true);
	append("one\n");
	run_ms(1);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, theirs, strlen(theirs)),
	    (ssize_t)strlen(theirs));
	ck_assert_int_eq(close(fd), 0);
	faulty_os_fail(&world, FAULTY_WRITE, 1, ENOSPC);
	append("two\n");
	run_ms(10);
	holds(path, "one\ntheirs\ntwo\n");
}
END_TEST

START_TEST(a_full_device_fails_it_with_the_reason)
{
	const struct bsk_down *down;

	ck_assert_int_eq(opening_fails((struct bsk_file_config){
	    .path = bsk_text_copy("/dev/full") }), 0);
	file = ((const struct bsk_child_started *)probe_last(&heard,
	    &bsk_child_started_type))->child;
	append("one\n");
	run_ms(1);
	down = probe_last(&heard, &bsk_down_type);
	ck_assert_ptr_nonnull(down);
	ck_assert_int_eq(down->reason, -ENOSPC);
	ck_assert_ptr_nonnull(strstr(written,
	    "/dev/full: cannot write: No space left on device\n"));
}
END_TEST

/* --- to the disk -------------------------------------------------------- */

START_TEST(it_syncs_as_often_as_asked)
{
	OPEN(.append = true);
	append("one\n");
	run_ms(5000);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FSYNC), 0);
	OPEN(.append = true, .sync = BSK_FILE_SYNC_MESSAGE);
	append("two\n");
	append("three\n");
	run_ms(1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FSYNC), 2);
	OPEN(.append = true, .sync = BSK_FILE_SYNC_SECOND);
	append("four\n");
	append("five\n");
	run_ms(999);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FSYNC), 2);
	run_ms(2000);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FSYNC), 3);
	append("six\n");
	probe_stop(sim, ann, file);
	run_ms(1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FSYNC), 4);
}
END_TEST

START_TEST(a_sync_that_fails_is_said)
{
	OPEN(.append = true, .sync = BSK_FILE_SYNC_MESSAGE);
	faulty_os_fail(&world, FAULTY_FSYNC, 1, EIO);
	append("one\n");
	run_ms(1);
	ck_assert_uint_eq(probe_count(&heard, &bsk_child_ended_type), 1);
	ck_assert_ptr_nonnull(strstr(written, "to the disk: Input/output "));
}
END_TEST

/* --- renamed ------------------------------------------------------------ */

START_TEST(after_a_rename_it_goes_on_in_a_new_file)
{
	OPEN(.append = false);
	append("one\n");
	run_ms(1);
	ck_assert_int_eq(rename(path, other), 0);
	append("two\n");
	probe_ask(sim, ann, file, BSK_PARCEL(bsk_file_reopen));
	append("three\n");
	run_ms(1);
	holds(other, "one\ntwo\n");
	holds(path, "three\n");
	ck_assert_int_eq(((const struct bsk_result *)probe_last(&heard,
	    &bsk_result_type))->error, 0);
}
END_TEST

START_TEST(where_there_is_no_new_file_the_old_one_stays)
{
	OPEN(.append = true);
	faulty_os_fail(&world, FAULTY_OPEN, 1, EMFILE);
	probe_ask(sim, ann, file, BSK_PARCEL(bsk_file_reopen));
	append("one\n");
	run_ms(1);
	holds(path, "one\n");
	ck_assert_int_eq(((const struct bsk_result *)probe_last(&heard,
	    &bsk_result_type))->error, -EMFILE);
}
END_TEST

/* --- for real ----------------------------------------------------------- */

START_TEST(on_a_thread_of_its_own_all_is_written_before_the_end)
{
	char expected[4096] = "";
	char line[16];
	bsk_system *real;
	int length;
	unsigned i;

	ck_assert_int_eq(bsk_system_create(NULL, &real), 0);
	ck_assert_int_eq(bsk_system_spawn(real, &bsk_file_class,
	    BSK_PARCEL(bsk_file_config, .path = bsk_text_copy(path),
	    .create = true), NULL, &file), 0);
	ck_assert_int_eq(bsk_system_start(real), 0);
	for (i = 0; i < 500; i++) {
		length = snprintf(line, sizeof(line), "%u\n", i);
		(void)strcat(expected, line);
		ck_assert_int_eq(bsk_system_send(real, file, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_copy(line, (size_t)length))), 0);
	}
	bsk_system_stop(real, 0);
	ck_assert_int_eq(bsk_system_wait(real, INT64_C(10000) * MS), 0);
	bsk_system_destroy(real);
	holds(path, expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("file");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, it_appends_to_what_is_there);
	tcase_add_test(tcase, without_append_it_empties_once_and_not_again);
	tcase_add_test(tcase, it_makes_the_file_only_when_it_may);
	tcase_add_test(tcase, what_is_no_file_is_refused);
	tcase_add_test(tcase, a_fifo_is_refused_with_a_reader_too);
	tcase_add_test(tcase, a_device_is_written_to);
	tcase_add_test(tcase, a_write_that_stops_short_goes_on);
	tcase_add_test(tcase,
	    a_message_that_was_half_written_is_whole_after_a_restart);
	tcase_add_test(tcase, a_piece_that_cannot_be_taken_back_is_named);
	tcase_add_test(tcase, what_others_wrote_is_never_taken_back);
	tcase_add_test(tcase, a_full_device_fails_it_with_the_reason);
	tcase_add_test(tcase, it_syncs_as_often_as_asked);
	tcase_add_test(tcase, a_sync_that_fails_is_said);
	tcase_add_test(tcase, after_a_rename_it_goes_on_in_a_new_file);
	tcase_add_test(tcase, where_there_is_no_new_file_the_old_one_stays);
	tcase_add_test(tcase,
	    on_a_thread_of_its_own_all_is_written_before_the_end);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
