/* actors/process_launch.c - starts a program, here and now.
 *
 * From what a request says to what struct bsk_os_spawn wants: words as arrays
 * of pointers, the program found in PATH, pipes made. All of it is undone when
 * a step fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/spawner.h>

#define STDIO_COUNT 3

/* One request, as plain C. */
struct launch {
	char **argv;   /* borrows the request's texts, as `envp` does */
	char **envp;
	char *path;    /* the program that was found */
	struct bsk_os_child_fd *fds;
	size_t fd_count;
	struct bsk_os_limit *limits;
	bsk_text cgroup_procs; /* the file to enter a control group by */
	uint32_t pipe_bytes;   /* that each pipe may hold; 0: as it is */
	int ours[STDIO_COUNT];   /* our ends of the pipes; -1: none */
	int theirs[STDIO_COUNT]; /* what we made for it; -1: nothing */
	int given[STDIO_COUNT];  /* what the request has for it; -1: nothing */
};

static void
launch_init(struct launch *launch)
{
	*launch = (struct launch){ .path = NULL };
	for (int i = 0; i < STDIO_COUNT; i++)
		launch->ours[i] = launch->theirs[i] = launch->given[i] = -1;
}

static void
close_all(const struct bsk_os *os, int *fds)
{
	for (int i = 0; i < STDIO_COUNT; i++) {
		if (fds[i] >= 0)
			(void)os->close(os, fds[i]);
		fds[i] = -1;
	}
}

static void
launch_release(struct launch *launch, const struct bsk_os *os)
{
	free(launch->argv);
	free(launch->envp);
	free(launch->path);
	free(launch->fds);
	free(launch->limits);
	bsk_text_drop(&launch->cgroup_procs);
	close_all(os, launch->ours);
	close_all(os, launch->theirs);
}

/* --- words ---------------------------------------------------------------- */

static const char *
text_at(const bsk_list *texts, uint32_t index)
{
	return bsk_text_chars(((const bsk_text *)texts->items)[index]);
}

static int
make_argv(const struct bsk_process_config *how, struct launch *launch)
{
	uint32_t count = how->command.count;

	if (count == 0 || text_at(&how->command, 0)[0] == '\0')
		return -EINVAL;
	launch->argv = calloc((size_t)count + 1, sizeof(launch->argv[0]));
	if (launch->argv == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		launch->argv[i] = (char *)text_at(&how->command, i);
	return 0;
}

/* --- descriptors and limits ----------------------------------------------- */

/* Our end does not block; the child's does, as every program expects. */
static int
make_pipe(const struct bsk_os *os, struct launch *launch, int number)
{
	int our_side = number == STDIN_FILENO ? 1 : 0;
	int fds[2];
	int error = os->pipe2(os, fds, 0);
	int flags;

	if (error < 0)
		return error;
	launch->ours[number] = fds[our_side];
	launch->theirs[number] = fds[1 - our_side];
	if (launch->pipe_bytes > 0) /* a wish */
		(void)os->pipe_size_set(os, fds[0], (int)launch->pipe_bytes);
	flags = os->flags_get(os, fds[our_side]);
	if (flags < 0)
		return flags;
	return os->flags_set(os, fds[our_side], flags | O_NONBLOCK);
}

/* Wherever the child's stdout goes. */
static int
double_stdout(const struct bsk_os *os, const struct launch *launch)
{
	if (launch->theirs[STDOUT_FILENO] >= 0)
		return os->dup(os, launch->theirs[STDOUT_FILENO]);
	return os->dup(os, launch->given[STDOUT_FILENO] < 0 ? STDOUT_FILENO :
	    launch->given[STDOUT_FILENO]);
}

static int
make_stdio(const struct bsk_os *os, struct launch *launch, int number,
    int kind)
{
	int fd;

	if (kind == BSK_STDIO_DEFAULT)
		return 0;
	if (launch->given[number] >= 0)
		return -EINVAL;
	switch (kind) {
	case BSK_STDIO_INHERIT:
		return 0;
	case BSK_STDIO_PIPE:
		return make_pipe(os, launch, number);
	case BSK_STDIO_NULL:
		fd = os->open(os, "/dev/null", O_RDWR, 0);
		break;
	case BSK_STDIO_STDOUT:
		if (number != STDERR_FILENO)
			return -EINVAL;
		fd = double_stdout(os, launch);
		break;
	default:
		return -EINVAL;
	}
	launch->theirs[number] = fd < 0 ? -1 : fd;
	return fd < 0 ? fd : 0;
}

/* Each number once, each descriptor open. */
static int
take_fd(struct launch *launch, const struct bsk_process_fd *more)
{
	int from = bsk_fd_number(more->fd);

	if (from < 0)
		return -EBADF;
	if (more->to < 0)
		return -EINVAL;
	for (size_t i = 0; i < launch->fd_count; i++)
		if (launch->fds[i].to == more->to)
			return -EINVAL;
	if (more->to < STDIO_COUNT)
		launch->given[more->to] = from;
	launch->fds[launch->fd_count++] =
	    (struct bsk_os_child_fd){ from, more->to };
	return 0;
}

static int
take_fds(const struct bsk_process_config *how, struct launch *launch)
{
	const struct bsk_process_fd *more = how->fds.items;
	int error = 0;

	launch->fds = calloc((size_t)how->fds.count + STDIO_COUNT,
	    sizeof(launch->fds[0]));
	if (launch->fds == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < how->fds.count && error == 0; i++)
		error = take_fd(launch, &more[i]);
	return error;
}

static int
make_stdios(const struct bsk_os *os, const struct bsk_process_config *how,
    struct launch *launch, const char **ret_field)
{
	static const char *const fields[] = { "stdin", "stdout", "stderr" };
	const int kinds[STDIO_COUNT] = { how->in, how->out, how->err };
	int error = 0;

	for (int i = 0; i < STDIO_COUNT && error == 0; i++) {
		*ret_field = fields[i];
		error = make_stdio(os, launch, i, kinds[i]);
		if (launch->theirs[i] >= 0)
			launch->fds[launch->fd_count++] =
			    (struct bsk_os_child_fd){ launch->theirs[i], i };
	}
	return error;
}

static int
make_limits(const struct bsk_process_config *how, struct launch *launch)
{
	const struct bsk_process_limit *limits = how->limits.items;
	uint32_t count = how->limits.count;

	launch->limits = calloc((size_t)count + 1, sizeof(launch->limits[0]));
	if (launch->limits == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		launch->limits[i] = (struct bsk_os_limit){
			.resource = limits[i].resource,
			.value = { (rlim_t)limits[i].soft,
			    (rlim_t)limits[i].hard },
		};
	return 0;
}

/* Octal, as chmod(1) writes it; plus one, so that 0 means "keep". */
static int
read_umask(const char *digits, int *ret_plus_one)
{
	char *end;
	long mask = strtol(digits, &end, 8);

	if (digits[0] == '\0') {
		*ret_plus_one = 0;
		return 0;
	}
	if (*end != '\0' || mask < 0 || mask > 0777)
		return -EINVAL;
	*ret_plus_one = (int)mask + 1;
	return 0;
}

/* A session's leader leads a group already, and may not move. */
static int
choose_group(const struct bsk_process_config *how)
{
	if (how->join_group > 0)
		return how->join_group;
	return how->own_group || how->kill_group ? 0 : -1;
}

/* By enum bsk_os_spawn_step: what failed, and which field asked for it. */
static const struct {
	const char *step;
	const char *field;
} steps[] = {
	[BSK_SPAWN_CLONE] = { "clone", NULL },
	[BSK_SPAWN_SIGNALS] = { "signals", NULL },
	[BSK_SPAWN_SESSION] = { "session", NULL },
	[BSK_SPAWN_PARENT_DEATH] = { "parent death", "parent_death" },
	[BSK_SPAWN_FDS] = { "descriptors", "fds" },
	[BSK_SPAWN_CGROUP] = { "control group", "cgroup" },
	[BSK_SPAWN_LIMITS] = { "limits", "limits" },
	[BSK_SPAWN_GROUPS] = { "group", "group" },
	[BSK_SPAWN_USER] = { "user", "user" },
	[BSK_SPAWN_DIRECTORY] = { "directory", "directory" },
	[BSK_SPAWN_EXEC] = { "exec", "command" },
};

/* --- all of it ------------------------------------------------------------ */

static int
prepare_words(const struct bsk_os *os, const struct bsk_process_config *how,
    struct launch *launch, const char **ret_field)
{
	int error = make_argv(how, launch);

	*ret_field = "command";
	if (error == 0) {
		*ret_field = "env";
		error = bsk_process_environment(how, &launch->envp);
	}
	if (error == 0) {
		*ret_field = "command";
		error = bsk_program_find(os, launch->argv[0],
		    bsk_process_path(launch->envp), &launch->path);
	}
	return error;
}

static int
prepare(const struct bsk_os *os, const struct bsk_process_config *how,
    struct launch *launch, const char **ret_field)
{
	int error = prepare_words(os, how, launch, ret_field);

	if (error == 0) {
		*ret_field = "fds";
		error = take_fds(how, launch);
	}
	if (error == 0)
		error = make_stdios(os, how, launch, ret_field);
	if (error == 0) {
		*ret_field = "limits";
		error = make_limits(how, launch);
	}
	if (error < 0 || bsk_text_chars(how->cgroup)[0] == '\0')
		return error;
	launch->cgroup_procs = bsk_text_format("%s/cgroup.procs",
	    how->cgroup.chars);
	return bsk_text_is_lost(launch->cgroup_procs) ? -ENOMEM : 0;
}

static int
start(const struct bsk_os *os, const struct bsk_process_config *how,
    const struct launch *launch, int umask_plus_one, pid_t *ret_pid,
    int *ret_pidfd, enum bsk_os_spawn_step *ret_step)
{
	const struct bsk_os_spawn spawn = {
		.path = launch->path,
		.argv = launch->argv,
		.envp = launch->envp,
		.directory = how->directory.chars,
		.fds = launch->fds,
		.fd_count = launch->fd_count,
		.limits = launch->limits,
		.limit_count = how->limits.count,
		.cgroup_procs = launch->cgroup_procs.chars,
		.new_session = how->new_session,
		.process_group = choose_group(how),
		.parent_death_signal = how->parent_death,
		.umask_plus_one = umask_plus_one,
		.set_user = how->set_user,
		.user = how->user,
		.group = how->group,
	};

	return os->spawn(os, &spawn, ret_pid, ret_pidfd, ret_step);
}

static int
launch_it(const struct bsk_os *os, const struct bsk_process_config *how,
    struct launch *launch, struct bsk_process_spawned *ret_spawned,
    struct bsk_result *ret_fault)
{
	enum bsk_os_spawn_step step = BSK_SPAWN_CLONE;
	const char *field;
	int umask_plus_one;
	int pidfd = -1;
	pid_t pid = 0;
	int error = read_umask(bsk_text_chars(how->umask), &umask_plus_one);

	if (error < 0) {
		*ret_fault = bsk_process_fault(how, error, "umask", "umask");
		return error;
	}
	error = prepare(os, how, launch, &field);
	if (error < 0) {
		*ret_fault = bsk_process_fault(how, error, field, field);
		return error;
	}
	error = start(os, how, launch, umask_plus_one, &pid, &pidfd, &step);
	if (error < 0) {
		*ret_fault = bsk_process_fault(how, error, steps[step].step,
		    steps[step].field);
		return error;
	}
	*ret_spawned = (struct bsk_process_spawned){
		.pid = pid,
		.pidfd = bsk_fd_own(pidfd),
		.in = bsk_fd_own(launch->ours[STDIN_FILENO]),
		.out = bsk_fd_own(launch->ours[STDOUT_FILENO]),
		.err = bsk_fd_own(launch->ours[STDERR_FILENO]),
	};
	for (int i = 0; i < STDIO_COUNT; i++)
		launch->ours[i] = -1;
	return 0;
}

int
bsk_process_launch(const struct bsk_os *os,
    const struct bsk_process_config *how,
    struct bsk_process_spawned *ret_spawned, struct bsk_result *ret_fault)
{
	struct launch launch;
	int error;

	launch_init(&launch);
	launch.pipe_bytes = how->pipe_bytes;
	error = launch_it(os, how, &launch, ret_spawned, ret_fault);
	launch_release(&launch, os);
	return error;
}
