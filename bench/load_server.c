/* load_server.c - the server that bench/load measures: how it is started,
 * looked at and ended.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PATIENCE_NS INT64_C(5000000000)
#define LIMIT_S 60
#define PAUSE_US 1000
#define WORDS 64
#define FOLDER_SIZE 80

static struct {
	char **command;
	char folder[FOLDER_SIZE];
	char paths[4][FOLDER_SIZE + 16]; /* used in turn */
	unsigned path_count;
	volatile sig_atomic_t pid; /* 0: does not run */
} server;

/* --- life ------------------------------------------------------------- */

static void
end_server(void)
{
	pid_t pid = server.pid;

	server.pid = 0;
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void
clean(void)
{
	static const char *const names[] = { "socket", "upstream", "file",
		"shared" };

	end_server();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(load_path(names[i]));
	(void)rmdir(server.folder);
}

static void
on_alarm(int number)
{
	static const char word[] = "load: it takes too long\n";

	(void)number;
	if (server.pid > 0)
		(void)kill(server.pid, SIGKILL);
	if (write(STDERR_FILENO, word, sizeof(word) - 1) < 0)
		_exit(2);
	_exit(1);
}

void
load_open(char **command)
{
	const char *place = getenv("TMPDIR");
	int length = snprintf(server.folder, FOLDER_SIZE, "%s/load.XXXXXX",
	    place != NULL ? place : "/tmp");

	if (length >= FOLDER_SIZE || mkdtemp(server.folder) == NULL) {
		(void)fprintf(stderr, "load: %s: no folder\n", server.folder);
		exit(1);
	}
	(void)atexit(clean);
	(void)signal(SIGALRM, on_alarm);
	(void)alarm(LIMIT_S);
	io_lift_limit();
	server.command = command;
}

const char *
load_path(const char *name)
{
	char *path = server.paths[server.path_count++ % 4];

	(void)snprintf(path, sizeof(server.paths[0]), "%s/%s", server.folder,
	    name);
	return path;
}

_Noreturn static void
become(char *const *words, pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		(void)execvp(words[0], words);
	(void)fprintf(stderr, "load: %s: %s\n", words[0], strerror(errno));
	_exit(126);
}

void
load_start(const char *const *words)
{
	char *all[WORDS] = { NULL };
	size_t count = 0;
	pid_t parent = getpid();
	pid_t pid;

	for (; server.command[count] != NULL && count < WORDS - 8; count++)
		all[count] = server.command[count];
	for (; *words != NULL && count < WORDS - 1; words++)
		all[count++] = strdup(*words);
	pid = fork();
	if (pid == 0)
		become(all, parent);
	if (pid < 0)
		load_fail("fork: %m");
	server.pid = pid;
}

pid_t
load_pid(void)
{
	return server.pid;
}

void
load_alive(void)
{
	int status;

	if (server.pid <= 0 || waitpid(server.pid, &status, WNOHANG) == 0)
		return;
	server.pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == IO_SKIPPED)
		exit(IO_SKIPPED);
	(void)fprintf(stderr, "load: %s ended early, status %#x\n",
	    server.command[0], (unsigned)status);
	exit(1);
}

/* --- sockets ---------------------------------------------------------- */

static int
open_socket(const char *path, struct sockaddr_un *ret_address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		load_fail("socket: %m");
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
	    "%s", path);
	return fd;
}

static int
try_connect(void)
{
	struct sockaddr_un address;
	int fd = open_socket(load_path("socket"), &address);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

int
load_connect(void)
{
	int fd = try_connect();

	if (fd < 0)
		load_fail("connect: %m");
	return fd;
}

int
load_reach(void)
{
	int64_t over_ns = io_now_ns() + PATIENCE_NS;
	int fd = try_connect();

	for (; fd < 0 && io_now_ns() < over_ns; fd = try_connect()) {
		load_alive();
		(void)usleep(PAUSE_US);
	}
	if (fd < 0)
		load_fail("the server does not accept");
	return fd;
}

int
load_listen(const char *path)
{
	struct sockaddr_un address;
	int fd = open_socket(path, &address);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 16) < 0)
		load_fail("%s: %m", path);
	return fd;
}

/* --- what it uses ----------------------------------------------------- */

/* The figure behind a word at the beginning of a line. */
static uint64_t
read_figure(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[256];
	uint64_t sum = 0;

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, word, strlen(word)) == 0)
			sum += strtoull(line + strlen(word), NULL, 10);
	(void)fclose(file);
	return sum;
}

static uint64_t
count_switches(pid_t pid)
{
	char path[320];
	uint64_t switches = 0;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (tasks == NULL)
		load_fail("%s: %m", path);
	for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
		if (task->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/status",
		    (int)pid, task->d_name);
		switches += read_figure(path, "voluntary_ctxt_switches:");
	}
	(void)closedir(tasks);
	return switches;
}

void
load_look(struct load_usage *ret_usage)
{
	char path[64];
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(server.pid, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0)
		load_fail("its CPU time cannot be read");
	(void)snprintf(path, sizeof(path), "/proc/%d/status",
	    (int)server.pid);
	ret_usage->cpu_s = (double)used.tv_sec + (double)used.tv_nsec / 1e9;
	ret_usage->resident = (double)read_figure(path, "VmRSS:") * 1024;
	ret_usage->switches = count_switches(server.pid);
}
