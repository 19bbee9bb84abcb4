/* actors/unix_attempt.c - one attempt to connect to a Unix socket. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/log.h>
#include <buskin/unix_attempt.h>

#define MS_NS INT64_C(1000000)
#define TIMEOUT_NS (5000 * MS_NS)
#define WAIT_FIRST_NS MS_NS /* while the accept queue is full */
#define WAIT_MAX_NS (100 * MS_NS)

int
bsk_unix_attempt_new(bsk_ctx *ctx, const char *path, int64_t timeout_ns,
    struct bsk_unix_attempt **ret_attempt)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct sockaddr_un address;
	struct bsk_unix_attempt *attempt;
	socklen_t size;
	int fd = bsk_unix_address(path, &address, &size);

	if (fd < 0)
		return fd;
	attempt = calloc(1, sizeof(*attempt));
	if (attempt == NULL)
		return -ENOMEM;
	fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0) {
		free(attempt);
		return fd;
	}
	attempt->fd = bsk_fd_own(fd);
	attempt->address = address;
	attempt->size = size;
	if (timeout_ns <= 0)
		timeout_ns = TIMEOUT_NS;
	attempt->deadline_ns = timeout_ns > INT64_MAX - bsk_now(ctx) ?
	    INT64_MAX : bsk_now(ctx) + timeout_ns;
	*ret_attempt = attempt;
	return 0;
}

int
bsk_unix_attempt_try(struct bsk_unix_attempt *attempt, bsk_ctx *ctx,
    int64_t *ret_wait_ns)
{
	const struct bsk_os *os = bsk_os(ctx);
	int64_t left_ns = attempt->deadline_ns - bsk_now(ctx);
	int error = os->connect(os, bsk_fd_number(attempt->fd),
	    (const struct sockaddr *)&attempt->address, attempt->size);

	if (error != -EAGAIN)
		return error;
	if (left_ns <= 0)
		return -ETIMEDOUT;
	attempt->wait_ns = attempt->wait_ns == 0
	    ? WAIT_FIRST_NS : 2 * attempt->wait_ns;
	if (attempt->wait_ns > WAIT_MAX_NS)
		attempt->wait_ns = WAIT_MAX_NS;
	*ret_wait_ns = attempt->wait_ns < left_ns ? attempt->wait_ns : left_ns;
	return -EAGAIN;
}

int
bsk_unix_attempt_take(struct bsk_unix_attempt *attempt)
{
	int fd = bsk_fd_number(attempt->fd);

	attempt->fd = bsk_fd_own(-1);
	return fd;
}

void
bsk_unix_attempt_free(struct bsk_unix_attempt *attempt, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);

	if (bsk_fd_number(attempt->fd) >= 0)
		(void)os->close(os, bsk_fd_number(attempt->fd));
	free(attempt);
}

void
bsk_unix_attempt_drop(struct bsk_unix_attempt **list, bsk_ctx *ctx,
    struct bsk_unix_attempt *attempt)
{
	while (*list != attempt)
		list = &(*list)->next;
	*list = attempt->next;
	bsk_unix_attempt_free(attempt, ctx);
}

bsk_message *
bsk_unix_connected_new(bsk_ctx *ctx, int fd, bool with_pidfd)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct ucred peer = bsk_unix_peer(os, fd);
	int pidfd = with_pidfd ? bsk_unix_peer_pidfd(os, fd) : -1;

	return BSK_NEW(bsk_unix_connected, .fd = bsk_fd_own(fd),
	    .pid = peer.pid, .uid = peer.uid, .gid = peer.gid,
	    .pidfd = bsk_fd_own(pidfd), .name = bsk_unix_own_name(os, fd),
	    .peer = bsk_unix_peer_name(os, fd));
}

bsk_message *
bsk_unix_refused_new(const struct bsk_unix_connect *request, int error,
    const char *field, const char *why)
{
	const char *path = bsk_text_chars(request->path);

	return BSK_NEW(bsk_unix_refused, .error = error,
	    .text = bsk_text_format("cannot connect to %s: %s",
		path[0] != '\0' ? path : field,
		why != NULL && why[0] != '\0' ? why :
		bsk_reason_text(error)),
	    .field = bsk_text_copy(field), .path = bsk_text_copy(path),
	    .fd = bsk_fd_own(bsk_fd_take(&request->fd)));
}

/* A socket that is connected already. */
static int
adopt(bsk_ctx *ctx, const struct bsk_unix_connect *request,
    bsk_message **ret_answer)
{
	const char *why = "a path and a socket cannot both be given";
	const char *field = "path";
	int error = -EINVAL;

	if (request->path.chars == NULL) {
		field = "fd";
		error = bsk_unix_adopt_connected(
		    bsk_os(ctx), bsk_fd_number(request->fd), &why);
	}
	*ret_answer = error < 0 ?
	    bsk_unix_refused_new(request, error, field, why) :
	    bsk_unix_connected_new(
		ctx, bsk_fd_take(&request->fd), request->pidfd);
	return error;
}

int
bsk_unix_attempt_asked(bsk_ctx *ctx, const struct bsk_unix_connect *request,
    struct bsk_unix_attempt **ret_attempt, bsk_message **ret_answer)
{
	const char *path = request->path.chars;
	char why[128] = "neither a path nor a socket is given";
	int error = -EINVAL;

	if (bsk_fd_number(request->fd) >= 0)
		return adopt(ctx, request, ret_answer);
	if (path != NULL) {
		why[0] = '\0';
		error = bsk_unix_path_check(path, why, sizeof(why));
	}
	if (error == 0)
		error = bsk_unix_attempt_new(
		    ctx, path, request->timeout_ns, ret_attempt);
	if (error == 0)
		(*ret_attempt)->pidfd = request->pidfd;
	else
		*ret_answer =
		    bsk_unix_refused_new(request, error, "path", why);
	return error;
}

int
bsk_unix_connector_check(const void *body,
    struct bsk_config_fault *ret_fault)
{
	const struct bsk_unix_connector_config *config = body;
	struct bsk_config_fault found = { .field = "path" };
	int error = bsk_tls_fits(
	    NULL, BSK_TLS_CLIENT, config->tls, ret_fault);

	if (error < 0)
		return error;
	if (config->path.chars != NULL)
		error = bsk_unix_path_check(
		    config->path.chars, found.text, sizeof(found.text));
	if (error < 0)
		*ret_fault = found;
	return error;
}
