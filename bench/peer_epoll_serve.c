/* peer_epoll_serve.c - the servers of the peer that is written by hand. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"
#include "peer_epoll.h"

#define ACCEPTS 64 /* in one go */
#define ECHO_SIZE 65536u
#define BULK_SIZE 262144u

static void *
make(size_t size)
{
	void *made = calloc(1, size);

	io_must(made == NULL ? -ENOMEM : 0, "calloc");
	return made;
}

static void
drop(struct watch *watch)
{
	loop_close(watch);
	loop_free(watch);
}

/* --- listening -------------------------------------------------------- */

struct listener {
	struct watch watch;
	void (*accepted)(int fd);
};

static void
on_knock(struct watch *watch, uint32_t events)
{
	struct listener *self = (struct listener *)watch;

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(watch->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		self->accepted(fd);
	}
}

static void
serve(const char *path, void (*accepted)(int fd))
{
	struct listener self = {
		.watch = { .fd = peer_listen(path), .ready = on_knock },
		.accepted = accepted,
	};

	loop_add(&self.watch, EPOLLIN);
	loop_run();
}

/* --- echo -------------------------------------------------------------- */

struct echo {
	struct watch watch;
	char *rest; /* what the other side has not taken yet, or NULL */
	size_t rest_size;
};

/* How much of it could be sent; below 0: the connection is gone. */
static ssize_t
send_some(int fd, const char *bytes, size_t size)
{
	ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

	return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void
end_echo(struct echo *self)
{
	free(self->rest);
	drop(&self->watch);
}

/* Nothing is read while there is a rest. */
static void
send_rest(struct echo *self)
{
	ssize_t sent = send_some(self->watch.fd, self->rest, self->rest_size);

	if (sent < 0) {
		end_echo(self);
		return;
	}
	self->rest_size -= (size_t)sent;
	(void)memmove(self->rest, self->rest + sent, self->rest_size);
	if (self->rest_size > 0)
		return;
	free(self->rest);
	self->rest = NULL;
	loop_change(&self->watch, EPOLLIN);
}

static void
on_echo(struct watch *watch, uint32_t events)
{
	static char bytes[ECHO_SIZE];
	struct echo *self = (struct echo *)watch;
	ssize_t got;
	ssize_t sent;

	(void)events;
	if (self->rest != NULL) {
		send_rest(self);
		return;
	}
	got = recv(watch->fd, bytes, sizeof(bytes), 0);
	if (got < 0 && errno == EAGAIN)
		return;
	sent = got <= 0 ? -1 : send_some(watch->fd, bytes, (size_t)got);
	if (sent < 0) {
		end_echo(self);
	} else if (sent < got) {
		self->rest_size = (size_t)(got - sent);
		self->rest = make(self->rest_size);
		(void)memcpy(self->rest, bytes + sent, self->rest_size);
		loop_change(watch, EPOLLOUT);
	}
}

static void
accept_echo(int fd)
{
	struct echo *self = make(sizeof(*self));

	self->watch = (struct watch){ .fd = fd, .ready = on_echo };
	loop_add(&self->watch, EPOLLIN);
}

/* --- sink --------------------------------------------------------------- */

struct sink {
	struct watch watch;
	uint64_t bytes;
};

static void
on_sink(struct watch *watch, uint32_t events)
{
	static char bytes[BULK_SIZE];
	struct sink *self = (struct sink *)watch;
	ssize_t got = recv(watch->fd, bytes, sizeof(bytes), 0);

	(void)events;
	if (got > 0) {
		self->bytes += (uint64_t)got;
		return;
	}
	if (got < 0 && errno == EAGAIN)
		return;
	(void)send(watch->fd, &self->bytes, sizeof(self->bytes), MSG_NOSIGNAL);
	drop(watch);
}

static void
accept_sink(int fd)
{
	struct sink *self = make(sizeof(*self));

	self->watch = (struct watch){ .fd = fd, .ready = on_sink };
	loop_add(&self->watch, EPOLLIN);
}

/* --- proxy: one way, which is what is measured ------------------------- */

struct pair;

struct half {
	struct watch watch;
	struct pair *pair;
};

struct pair {
	struct half in; /* first: the memory of all */
	struct half out;
	size_t begin; /* of what waits in `bytes` */
	size_t end;
	bool is_over; /* nothing more comes in */
	char bytes[BULK_SIZE];
};

static const char *upstream; /* fixed before the loop runs */

/* False: nothing came. */
static bool
fill(struct pair *self)
{
	ssize_t got;

	if (self->begin < self->end)
		return true;
	got = recv(self->in.watch.fd, self->bytes, BULK_SIZE, 0);
	if (got < 0 && errno == EAGAIN)
		return false;
	self->is_over = got <= 0;
	self->begin = 0;
	self->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* False: not all was taken. */
static bool
empty(struct pair *self)
{
	ssize_t sent = send_some(self->out.watch.fd, self->bytes + self->begin,
	    self->end - self->begin);

	if (sent < 0) {
		self->is_over = true;
		self->begin = self->end;
		return false;
	}
	self->begin += (size_t)sent;
	return self->begin == self->end;
}

static void
on_half(struct watch *watch, uint32_t events)
{
	struct pair *self = ((struct half *)watch)->pair;
	bool is_full;

	(void)events;
	while (fill(self) && empty(self))
		continue;
	is_full = self->begin < self->end;
	if (self->is_over) {
		loop_close(&self->out.watch);
		drop(&self->in.watch);
		return;
	}
	loop_change(&self->in.watch, is_full ? 0 : EPOLLIN);
	loop_change(&self->out.watch, is_full ? EPOLLOUT : 0);
}

static int
reach(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		io_must(-errno, path);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
accept_pair(int fd)
{
	struct pair *self = make(sizeof(*self));

	self->in = (struct half){ .watch = { .fd = fd, .ready = on_half },
		.pair = self };
	self->out = (struct half){ .watch = { .fd = reach(upstream),
		.ready = on_half }, .pair = self };
	loop_add(&self->in.watch, EPOLLIN);
	loop_add(&self->out.watch, 0);
}

/* --- sendfile ------------------------------------------------------------- */

struct sender {
	struct watch watch;
	off_t offset;
};

static int file; /* fixed before the loop runs */
static off_t file_size;

static void
on_writable(struct watch *watch, uint32_t events)
{
	struct sender *self = (struct sender *)watch;
	ssize_t sent;

	(void)events;
	do
		sent = sendfile(watch->fd, file, &self->offset,
		    (size_t)(file_size - self->offset));
	while (sent > 0 && self->offset < file_size);
	if (self->offset >= file_size || sent == 0 ||
	    (sent < 0 && errno != EAGAIN))
		drop(watch);
}

static void
accept_sender(int fd)
{
	struct sender *self = make(sizeof(*self));

	self->watch = (struct watch){ .fd = fd, .ready = on_writable };
	loop_add(&self->watch, EPOLLOUT);
}

/* --- the commands --------------------------------------------------------- */

void
epoll_echo(char **arguments)
{
	serve(arguments[0], accept_echo);
}

void
epoll_sink(char **arguments)
{
	serve(arguments[0], accept_sink);
}

void
epoll_proxy(char **arguments)
{
	upstream = arguments[1];
	serve(arguments[0], accept_pair);
}

void
epoll_sendfile(char **arguments)
{
	struct stat status;

	file = open(arguments[1], O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &status) < 0)
		io_must(-errno, arguments[1]);
	file_size = status.st_size;
	serve(arguments[0], accept_sender);
}
