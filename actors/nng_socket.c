/* actors/nng_socket.c - an nng socket: its place, its life and its traffic.
 *
 *   hears   bsk_nng_request    from the speaker, its child
 *           bsk_nng_answer     from whoever was given a request
 *           bsk_nng_listening  from the speaker
 *   says    bsk_nng_request    through its port "requests", or to its parent
 *           bsk_nng_answer     to the speaker
 *           bsk_nng_listening  to its parent
 *
 * Here the URL is looked at before nng sees it, because nng deletes a regular
 * file that it finds at the path of an ipc:// URL. The speaker is one class a
 * protocol, such as nng_rep.c.
 */
#include <errno.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/nng.h>
#include <buskin/unix.h>

struct nng_socket {
	bsk_ref speaker;     /* the child; nobody: none yet */
	bool draining;       /* the speaker was asked to stop */
	bool owns_directory; /* it was made by us */
	char path[BSK_UNIX_PATH_MAX + 1];
};

BSK_HANDLER(on_request, nng_socket, bsk_nng_request);
BSK_HANDLER(on_answer, nng_socket, bsk_nng_answer);
BSK_HANDLER(on_listening, nng_socket, bsk_nng_listening);
BSK_HANDLER(on_open, nng_socket, bsk_open);
BSK_HANDLER(on_down, nng_socket, bsk_down);
BSK_HANDLER(on_drain, nng_socket, bsk_drain);
BSK_HANDLER(on_close, nng_socket, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_nng_request, on_request),
	BSK_ON(bsk_nng_answer, on_answer),
	BSK_ON(bsk_nng_listening, on_listening),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_NNG_REQUESTS] = BSK_PORT_OUT("requests", bsk_nng_request,
	    "what peers ask"),
	BSK_PORT_IN("answers", bsk_nng_answer, "what they are answered"),
};

const struct bsk_class bsk_nng_socket_class = BSK_CLASS(nng_socket,
    "nng-socket", "answers the requests of programs that speak nng", handlers,
    BSK_PORTS(ports), .config = &bsk_nng_socket_config_type);

/* Who speaks which protocol. */
static const struct bsk_class *const speakers[] = {
	[BSK_NNG_REP] = &bsk_nng_rep_class,
};

/* A forwarded request keeps its sender, so its answer goes straight there; what
 * was emitted is ours, and its answer comes back here. */
static int
on_request(struct nng_socket *self, bsk_ctx *ctx,
    const struct bsk_nng_request *request)
{
	(void)self;
	if (!bsk_is_wired(ctx, BSK_NNG_REQUESTS))
		return bsk_forward(ctx, bsk_parent(ctx));
	/* Refused, it is given up by the speaker in time. */
	(void)bsk_emit(ctx, BSK_NNG_REQUESTS, BSK_NEW(bsk_nng_request,
	    .request = request->request,
	    .body = bsk_buf_share(&request->body)));
	return 0;
}

static int
on_answer(struct nng_socket *self, bsk_ctx *ctx,
    const struct bsk_nng_answer *answer)
{
	(void)answer;
	return bsk_forward(ctx, self->speaker);
}

/* Said again rather than forwarded: the parent knows us, not the speaker. */
static int
on_listening(struct nng_socket *self, bsk_ctx *ctx,
    const struct bsk_nng_listening *listening)
{
	(void)self;
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_nng_listening,
	    .url = bsk_text_copy(listening->url.chars)));
}

/* --- the path --- */

/* Only a socket that nobody serves may go. */
static int
clear_path(const struct bsk_os *os, const char *path)
{
	struct sockaddr_un address;
	struct stat status;
	socklen_t size;
	int fd;
	int result = os->lstat(os, path, &status);

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	if (!S_ISSOCK(status.st_mode))
		return -EADDRINUSE;
	fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	result = bsk_unix_address(path, &address, &size);
	if (result == 0)
		result = os->connect(os, fd, (struct sockaddr *)&address,
		    size);
	(void)os->close(os, fd);
	return result == -ECONNREFUSED ? os->unlink(os, path) : -EADDRINUSE;
}

/* The directory that the path is in. */
static int
find_directory(const struct nng_socket *self, char *ret_directory)
{
	const char *slash = strrchr(self->path, '/');

	if (slash == NULL || slash == self->path)
		return -EINVAL;
	memcpy(ret_directory, self->path, (size_t)(slash - self->path));
	ret_directory[slash - self->path] = '\0';
	return 0;
}

static int
make_directory(struct nng_socket *self, bsk_ctx *ctx)
{
	char directory[sizeof(self->path)];
	int result = find_directory(self, directory);

	if (result == 0)
		result = bsk_os(ctx)->mkdir(bsk_os(ctx), directory, 0700);
	self->owns_directory = result == 0;
	return result;
}

/* nng removes its socket when it closes, which may be later. */
static void
remove_directory(struct nng_socket *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	char directory[sizeof(self->path)];

	(void)os->unlink(os, self->path);
	if (find_directory(self, directory) == 0)
		(void)os->rmdir(os, directory);
}

static int
take_path(struct nng_socket *self, bsk_text url)
{
	static const char scheme[] = "ipc://";
	const char *path = bsk_text_chars(url) + sizeof(scheme) - 1;

	if (strncmp(bsk_text_chars(url), scheme, sizeof(scheme) - 1) != 0)
		return -ENOTSUP;
	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(self->path))
		return -ENAMETOOLONG;
	memcpy(self->path, path, strlen(path) + 1);
	return 0;
}

/* --- life --- */

static int
on_open(struct nng_socket *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);
	struct bsk_nng_socket_config copy;
	int result;

	(void)open;
	if (config == NULL || config->protocol != BSK_NNG_REP)
		return -EINVAL;
	result = take_path(self, config->url);
	if (result == 0 && config->own_directory)
		result = make_directory(self, ctx);
	if (result == 0)
		result = clear_path(bsk_os(ctx), self->path);
	if (result == 0)
		result = bsk_type_copy(&bsk_nng_socket_config_type, config,
		    &copy);
	if (result < 0)
		return result;
	return bsk_spawn(ctx, speakers[config->protocol],
	    bsk_parcel_new(&bsk_nng_socket_config_type, &copy), NULL,
	    &self->speaker);
}

/* Without its speaker the socket is none. */
static int
on_down(struct nng_socket *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!bsk_ref_equal(down->actor, self->speaker))
		return 0;
	bsk_exit(ctx, self->draining ? 0 : down->reason);
	return 0;
}

/* What was asked is still answered: the speaker sees to it. */
static int
on_drain(struct nng_socket *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	return bsk_stop(ctx, self->speaker);
}

static int
on_close(struct nng_socket *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	if (self->owns_directory)
		remove_directory(self, ctx);
	return 0;
}
