/* actors/framer_types.c - the words of framers. */
#include <buskin/framer.h>

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_framer_config, frame, "how to cut",
	    .names = bsk_frame_names, .preset = "\"lines\""),
	BSK_FIELD(bsk_framer_config, max_frame, "bytes in the largest frame",
	    .min = 0, .max = 1 << 30, .unit = BSK_UNIT_BYTES,
	    .preset = "\"1MiB\""),
	BSK_FIELD(bsk_framer_config, stream, "the stream to stand before",
	    .type = &bsk_stream_config_type),
	BSK_FIELD(bsk_framer_config, tls_role, "which side of TLS"),
	BSK_FIELD(bsk_framer_config, tls, "on which terms to speak TLS",
	    .type = &bsk_tls_terms_type),
};
const struct bsk_type bsk_framer_config_type = BSK_OWNING_TYPE(
    bsk_framer_config, "how to cut bytes into frames", config_fields);
