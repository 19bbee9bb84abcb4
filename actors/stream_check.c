/* actors/stream_check.c - whether a stream can be made of a config, and how. */
#include <errno.h>
#include <fcntl.h>

#include <buskin/log.h>
#include <buskin/stream.h>

#define READ_SIZE 65536
#define READ_BUDGET 262144

/* Files and devices are ready at any time. */
static bool
can_block(const struct bsk_os *os, int fd)
{
	struct stat status;

	return os->fstat(os, fd, &status) == 0 &&
	    (S_ISSOCK(status.st_mode) || S_ISFIFO(status.st_mode));
}

/* One that blocks would hold up every actor of its worker. */
static int
check_fd(bsk_ctx *ctx, const char *field, bsk_fd fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	int number = bsk_fd_number(fd);
	int flags = number < 0 ? O_NONBLOCK : os->flags_get(os, number);

	if (flags < 0)
		return flags;
	if ((flags & O_NONBLOCK) != 0 || !can_block(os, number))
		return 0;
	(void)bsk_log(ctx, BSK_LOG_ERROR,
	    "a stream's %s: descriptor %d blocks", field, number);
	return -EINVAL;
}

static int
check_marks(bsk_ctx *ctx, const struct bsk_stream_config *config)
{
	struct bsk_pressure pressure;
	int error = bsk_pressure_set(
	    &pressure, config->high_water, config->low_water);

	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "a stream's low_water: %llu "
		    "is above high_water", (unsigned long long)
		    config->low_water);
	return error;
}

int
bsk_stream_check(bsk_ctx *ctx, const struct bsk_stream_config *config)
{
	bool is_none = config == NULL || (bsk_fd_number(config->fd) < 0 &&
	    bsk_fd_number(config->write_fd) < 0);
	int error = is_none ? -EBADF : check_marks(ctx, config);

	if (error == 0)
		error = check_fd(ctx, "fd", config->fd);
	if (error == 0)
		error = check_fd(ctx, "write_fd", config->write_fd);
	return error;
}

void
bsk_stream_begin(bsk_ctx *ctx, const struct bsk_stream_config *config, int fd,
    int write_fd, struct bsk_inlet *in, struct bsk_outlet *out)
{
	in->port = BSK_STREAM_DATA;
	in->read_size = config->read_size;
	in->read_size += in->read_size == 0 ? READ_SIZE : 0;
	in->read_budget = config->read_budget;
	in->read_budget += in->read_budget == 0 ? READ_BUDGET : 0;
	in->fd = config->write_only ? -1 : fd;
	bsk_intake_open(&in->intake, ctx, fd);
	out->fd = write_fd;
	if (write_fd < 0 && !config->read_only)
		out->fd = fd;
	(void)bsk_pressure_set(
	    &out->pressure, config->high_water, config->low_water);
}
