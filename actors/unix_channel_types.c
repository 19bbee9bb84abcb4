/* actors/unix_channel_types.c - the words of channels. */
#include <errno.h>

#include <buskin/unix.h>
#include <buskin/unix_channel.h>

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_unix_channel_config, fd, "a connected Unix socket"),
	BSK_FIELD(bsk_unix_channel_config, path,
	    "where to connect: a path, or @name", .max = BSK_UNIX_PATH_MAX),
	BSK_FIELD(bsk_unix_channel_config, timeout_ns,
	    "how long, while the accept queue is full", .json = "timeout",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"5s\""),
	BSK_FIELD(bsk_unix_channel_config, max_fds,
	    "descriptors of one packet that may come", .min = 0,
	    .max = BSK_UNIX_FDS_MAX, .preset = "16"),
	BSK_FIELD(bsk_unix_channel_config, max_size,
	    "bytes of one packet that is read", .min = 0, .max = 1 << 20,
	    .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
};
const struct bsk_type bsk_unix_channel_config_type = BSK_OWNING_TYPE(
    bsk_unix_channel_config, "the socket of a channel", config_fields);

int
bsk_unix_channel_check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_unix_channel_config *config = body;
	struct bsk_config_fault found = { .field = "path" };
	bool is_given = bsk_fd_number(config->fd) >= 0;
	int error = 0;

	if (!is_given)
		error = bsk_unix_path_check(bsk_text_chars(config->path),
		    found.text, sizeof(found.text));
	else if (config->path.chars != NULL) {
		found = (struct bsk_config_fault){ .field = "path",
			.text = "a path and a socket cannot both be given" };
		error = -EINVAL;
	}
	if (error < 0)
		*ret_fault = found;
	return error;
}

static const struct bsk_field packet_fields[] = {
	BSK_FIELD(bsk_unix_packet, bytes, "the bytes"),
	BSK_FIELD(bsk_unix_packet, fds, "what travels with the first of them",
	    .element = BSK_KIND_FD, .max = BSK_UNIX_FDS_MAX),
};
const struct bsk_type bsk_unix_packet_type = BSK_OWNING_TYPE(
    bsk_unix_packet, "bytes with descriptors", packet_fields);
