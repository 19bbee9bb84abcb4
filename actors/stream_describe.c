/* actors/stream_describe.c - what a stream tells of itself, now and at its
 * end.
 */
#include <stddef.h>
#include <sys/un.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/status.h>
#include <buskin/stream.h>
#include <buskin/unblock.h>
#include <buskin/unix.h>

static int32_t
kind_of(const struct bsk_os *os, int fd)
{
	struct stat status;

	if (os->fstat(os, fd, &status) < 0)
		return BSK_STREAM_OTHER;
	if (S_ISSOCK(status.st_mode))
		return BSK_STREAM_SOCKET;
	if (S_ISFIFO(status.st_mode))
		return BSK_STREAM_PIPE;
	return S_ISCHR(status.st_mode) ? BSK_STREAM_TERMINAL :
	    BSK_STREAM_OTHER;
}

/* A path, or "@name"; a socket without a name has none. */
static bsk_text
name_of(const struct sockaddr_un *address, socklen_t size)
{
	const size_t before = offsetof(struct sockaddr_un, sun_path);
	bsk_text none = { NULL };

	/* The kernel tells of a zero that it did not write. */
	if (size > sizeof(*address))
		size = sizeof(*address);
	if (address->sun_family != AF_UNIX || size <= before)
		return none;
	if (address->sun_path[0] == '\0')
		return bsk_text_format("@%.*s", (int)(size - before - 1),
		    address->sun_path + 1);
	return bsk_text_copy_n(address->sun_path, size - before);
}

static void
look_at_socket(const struct bsk_os *os, int fd,
    struct bsk_stream_status *status)
{
	struct sockaddr_un address = { .sun_family = AF_UNSPEC };
	socklen_t size = sizeof(address);
	struct ucred peer = bsk_unix_peer(os, fd);

	if (os->getsockname(os, fd, (void *)&address, &size) == 0)
		status->name = name_of(&address, size);
	size = sizeof(address);
	if (os->getpeername(os, fd, (void *)&address, &size) == 0)
		status->peer_name = name_of(&address, size);
	status->pid = peer.pid;
	status->uid = peer.uid;
	status->gid = peer.gid;
}

static void
add_fd(bsk_ctx *ctx, bsk_list *fds, int fd, const char *what)
{
	struct bsk_resource *items = fds->items;

	items[fds->count++] = (struct bsk_resource){ .owner = bsk_self(ctx),
		.number = fd, .what = bsk_text_copy(what) };
}

/* One descriptor may be both sides. */
static bsk_list
list_fds(bsk_ctx *ctx, int in, int out)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_resource), 2);

	if (bsk_list_is_lost(fds))
		return fds;
	fds.count = 0;
	if (in >= 0)
		add_fd(ctx, &fds, in, in == out ? "read and written" : "read");
	if (out >= 0 && out != in)
		add_fd(ctx, &fds, out, "written");
	return fds;
}

bsk_message *
bsk_stream_describe(bsk_ctx *ctx, const struct bsk_inlet *in,
    const struct bsk_outlet *out)
{
	bool waits = bsk_outlet_waits(out);
	struct bsk_stream_status status = {
		.fd = in->fd >= 0 ? in->fd : out->fd,
		.reading = in->fd >= 0 && !in->paused && !out->choked,
		.paused = in->paused, .choked = out->choked,
		.hung_up = in->intake.hung_up,
		.writing = out->fd >= 0, .finishing = out->finishing,
		.blocked = waits,
		.waiting_bytes = out->outbox.waiting_bytes,
		.waiting_messages = out->outbox.count,
		.waiting_files = out->files.count,
		.read_bytes = in->intake.read_bytes,
		.written_bytes = bsk_outlet_written(out),
		.late_messages = out->late, .to = in->heir,
		.fds = list_fds(ctx, in->fd, out->fd),
	};

	status.kind = kind_of(bsk_os(ctx), status.fd);
	if (status.kind == BSK_STREAM_SOCKET)
		look_at_socket(bsk_os(ctx), status.fd, &status);
	return bsk_message_new(&bsk_stream_status_type, &status);
}

static void
warn(bsk_ctx *ctx, const struct bsk_outlet *out, int reason)
{
	(void)bsk_log(ctx, BSK_LOG_WARNING, "the stream of descriptor %d was "
	    "cut off with %llu bytes and %u files still to write: %s", out->fd,
	    (unsigned long long)out->outbox.waiting_bytes,
	    (unsigned)out->files.count, bsk_reason_text(reason));
}

static void
give_back(bsk_ctx *ctx, const bsk_fd *fd, const bsk_fd *write_fd)
{
	bsk_block_again(bsk_os(ctx), fd);
	bsk_block_again(bsk_os(ctx), write_fd);
}

void
bsk_stream_conclude(bsk_ctx *ctx, const bsk_fd *fd, const bsk_fd *write_fd,
    struct bsk_inlet *in, struct bsk_outlet *out, int reason)
{
	const struct bsk_stream_config *config = bsk_config(ctx);
	struct bsk_stream_ended ended = { .reason = reason,
		.read_bytes = in->intake.read_bytes };

	if (reason < 0 && out->fd >= 0 && bsk_outlet_waits(out))
		warn(ctx, out, reason);
	in->fd = out->fd = -1;
	bsk_outlet_release(out, ctx);
	ended.written_bytes = bsk_outlet_written(out);
	ended.unsent_bytes = out->outbox.lost_bytes;
	ended.unsent_messages = out->outbox.lost_messages;
	ended.unread_bytes = out->unread_bytes;
	give_back(ctx, fd, write_fd);
	if (config != NULL)
		give_back(ctx, &config->fd, &config->write_fd);
	bsk_inlet_announce(in, ctx, &bsk_stream_ended_type, &ended);
}
