/* actors/unix_door.c - the socket that a listener listens on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/activation.h>
#include <buskin/log.h>
#include <buskin/reactor.h>
#include <buskin/unix_door.h>

#define MODE_DEFAULT 0600
#define BACKLOG_DEFAULT 128
#define PATIENCE_NS INT64_C(30000000000) /* with the reactor */

/* --- the config ------------------------------------------------------- */

/* What is to be spoken on connections. */
static int
check_terms(const struct bsk_unix_listener_config *config,
    struct bsk_config_fault *ret_fault)
{
	if (config->credit > 0 && config->accept != BSK_UNIX_FD)
		return bsk_config_refuse(ret_fault, "credit",
		    "only where connections are handed over");
	if (config->accept != BSK_UNIX_CHANNEL)
		return bsk_tls_fits(
		    NULL, BSK_TLS_SERVER, config->tls, ret_fault);
	if (config->tls != NULL)
		return bsk_config_refuse(ret_fault, "tls",
		    "descriptors cannot be sent over TLS");
	return config->frame == BSK_FRAME_NONE ? 0 :
	    bsk_config_refuse(ret_fault, "frame",
		"a channel sends packets, no frames");
}

int
bsk_unix_listener_check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_unix_listener_config *config = body;
	const char *path = bsk_text_chars(config->path);
	bool has_name = bsk_text_chars(config->listen_fd)[0] != '\0';
	bool has_socket = has_name || bsk_fd_number(config->fd) >= 0;
	struct bsk_config_fault found = { .field = "path" };
	int error;

	error = check_terms(config, ret_fault);
	if (error < 0)
		return error;
	if (has_name && bsk_fd_number(config->fd) >= 0)
		return bsk_config_refuse(ret_fault, "listen_fd",
		    "there is a socket in \"fd\" already");
	if (path[0] != '\0' && has_socket)
		return bsk_config_refuse(ret_fault, "path",
		    "a path and a socket cannot both be given");
	if (has_socket)
		return 0;
	if (config->path.chars == NULL)
		return bsk_config_refuse(ret_fault, "path",
		    "neither a path nor a socket is given");
	error = bsk_unix_path_check(path, found.text, sizeof(found.text));
	if (error < 0)
		*ret_fault = found;
	return error;
}

/* --- opening ---------------------------------------------------------- */

/* Says why in one phrase, with the system's word for it. */
static int
refuse(struct bsk_config_fault *ret_fault, const char *field, const char *why,
    int error)
{
	ret_fault->field = field;
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text), "%s%s%s",
	    strerrordesc_np(-error), why != NULL ? ": " : "",
	    why != NULL ? why : "");
	return error;
}

static int
open_path(bsk_ctx *ctx, const struct bsk_unix_listener_config *config,
    struct bsk_unix_socket *ret_socket, struct bsk_config_fault *ret_fault)
{
	const struct bsk_unix_place place = {
		.path = bsk_text_chars(config->path),
		.mode = config->mode != 0 ? config->mode : MODE_DEFAULT,
		.owner = config->owner,
		.group = config->group,
		.lock = config->lock,
	};
	const char *why = NULL;
	int error = bsk_unix_bind(bsk_os(ctx), &place, ret_socket, &why);

	return error < 0 ? refuse(ret_fault, "path", why, error) : 0;
}

static int
open_named(bsk_ctx *ctx, const struct bsk_unix_listener_config *config,
    struct bsk_unix_socket *ret_socket, struct bsk_config_fault *ret_fault)
{
	const struct bsk_os *os = bsk_os(ctx);
	const char *why = NULL;
	int fd = -1;
	int error =
	    bsk_listen_fd(ctx, bsk_text_chars(config->listen_fd), &fd);

	if (error == -ENOENT)
		why = "this process was started with none of that name";
	if (error == 0)
		error = bsk_unix_adopt(os, fd, &why);
	if (error == 0)
		ret_socket->fd = fd;
	else if (fd >= 0)
		(void)os->close(os, fd);
	return error < 0 ? refuse(ret_fault, "listen_fd", why, error) : 0;
}

static int
open_socket(bsk_ctx *ctx, const struct bsk_unix_listener_config *config,
    struct bsk_unix_socket *ret_socket, struct bsk_config_fault *ret_fault)
{
	struct bsk_unix_socket given = { .fd = -1, .lock_fd = -1 };
	const char *why = NULL;
	int error = bsk_tls_fits(
	    bsk_os(ctx), BSK_TLS_SERVER, config->tls, ret_fault);

	if (error < 0)
		return error;
	if (bsk_text_chars(config->path)[0] != '\0')
		return open_path(ctx, config, ret_socket, ret_fault);
	if (bsk_text_chars(config->listen_fd)[0] != '\0') {
		error = open_named(ctx, config, &given, ret_fault);
	} else {
		error = bsk_unix_adopt(
		    bsk_os(ctx), bsk_fd_number(config->fd), &why);
		if (error < 0)
			return refuse(ret_fault, "fd", why, error);
		given.fd = bsk_fd_take(&config->fd);
	}
	if (error == 0)
		*ret_socket = given;
	return error;
}

static void
complain(bsk_ctx *ctx, const struct bsk_unix_listener_config *config,
    const struct bsk_config_fault *what, int error)
{
	const char *path = bsk_text_chars(config->path);

	(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot listen on %s%s: %s",
	    path[0] != '\0' ? "" : "what is given as ",
	    path[0] != '\0' ? path : what->field, what->text);
	if (!bsk_ref_is_nobody(config->to))
		(void)bsk_send(ctx, config->to, BSK_NEW(bsk_listener_failed,
		    .error = error, .path = bsk_text_copy(path),
		    .text = bsk_text_copy(what->text),
		    .field = bsk_text_copy(what->field)));
}

int
bsk_unix_door_open(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config)
{
	struct bsk_config_fault what;
	int error = bsk_service(ctx, &bsk_reactor_class, &door->reactor);

	if (error < 0)
		return error;
	error = open_socket(ctx, config, &door->made, &what);
	if (error < 0) {
		complain(ctx, config, &what, error);
		return error;
	}
	door->fd = bsk_fd_own(door->made.fd);
	door->where = bsk_unix_own_name(bsk_os(ctx), door->made.fd);
	return bsk_text_is_lost(door->where) ? -ENOMEM : 0;
}

int
bsk_unix_door_fail(bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config, int error)
{
	bool has_path = bsk_text_chars(config->path)[0] != '\0';
	struct bsk_config_fault what = { .field = has_path ? "path" : "fd" };

	(void)snprintf(
	    what.text, sizeof(what.text), "%s", bsk_reason_text(error));
	complain(ctx, config, &what, error);
	return error;
}

int
bsk_unix_door_listen(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_number(door->fd);
	uint64_t ask;
	int error = os->listen(os, fd,
	    config->backlog > 0 ? config->backlog : BACKLOG_DEFAULT);

	if (error < 0)
		return bsk_unix_door_fail(ctx, config, error);
	door->watched = true;
	return bsk_ask(ctx, door->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN), PATIENCE_NS, &ask);
}

/* --- shutting --------------------------------------------------------- */

/* The file goes first: nobody shall find it and then nobody behind it. The
 * lock goes last, by the reactor too: who waits for it finds neither. */
void
bsk_unix_door_shut(struct bsk_unix_door *door, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config)
{
	const struct bsk_os *os = bsk_os(ctx);

	door->shut = true;
	if (bsk_fd_number(door->fd) < 0)
		return;
	if (!config->keep_file)
		bsk_unix_unlink(os, bsk_text_chars(config->path), &door->made);
	(void)bsk_send(
	    ctx, door->reactor, BSK_NEW(bsk_fd_release, .fd = door->fd));
	door->fd = bsk_fd_own(-1);
	if (door->made.lock_fd < 0)
		return;
	(void)bsk_send(ctx, door->reactor, BSK_NEW(bsk_fd_release,
	    .fd = bsk_fd_own(door->made.lock_fd)));
	door->made.lock_fd = -1;
}

const char *
bsk_unix_door_name(const struct bsk_unix_door *door)
{
	return bsk_text_chars(door->where);
}

bsk_list
bsk_unix_door_fds(const struct bsk_unix_door *door)
{
	bool open = bsk_fd_number(door->fd) >= 0;
	bsk_list list = bsk_list_new(sizeof(struct bsk_resource), open);
	struct bsk_resource *items = list.items;

	if (items != NULL) {
		items->number = bsk_fd_number(door->fd);
		items->what = bsk_text_copy("listens");
	}
	return list;
}

void
bsk_unix_door_release(struct bsk_unix_door *door)
{
	bsk_text_drop(&door->where);
}
