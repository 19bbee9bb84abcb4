/* actors/notifier.c - tells the service manager that the service is ready.
 *
 *   hears   bsk_drain  from the runtime: it is stopped, first of all
 *
 * The protocol of sd_notify(3): one datagram a message to a Unix socket. A
 * manager that does not listen any more is no reason for a service to fail.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <buskin/actor.h>
#include <buskin/notifier.h>

struct notifier {
	bsk_fd fd; /* a datagram socket, of no address of its own */
};

BSK_HANDLER(on_open, notifier, bsk_open);
BSK_HANDLER(on_drain, notifier, bsk_drain);
BSK_HANDLER(on_close, notifier, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,  on_open),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_notifier_class = BSK_CLASS(notifier, "notifier",
    "tells the service manager that the service is ready", handlers,
    .config = &bsk_notifier_config_type, .fds = 1);

static void
tell(const struct notifier *self, bsk_ctx *ctx, const char *state)
{
	const struct bsk_notifier_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strnlen(bsk_text_chars(config->socket),
	    sizeof(address.sun_path) - 1);
	struct iovec vector = {(char *)state, strlen(state)};
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un,
		    sun_path) + length),
		.msg_iov = &vector,
		.msg_iovlen = 1,
	};

	memcpy(address.sun_path, bsk_text_chars(config->socket), length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	(void)os->sendmsg(os, bsk_fd_number(self->fd), &message, 0);
}

static int
on_open(struct notifier *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd;

	(void)open;
	if (bsk_config(ctx) == NULL)
		return -EINVAL;
	fd = os->socket(os, AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	self->fd = bsk_fd_own(fd);
	tell(self, ctx, "READY=1");
	return 0;
}

static int
on_drain(struct notifier *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	tell(self, ctx, "STOPPING=1");
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_close(struct notifier *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_take(&self->fd);

	(void)close;
	if (fd >= 0)
		(void)os->close(os, fd);
	return 0;
}
