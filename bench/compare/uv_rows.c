/* uv_rows.c - what libuv does, row by row of bench/compare/rows:
 * `ID ok|not ok|n/a [detail]`. A hang is a result, too.
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uv_rows.h"

#define VERDICT_SIZE 256
#define LIMIT_S 120
#define LOOK_NS 5000000

struct row {
	const char *id;
	void      (*run)(void);
	const char *absent; /* why there is nothing to run */
};

#define UV_ROW(id) { #id, row_##id, NULL },
#define UV_NONE(id, why) { #id, NULL, why },
static const struct row rows[] = { UV_ROWS(UV_ROW) UV_ABSENT(UV_NONE) };

/* Shared with the row's process, which leaves its word here. */
static char *verdict;

void
expect(bool claim, const char *format, ...)
{
	va_list words;
	int said;

	if (claim)
		return;
	said = snprintf(verdict, VERDICT_SIZE, "not ok ");
	va_start(words, format);
	(void)vsnprintf(verdict + said, VERDICT_SIZE - (size_t)said, format,
	    words);
	va_end(words);
	_exit(0);
}

void
cannot_show(const char *reason)
{
	(void)snprintf(verdict, VERDICT_SIZE, "n/a %s", reason);
	_exit(0);
}

/* Never returns. */
static void
run_row(const struct row *row, const char *place)
{
	(void)setsid();
	(void)signal(SIGPIPE, SIG_IGN);
	if (chdir(place) != 0)
		_exit(1);
	row->run();
	/* Unless a process that the row started has had its word. */
	if (verdict[0] == '\0')
		(void)snprintf(verdict, VERDICT_SIZE, "ok");
	_exit(0);
}

/* Whether it ended in time. */
static bool
wait_for(pid_t pid, int *ret_status)
{
	const struct timespec look = { 0, LOOK_NS };
	time_t end = time(NULL) + LIMIT_S;

	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		if (time(NULL) > end)
			return false;
		(void)nanosleep(&look, NULL);
	}
	return true;
}

static void
judge(const struct row *row, const char *place)
{
	int status = 0;
	pid_t pid;
	bool ended;

	verdict[0] = '\0';
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_row(row, place);
	ended = pid > 0 && wait_for(pid, &status);
	(void)kill(-pid, SIGKILL);
	if (!ended)
		(void)waitpid(pid, &status, 0);
	if (!ended)
		(void)printf("%s not ok (hangs)\n", row->id);
	else if (WIFSIGNALED(status))
		(void)printf("%s not ok (ends by signal %d)\n", row->id,
		    WTERMSIG(status));
	else
		(void)printf("%s %s\n", row->id,
		    verdict[0] ? verdict : "not ok (ends)");
}

static int
remove_one(const char *path, const struct stat *info, int kind,
    struct FTW *where)
{
	(void)info;
	(void)kind;
	(void)where;
	return remove(path);
}

static void
show(const struct row *row)
{
	char place[] = "/tmp/buskin-compare-XXXXXX";

	if (row->run == NULL) {
		(void)printf("%s n/a %s\n", row->id, row->absent);
		return;
	}
	if (mkdtemp(place) == NULL)
		abort();
	judge(row, place);
	(void)nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool
is_wanted(const char *id, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], id) == 0)
			return true;
	}
	return argc == 1;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("libuv %s\n", uv_version_string());
		return 0;
	}
	/* Whatever was inherited is not the library's. */
	(void)close_range(3, ~0U, 0);
	verdict = mmap(NULL, VERDICT_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (is_wanted(rows[i].id, argc, argv))
			show(&rows[i]);
	}
	return 0;
}
