/* actors/pipe_types.c - the words of pipes. */
#include <buskin/pipe.h>
#include <buskin/status.h>

static const char *const end_names[] = {
	[BSK_PIPE_READ] = "read",
	[BSK_PIPE_WRITE] = "write",
	NULL,
};

static const char *const kind_names[] = {
	[BSK_PIPE_FIFO] = "fifo",
	[BSK_PIPE_SOCKET] = "socket",
	[BSK_PIPE_DEVICE] = "device",
	NULL,
};

static const char *const state_names[] = {
	[BSK_PIPE_WAITING] = "waiting",
	[BSK_PIPE_OPEN] = "open",
	[BSK_PIPE_PAUSED] = "paused",
	[BSK_PIPE_CLOSING] = "closing",
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
	    "begin anew when the other end was closed"),
	BSK_FIELD(bsk_pipe_config, high_water,
	    "bytes that wait to be written: more is too much",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_pipe_config, low_water, "and no more is little again",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_pipe_config, to, "who is told what happens"),
};
const struct bsk_type bsk_pipe_config_type = BSK_OWNING_TYPE(
    bsk_pipe_config, "what to read or write", config_fields);

static const struct bsk_field opened_fields[] = {
	BSK_FIELD(bsk_pipe_opened, number, "the descriptor"),
	BSK_FIELD(bsk_pipe_opened, kind, "of what kind",
	    .names = kind_names),
	BSK_FIELD(bsk_pipe_opened, inode, "of the file"),
};
const struct bsk_type bsk_pipe_opened_type =
    BSK_NEWS_TYPE(bsk_pipe_opened, "the pipe is open", opened_fields);

static const struct bsk_field refused_fields[] = {
	BSK_FIELD(bsk_pipe_refused, error, "why, as an errno, negative"),
	BSK_FIELD(bsk_pipe_refused, text, "why, for people"),
	BSK_FIELD(bsk_pipe_refused, field, "of the config, that is at fault"),
	BSK_FIELD(bsk_pipe_refused, fd, "given back"),
};
const struct bsk_type bsk_pipe_refused_type = BSK_OWNING_TYPE(
    bsk_pipe_refused, "the pipe cannot be had so", refused_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_pipe_status, number, "the descriptor; -1: none",
	    .min = -1, .max = INT32_MAX),
	BSK_FIELD(bsk_pipe_status, kind, "of what kind", .names = kind_names),
	BSK_FIELD(bsk_pipe_status, inode, "of the file"),
	BSK_FIELD(bsk_pipe_status, end, "read, or written",
	    .names = end_names),
	BSK_FIELD(bsk_pipe_status, state, "where it stands",
	    .names = state_names),
	BSK_FIELD(bsk_pipe_status, reading, "neither paused nor closing"),
	BSK_FIELD(bsk_pipe_status, hung_up, "the other end is gone"),
	BSK_FIELD(bsk_pipe_status, can_finish,
	    "can be told that no more will be written"),
	BSK_FIELD(bsk_pipe_status, waiting_bytes, "to be written"),
	BSK_FIELD(bsk_pipe_status, read_bytes, "since it was opened",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_pipe_status, written_bytes, "given to the kernel",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_pipe_status, fds, "the descriptor",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type bsk_pipe_status_type =
    BSK_OWNING_TYPE(bsk_pipe_status, "how a pipe stands", status_fields);
