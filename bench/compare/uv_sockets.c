/* uv_sockets.c - rows E and F and what belongs to them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "uv_rows.h"

/* --- plain sockets -------------------------------------------------------- */

static int
plain(const char *path,
    int (*step)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);

	memcpy(name.sun_path, path, strnlen(path, sizeof name.sun_path));
	if (step(fd, (const struct sockaddr *)&name, sizeof name) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int
bind_to(int fd, const struct sockaddr *name, socklen_t size)
{
	return bind(fd, name, size);
}

static int
connect_to(int fd, const struct sockaddr *name, socklen_t size)
{
	return connect(fd, name, size);
}

int
plain_bound(const char *path)
{
	return plain(path, bind_to);
}

int
plain_connected(const char *path)
{
	return plain(path, connect_to);
}

/* --- connecting ----------------------------------------------------------- */

struct dial {
	uv_connect_t request;
	struct ear   ear;
	int          answers;
	int          error;
};

static void
on_connected(uv_connect_t *request, int error)
{
	struct dial *dial = request->data;

	dial->error = error;
	dial->answers++;
}

/* What the answer says. */
static int
dial_up(struct dial *dial, const char *path)
{
	dial->answers = 0;
	ear_open(&dial->ear, -1);
	dial->request.data = dial;
	uv_pipe_connect(&dial->request, &dial->ear.pipe, path, on_connected);
	expect(until(&dial->answers, 1), "no answer");
	return dial->error;
}

static void
plain_listening(const char *path, int backlog)
{
	int fd = plain_bound(path);

	expect(fd >= 0 && listen(fd, backlog) == 0, "no socket");
}

static void
plain_file(const char *path)
{
	(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

ROW(E05)
{
	struct dial dial;
	char path[108] = "\xff\xfe";

	memset(path + 2, 'n', 105);
	plain_listening(path, 10);
	expect(dial_up(&dial, path) == 0, "%s", uv_strerror(dial.error));
}

ROW(E06)
{
	static const struct { const char *path; int error; } cases[] = {
		{ "none", UV_ENOENT }, { "plain", UV_ECONNREFUSED },
		{ "dead", UV_ECONNREFUSED },
	};
	struct dial dials[3];
	int before;

	plain_file("plain");
	(void)close(plain_bound("dead"));
	a_while();
	before = open_fds();
	for (int i = 0; i < 3; i++) {
		expect(dial_up(&dials[i], cases[i].path) == cases[i].error,
		    "%s: %s", cases[i].path, uv_strerror(dials[i].error));
		ear_close(&dials[i].ear);
		expect(until(&dials[i].ear.closed, 1), "not closed");
	}
	expect(open_fds() == before, "descriptors are left");
}

ROW(E07)
{
	struct dial dial;
	char path[121] = "";

	memset(path, 'n', 107);
	plain_listening(path, 10);
	memset(path, 'n', 120);
	expect(dial_up(&dial, path) < 0,
	    "connected to another, shorter name");
}

ROW(E08)
{
	struct dial dial;

	expect(dial_up(&dial, "") < 0, "connected");
}

static void
meet_full_queue(void)
{
	struct dial dial;

	plain_listening("s", 1);
	while (plain_connected("s") >= 0)
		;
	expect(dial_up(&dial, "s") < 0, "told connected");
}

ROW(E10)
{
	meet_full_queue();
}

ROW(X07)
{
	meet_full_queue();
}

ROW(E13)
{
	struct dial dial;
	struct ucred peer;
	socklen_t size = sizeof peer;
	char name[108] = "";
	size_t length = sizeof name;
	int fd;

	plain_listening("s", 10);
	expect(dial_up(&dial, "s") == 0, "not connected");
	expect(uv_pipe_getpeername(&dial.ear.pipe, name, &length) == 0 &&
	    strcmp(name, "s") == 0, "no name of the peer");
	expect(uv_fileno((uv_handle_t *)&dial.ear.pipe, &fd) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	    peer.pid == getpid(), "not told who");
}

/* --- serving -------------------------------------------------------------- */

static void
on_client(uv_stream_t *stream, int error)
{
	struct server *server = stream->data;
	struct ear *ear = &server->peers[server->accepted];

	server->calls++;
	if (error != 0) {
		server->errors++;
		return;
	}
	ear_open(ear, -1);
	if (uv_accept(stream, (uv_stream_t *)&ear->pipe) == 0) {
		server->accepted++;
		ear_listen(ear);
	}
}

int
server_start(struct server *server, const char *path, int backlog)
{
	int error;

	memset(server, 0, sizeof *server);
	(void)uv_pipe_init(uv_default_loop(), &server->pipe, 0);
	server->pipe.data = server;
	error = uv_pipe_bind(&server->pipe, path);
	if (error == 0 && backlog > 0)
		error = uv_listen((uv_stream_t *)&server->pipe, backlog,
		    on_client);
	return error;
}

static void
on_closed(uv_handle_t *handle)
{
	((struct server *)handle->data)->closed++;
}

void
server_close(struct server *server)
{
	uv_close((uv_handle_t *)&server->pipe, on_closed);
}

/* With a client that is served. */
static int
serve_one(struct server *server)
{
	int fd;

	expect(server_start(server, "s", 10) == 0, "not served");
	fd = plain_connected("s");
	expect(until(&server->accepted, 1), "not accepted");
	return fd;
}

static struct server server;
static struct server second;

ROW(F02)
{
	(void)close(plain_bound("s"));
	plain_file("plain");
	expect(server_start(&second, "plain", 10) == UV_EADDRINUSE,
	    "served over a plain file");
	expect(server_start(&server, "s", 10) == 0,
	    "a dead socket file is in the way");
}

static void
serve_twice(void)
{
	int error;

	expect(server_start(&server, "s", 10) == 0, "not served");
	error = server_start(&second, "s", 10);
	expect(error == UV_EADDRINUSE, "the second took the path");
	expect(plain_connected("s") >= 0 && until(&server.accepted, 1),
	    "the first is not reached any more");
}

ROW(F03)
{
	serve_twice();
}

ROW(X08)
{
	serve_twice();
}

ROW(F05)
{
	struct stat info;

	(void)close(plain_bound("target"));
	expect(symlink("target", "s") == 0, "no link");
	(void)server_start(&server, "s", 10);
	expect(lstat("s", &info) == 0 && S_ISLNK(info.st_mode),
	    "the link was removed");
}

ROW(F06)
{
	int before;

	(void)mkdir("dir", 0700);
	a_while();
	before = open_fds();
	expect(server_start(&server, "dir", 10) == UV_EADDRINUSE,
	    "another errno for a directory");
	expect(server_start(&second, "no/dir", 10) < 0, "bound");
	server_close(&server);
	server_close(&second);
	a_while();
	expect(open_fds() == before, "descriptors are left");
}

ROW(F07)
{
	expect(server_start(&server, "", 10) < 0, "bound");
}

ROW(F09)
{
	struct stat info;

	(void)umask(077);
	expect(server_start(&server, "s", 0) == 0, "not bound");
	expect(chmod("s", 0660) == 0 &&
	    uv_listen((uv_stream_t *)&server.pipe, 10, on_client) == 0,
	    "not served");
	expect(stat("s", &info) == 0 && (info.st_mode & 0777) == 0660,
	    "another mode");
}

ROW(F10)
{
	int count = 0;

	expect(server_start(&server, "s", 3) == 0, "not served");
	while (count < 50 && plain_connected("s") >= 0)
		count++;
	expect(count == 4, "%d wait", count);
}

ROW(F11)
{
	expect(server_start(&server, "s", 0) == 0, "not bound");
	expect(plain_connected("s") < 0, "listens");
	expect(uv_listen((uv_stream_t *)&server.pipe, 10, on_client) == 0 &&
	    plain_connected("s") >= 0, "does not listen");
}

ROW(F12)
{
	(void)serve_one(&server);
}

ROW(F13)
{
	int fd;

	expect(server_start(&server, "s", 300) == 0, "not served");
	for (int i = 0; i < 200; i++)
		expect(plain_connected("s") >= 0, "no connection");
	expect(until(&server.accepted, 200), "%d of 200 accepted",
	    server.accepted);
	(void)uv_fileno((uv_handle_t *)&server.peers[199].pipe, &fd);
	expect((fcntl(fd, F_GETFL) & O_NONBLOCK) &&
	    (fcntl(fd, F_GETFD) & FD_CLOEXEC), "blocks, or is inherited");
}

/* Five clients wait while there are no descriptors, then there are. */
static void
exhaust(void)
{
	const struct rlimit limit = { 64, 64 };
	int highest = 0;

	expect(server_start(&server, "s", 100) == 0, "not served");
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < 5; i++)
		highest = plain_connected("s");
	while (dup(0) >= 0)
		;
	a_while();
	for (int fd = highest + 1; fd < 64; fd++)
		(void)close(fd);
}

ROW(F14)
{
	exhaust();
	expect(until(&server.accepted, 5), "%d of 5 are served, the others"
	    " hung up on", server.accepted);
}

ROW(X18)
{
	exhaust();
	expect(server.errors == 1, "%d reports for five clients",
	    server.errors);
}

ROW(F18)
{
	int client = serve_one(&server);

	server_close(&server);
	expect(until(&server.closed, 1), "not closed");
	expect(plain_connected("s") < 0, "still serves");
	expect(write(client, "x", 1) == 1 && until(&server.peers[0].bytes, 1),
	    "the connection is gone");
}

static void
stop_serving(void)
{
	expect(server_start(&server, "s", 10) == 0, "not served");
	server_close(&server);
	expect(until(&server.closed, 1), "not closed");
	expect(access("s", F_OK) < 0, "the file is left behind");
}

ROW(F19)
{
	stop_serving();
}

ROW(X19)
{
	stop_serving();
	expect(server_start(&server, "s", 10) == 0, "not served");
	(void)unlink("s");
	plain_listening("s", 10);
	server_close(&server);
	expect(until(&server.closed, 1), "not closed");
	expect(access("s", F_OK) == 0, "the file of another was removed");
}

static void
on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* The loop ends with the last connection, or at a deadline. */
static void
drain(void)
{
	uv_loop_t *loop = uv_default_loop();
	uv_timer_t deadline;
	int client = serve_one(&server);

	server_close(&server);
	(void)uv_timer_init(loop, &deadline);
	(void)uv_timer_start(&deadline, on_deadline, 300, 0);
	uv_unref((uv_handle_t *)&deadline);
	expect(uv_run(loop, UV_RUN_DEFAULT) != 0,
	    "the loop ended while a connection was open");
	(void)close(client);
	expect(until(&server.peers[0].ends, 1), "the end was never told");
	ear_close(&server.peers[0]);
	expect(uv_run(loop, UV_RUN_DEFAULT) == 0, "the loop does not end");
}

ROW(F20)
{
	drain();
}

ROW(X20)
{
	drain();
}

ROW(F23)
{
	int fd = plain_bound("s");

	expect(fd >= 0 && listen(fd, 10) == 0, "no socket");
	(void)uv_pipe_init(uv_default_loop(), &server.pipe, 0);
	server.pipe.data = &server;
	expect(uv_pipe_open(&server.pipe, fd) == 0 &&
	    uv_listen((uv_stream_t *)&server.pipe, 10, on_client) == 0,
	    "refused");
	expect(plain_connected("s") >= 0 && until(&server.accepted, 1),
	    "does not serve");
	server_close(&server);
	expect(until(&server.closed, 1), "not closed");
	expect(access("s", F_OK) == 0, "the file of another was removed");
}
