/* actors/pipe_types.c - the words of pipes. */
#include <buskin/pipe.h>

static const char *const end_names[] = {
	[BSK_PIPE_READ] = "read",
	[BSK_PIPE_WRITE] = "write",
	NULL,
};

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_pipe_config, fd, "a descriptor to take"),
	BSK_FIELD(bsk_pipe_config, path, "a file to open", .max = 4095),
	BSK_FIELD(bsk_pipe_config, number, "a descriptor to borrow", .min = 0,
	    .max = INT32_MAX, .json = "fd_number"),
	BSK_FIELD(bsk_pipe_config, end, "read it, or write it",
	    .names = end_names, .preset = "\"read\""),
	BSK_FIELD(bsk_pipe_config, reopen,
	    "open the path again when the other end was closed"),
	BSK_FIELD(bsk_pipe_config, to, "who is told of its end"),
};
const struct bsk_type bsk_pipe_config_type = BSK_OWNING_TYPE(
    bsk_pipe_config, "what to read or write", config_fields);
