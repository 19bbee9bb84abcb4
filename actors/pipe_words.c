/* actors/pipe_words.c - what is said of pipes. */
#include <errno.h>
#include <inttypes.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/pipe.h>
#include <buskin/status.h>

int
bsk_pipe_look(const struct bsk_os *os, int fd,
    struct bsk_pipe_opened *ret_opened)
{
	struct stat status;
	int error = os->fstat(os, fd, &status);

	if (error < 0)
		return error;
	ret_opened->number = fd;
	ret_opened->inode = status.st_ino;
	ret_opened->kind = BSK_PIPE_DEVICE;
	if (S_ISFIFO(status.st_mode))
		ret_opened->kind = BSK_PIPE_FIFO;
	else if (S_ISSOCK(status.st_mode))
		ret_opened->kind = BSK_PIPE_SOCKET;
	return 0;
}

/* That the reader goes away is in order; that nothing can be read any more,
 * say, is not. */
bool
bsk_pipe_is_orderly(const struct bsk_pipe_config *config, int reason)
{
	return reason == 0 || (config->end == BSK_PIPE_WRITE &&
	    (reason == -EPIPE || reason == -ECONNRESET));
}

static bsk_text
text_of(const struct bsk_pipe_config *config, const char *why)
{
	const char *path = bsk_text_chars(config->path);
	int fd = bsk_fd_number(config->fd);

	if (fd < 0 && path[0] != '\0')
		return bsk_text_format("%s: %s", path, why);
	return bsk_text_format(
	    "descriptor %d: %s", fd < 0 ? config->number : fd, why);
}

/* The config keeps its own descriptor until the actor is over, so a copy is
 * given back. */
int
bsk_pipe_refuse(bsk_ctx *ctx, const struct bsk_pipe_config *config, int error,
    const struct bsk_pipe_trouble *trouble)
{
	const struct bsk_os *os = bsk_os(ctx);
	bsk_text text = text_of(config, trouble->why);
	int fd = bsk_fd_number(config->fd);

	if (!bsk_ref_is_nobody(config->to)) {
		(void)bsk_send(ctx, config->to, BSK_NEW(bsk_pipe_refused,
		    .error = error, .text = text,
		    .field = bsk_text_copy(trouble->field),
		    .fd = bsk_fd_own(fd < 0 ? -1 : os->dup(os, fd))));
		return error;
	}
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s", bsk_text_chars(text));
	bsk_text_drop(&text);
	return error;
}

static bsk_list
descriptors(const struct bsk_pipe_opened *opened, int32_t end)
{
	bsk_list list = bsk_list_new(
	    sizeof(struct bsk_resource), opened->number >= 0 ? 1 : 0);
	struct bsk_resource *items = list.items;

	if (list.count == 1) {
		items->number = opened->number;
		items->what = bsk_text_format("%s, inode %" PRIu64,
		    end == BSK_PIPE_WRITE ? "written" : "read", opened->inode);
	}
	return list;
}

bsk_message *
bsk_pipe_describe(const struct bsk_pipe_opened *opened, int32_t end,
    int32_t state, const struct bsk_stream_status *of)
{
	bool is_write = end == BSK_PIPE_WRITE;

	return BSK_NEW(bsk_pipe_status, .number = opened->number,
	    .kind = opened->kind, .inode = opened->inode, .end = end,
	    .state = state, .reading = !is_write && state == BSK_PIPE_OPEN,
	    .hung_up = of->hung_up, .can_finish = is_write,
	    .waiting_bytes = of->waiting_bytes, .read_bytes = of->read_bytes,
	    .written_bytes = of->written_bytes,
	    .fds = descriptors(opened, end));
}
