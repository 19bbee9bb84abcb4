/* actors/unix_channel_types.c - the words of channels. */
#include <buskin/unix_channel.h>

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_unix_channel_config, fd, "a connected Unix socket"),
	BSK_FIELD(bsk_unix_channel_config, max_fds,
	    "descriptors of one packet that may come", .min = 0,
	    .max = BSK_UNIX_FDS_MAX, .preset = "16"),
	BSK_FIELD(bsk_unix_channel_config, max_size,
	    "bytes of one packet that is read", .min = 0, .max = 1 << 20,
	    .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
};
const struct bsk_type bsk_unix_channel_config_type = BSK_OWNING_TYPE(
    bsk_unix_channel_config, "the socket of a channel", config_fields);

static const struct bsk_field packet_fields[] = {
	BSK_FIELD(bsk_unix_packet, bytes, "the bytes"),
	BSK_FIELD(bsk_unix_packet, fds, "what travels with the first of them",
	    .element = BSK_KIND_FD, .max = BSK_UNIX_FDS_MAX),
};
const struct bsk_type bsk_unix_packet_type = BSK_OWNING_TYPE(
    bsk_unix_packet, "bytes with descriptors", packet_fields);
