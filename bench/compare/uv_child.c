/* uv_child.c - children that libuv starts, for the rows. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "uv_rows.h"

static int waits_count;

/* Stands before the library's: how often it is called can be counted. */
pid_t
waitpid(pid_t pid, int *ret_status, int options)
{
	waits_count++;
	return wait4(pid, ret_status, options, NULL);
}

int
waits(void)
{
	return waits_count;
}

static void
on_ended(uv_process_t *process, int64_t code, int number)
{
	struct child *child = process->data;

	child->exits++;
	child->code = code;
	child->signal = number;
}

int
child_spawn(struct child *child, uv_process_options_t *options)
{
	child->process.data = child;
	options->exit_cb = on_ended;
	return uv_spawn(uv_default_loop(), &child->process, options);
}

void
child_start(struct child *child, const char *script, const char *pipes)
{
	char *words[] = { (char *)"/bin/sh", (char *)"-c", strdup(script),
		NULL };
	uv_stdio_container_t stdio[3] = { { .flags = UV_IGNORE },
		{ .flags = UV_IGNORE }, { .flags = UV_IGNORE } };
	uv_process_options_t options = { .file = words[0], .args = words,
		.stdio = stdio, .stdio_count = 3 };

	memset(child, 0, sizeof *child);
	for (int i = 0; i < 2; i++) {
		if (strchr(pipes, "io"[i]) == NULL)
			continue;
		ear_open(&child->ends[i], -1);
		stdio[i].flags = UV_CREATE_PIPE |
		    (i == 0 ? UV_READABLE_PIPE : UV_WRITABLE_PIPE);
		stdio[i].data.stream = (uv_stream_t *)&child->ends[i].pipe;
	}
	expect(child_spawn(child, &options) == 0, "not started");
	if (strchr(pipes, 'o') != NULL)
		ear_listen(&child->ends[1]);
	free(words[2]);
}

const char *
child_says(struct child *child, const char *script, size_t size)
{
	child_start(child, script, "o");
	expect(until(&child->ends[1].bytes, (int)size), "it says \"%s\"",
	    child->ends[1].data);
	return child->ends[1].data;
}
