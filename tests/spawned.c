/* spawned.c - real children for the tests of spawn. */
#include "spawned.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#define MAX_FDS 8

static const struct bsk_os *const os = &bsk_os_libc;

struct bsk_os_spawn
spawned_how(char *const *argv)
{
	return (struct bsk_os_spawn){
		.path = argv[0],
		.argv = argv,
		.process_group = -1,
	};
}

struct bsk_os_wait
spawned_end(int pidfd)
{
	struct bsk_os_wait end;

	ck_assert_int_eq(
	    os->waitid(os, P_PIDFD, (id_t)pidfd, WEXITED, &end), 0);
	ck_assert_int_eq(os->close(os, pidfd), 0);
	return end;
}

static void
read_all(int fd, char *ret_text, size_t size)
{
	size_t used = 0;
	ssize_t got;

	do {
		ck_assert_uint_lt(used, size);
		got = os->read(os, fd, ret_text + used, size - used);
		ck_assert_int_ge(got, 0);
		used += (size_t)got;
	} while (got > 0);
	ret_text[used] = '\0';
}

void
spawned_run(const struct bsk_os_spawn *how, struct spawned *ret_spawned)
{
	struct bsk_os_child_fd fds[MAX_FDS + 1];
	struct bsk_os_spawn whole = *how;
	enum bsk_os_spawn_step step = BSK_SPAWN_CLONE;
	struct bsk_os_wait end;
	int pipe_fds[2];
	pid_t pid = 0;
	int pidfd = -1;
	int error;

	ck_assert_uint_le(how->fd_count, MAX_FDS);
	ck_assert_int_eq(os->pipe2(os, pipe_fds, 0), 0);
	for (size_t i = 0; i < how->fd_count; i++)
		fds[i] = how->fds[i];
	fds[how->fd_count] =
	    (struct bsk_os_child_fd){ .from = pipe_fds[1], .to = 1 };
	whole.fds = fds;
	whole.fd_count++;
	error = os->spawn(os, &whole, &pid, &pidfd, &step);
	ck_assert_msg(error == 0, "spawn: %s at step %d", strerror(-error),
	    (int)step);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(os->close(os, pipe_fds[1]), 0);
	read_all(pipe_fds[0], ret_spawned->output,
	    sizeof(ret_spawned->output));
	ck_assert_int_eq(os->close(os, pipe_fds[0]), 0);
	end = spawned_end(pidfd);
	ck_assert_int_eq(end.pid, pid);
	ret_spawned->code = end.code;
	ret_spawned->status = end.status;
	ret_spawned->usage = end.usage;
}

void
spawned_script(struct bsk_os_spawn how, const char *script,
    struct spawned *ret_spawned)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script,
		NULL };

	how.path = argv[0];
	how.argv = argv;
	spawned_says(&how, ret_spawned);
}

void
spawned_says(const struct bsk_os_spawn *how, struct spawned *ret_spawned)
{
	spawned_run(how, ret_spawned);
	ck_assert_int_eq(ret_spawned->code, CLD_EXITED);
	ck_assert_int_eq(ret_spawned->status, 0);
}

unsigned long long
spawned_hex(const struct spawned *spawned, const char *name)
{
	const char *line = spawned->output;
	size_t length = strlen(name);

	while (line != NULL && strncmp(line, name, length) != 0) {
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	ck_assert_msg(line != NULL, "no %s in:\n%s", name, spawned->output);
	return strtoull(line + length + 1, NULL, 16);
}

int
spawned_text(const char *text)
{
	int fds[2];

	ck_assert_int_eq(os->pipe2(os, fds, 0), 0);
	ck_assert_int_eq(os->write(os, fds[1], text, strlen(text)),
	    (ssize_t)strlen(text));
	ck_assert_int_eq(os->close(os, fds[1]), 0);
	return fds[0];
}

void
spawned_refuse(long number, unsigned flag, int error)
{
	unsigned verdict = error == 0 ?
	    SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ERRNO | (unsigned)error;
	/* Without a flag the argument need only be 0 or more: it is. */
	unsigned short test = flag != 0 ? BPF_JSET : BPF_JGE;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[0])),
		BPF_JUMP((unsigned short)(BPF_JMP | test | BPF_K), flag, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

unsigned
spawned_open_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory) != NULL)
		count++;
	(void)closedir(directory);
	return count;
}

void
spawned_assert_no_child(void)
{
	struct bsk_os_wait end;

	ck_assert_int_eq(os->waitid(os, P_ALL, 0,
	    WEXITED | WNOHANG | WNOWAIT | __WALL, &end), -ECHILD);
}
