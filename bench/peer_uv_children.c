/* peer_uv_children.c - children of the peer that is made with libuv. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer.h"
#include "peer_uv.h"

struct child {
	uv_process_t process; /* first: libuv's handle is all of it */
	int expected;         /* its code */
};

static struct peer_parent parent;
static struct peer_reaper reaper;

static struct {
	struct peer_cat figures;
	uv_pipe_t in;
	uv_pipe_t out;
	uv_process_t process;
	uv_write_t write;
} cat;

static void
on_closed(uv_handle_t *handle)
{
	free(handle);
}

/* With our output and our errors, and that as its input. */
static void
start(char **command, int in, int expected, uv_exit_cb ended)
{
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_INHERIT_FD, .data.fd = in },
		{ .flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
	};
	const uv_process_options_t options = { .exit_cb = ended,
		.file = command[0], .args = command, .stdio = stdio,
		.stdio_count = 3 };
	struct child *child = calloc(1, sizeof(*child));

	uv_peer_must(child == NULL ? UV_ENOMEM : 0, "child");
	child->expected = expected;
	uv_peer_must(uv_spawn(uv_default_loop(), &child->process, &options),
	    command[0]);
}

/* --- spawn ------------------------------------------------------------ */

static void start_true(void);

static void
on_true(uv_process_t *process, int64_t code, int number)
{
	uv_close((uv_handle_t *)process, on_closed);
	if (peer_spawn_more(&parent, number != 0 ? number : code))
		start_true();
}

static void
start_true(void)
{
	char *command[] = { "/bin/true", NULL };
	int64_t begun_ns = io_now_ns();

	start(command, STDIN_FILENO, 0, on_true);
	parent.stall_ns += io_now_ns() - begun_ns;
	parent.started++;
}

void
uv_peer_spawn(char **arguments)
{
	peer_spawn_begin(&parent, arguments);
	for (long i = 0; i < parent.at_once; i++)
		start_true();
	uv_peer_run();
	peer_spawn_print(&parent);
}

/* --- reap ------------------------------------------------------------- */

static void
on_held(uv_process_t *process, int64_t code, int number)
{
	const struct child *child = (struct child *)process;

	(void)peer_reap_ended(&reaper, number == 0 && code == child->expected);
	uv_close((uv_handle_t *)process, on_closed);
}

void
uv_peer_reap(char **arguments)
{
	peer_reap_begin(&reaper, arguments);
	for (long i = 0; i < reaper.total; i++) {
		char code[16];
		char *command[] = { reaper.holder, code, NULL };

		(void)snprintf(code, sizeof(code), "%d", peer_reap_code(i));
		start(command, reaper.pipe[0], peer_reap_code(i), on_held);
	}
	peer_reap_release(&reaper);
	uv_peer_run();
}

/* --- cat ---------------------------------------------------------------- */

static void
feed(uv_write_t *write, int status)
{
	uv_stream_t *in = (uv_stream_t *)&cat.in;
	uv_buf_t block;
	size_t size;

	(void)write;
	uv_peer_must(status, "write");
	while ((size = peer_cat_next(&cat.figures, &block.base)) > 0) {
		int written;

		block.len = size;
		written = uv_try_write(in, &block, 1);
		cat.figures.sent += size;
		if (written == (int)size)
			continue;
		written = written > 0 ? written : 0;
		block = uv_buf_init(block.base + written,
		    (unsigned)(size - (size_t)written));
		uv_peer_must(uv_write(&cat.write, in, &block, 1, feed),
		    "write");
		return;
	}
	uv_close((uv_handle_t *)in, NULL);
}

static void
on_memory(uv_handle_t *handle, size_t wished, uv_buf_t *ret_memory)
{
	static char memory[PEER_CAT_BLOCK];

	(void)handle;
	(void)wished;
	*ret_memory = uv_buf_init(memory, sizeof(memory));
}

static void
on_fed(uv_stream_t *out, ssize_t size, const uv_buf_t *memory)
{
	if (size > 0)
		peer_cat_take(&cat.figures, memory->base, (size_t)size);
	else if (size < 0)
		uv_close((uv_handle_t *)out, NULL);
}

static void
on_end(uv_process_t *process, int64_t code, int number)
{
	cat.figures.bad |= code != 0 || number != 0;
	uv_close((uv_handle_t *)process, NULL);
}

void
uv_peer_cat(char **arguments)
{
	char *command[] = { "/bin/cat", NULL };
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
			.data.stream = (uv_stream_t *)&cat.in },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&cat.out },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
	};
	const uv_process_options_t options = { .exit_cb = on_end,
		.file = command[0], .args = command, .stdio = stdio,
		.stdio_count = 3 };
	uv_loop_t *loop = uv_default_loop();

	uv_peer_must(uv_pipe_init(loop, &cat.in, 0), "pipe");
	uv_peer_must(uv_pipe_init(loop, &cat.out, 0), "pipe");
	uv_peer_must(uv_spawn(loop, &cat.process, &options), command[0]);
	peer_cat_begin(&cat.figures, arguments);
	uv_peer_must(uv_read_start((uv_stream_t *)&cat.out, on_memory, on_fed),
	    "read");
	feed(NULL, 0);
	uv_peer_run();
	peer_cat_print(&cat.figures);
}
