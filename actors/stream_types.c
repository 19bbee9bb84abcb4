/* actors/stream_types.c - the words of streams. */
#include <buskin/status.h>
#include <buskin/stream.h>

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_stream_config, fd, "to read and write"),
	BSK_FIELD(bsk_stream_config, write_fd, "to write, if that is another"),
	BSK_FIELD(bsk_stream_config, read_only, "never write to fd"),
	BSK_FIELD(bsk_stream_config, write_only, "never read from fd"),
	BSK_FIELD(bsk_stream_config, half_close,
	    "at end of file go on writing until told to finish"),
	BSK_FIELD(bsk_stream_config, linger_ns,
	    "at end of file, how long to wait for more to write",
	    .json = "linger", .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"1s\""),
	BSK_FIELD(bsk_stream_config, read_size, "bytes per read", .min = 0,
	    .max = 1 << 20, .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
	BSK_FIELD(bsk_stream_config, read_budget, "bytes read per turn",
	    .min = 0, .max = 1 << 30, .unit = BSK_UNIT_BYTES,
	    .preset = "\"256KiB\""),
	BSK_FIELD(bsk_stream_config, high_water,
	    "bytes of waiting output above which reading stops",
	    .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
	BSK_FIELD(bsk_stream_config, low_water,
	    "bytes of waiting output at which reading goes on",
	    .unit = BSK_UNIT_BYTES),
};
const struct bsk_type bsk_stream_config_type = BSK_OWNING_TYPE(
    bsk_stream_config, "how to read and write a descriptor", config_fields);

static const struct bsk_field pause_fields[] = {
	BSK_FIELD(bsk_stream_pause, reserved, "0"),
};
const struct bsk_type bsk_stream_pause_type = BSK_CONTROL_TYPE(
    bsk_stream_pause, "read no more until resumed", pause_fields);

static const struct bsk_field resume_fields[] = {
	BSK_FIELD(bsk_stream_resume, reserved, "0"),
};
const struct bsk_type bsk_stream_resume_type =
	BSK_CONTROL_TYPE(bsk_stream_resume, "read again", resume_fields);

static const struct bsk_field finish_fields[] = {
	BSK_FIELD(bsk_stream_finish, reserved, "0"),
};
const struct bsk_type bsk_stream_finish_type = BSK_TYPE(bsk_stream_finish,
    "write what waits, then shut the writing side", finish_fields);

static const struct bsk_field abort_fields[] = {
	BSK_FIELD(bsk_stream_abort, reserved, "0"),
};
const struct bsk_type bsk_stream_abort_type =
	BSK_CONTROL_TYPE(bsk_stream_abort, "end at once", abort_fields);

static const struct bsk_field hand_over_fields[] = {
	BSK_FIELD(bsk_stream_hand_over, to, "who reads from now on"),
};
const struct bsk_type bsk_stream_hand_over_type = BSK_CONTROL_TYPE(
    bsk_stream_hand_over, "give another what is read", hand_over_fields);

static const struct bsk_field eof_fields[] = {
	BSK_FIELD(bsk_stream_eof, read_bytes, "read in the stream's whole life",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_stream_eof_type =
	BSK_NEWS_TYPE(bsk_stream_eof, "the peer writes no more", eof_fields);

static const struct bsk_field ended_fields[] = {
	BSK_FIELD(bsk_stream_ended, reason, "0: in order; or -EPIPE, ..."),
	BSK_FIELD(bsk_stream_ended, read_bytes, "read in its whole life",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_ended, written_bytes, "given to the kernel",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_ended, unsent_bytes,
	    "taken, but never given to the kernel", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_ended, unsent_messages,
	    "the messages those were in", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_ended, unread_bytes,
	    "still in the pipe when its reader left",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_ended, truncated,
	    "the peer went without a farewell"),
};
const struct bsk_type bsk_stream_ended_type =
	BSK_NEWS_TYPE(bsk_stream_ended, "the stream has ended", ended_fields);

static const char *const kind_names[] = {
	"socket", "pipe", "device", "other", NULL,
};

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_stream_status, fd, "the descriptor"),
	BSK_FIELD(bsk_stream_status, kind, "of it", .names = kind_names),
	BSK_FIELD(bsk_stream_status, reading, "it reads"),
	BSK_FIELD(bsk_stream_status, paused, "not, by request"),
	BSK_FIELD(bsk_stream_status, choked, "not, by its own output"),
	BSK_FIELD(bsk_stream_status, hung_up, "the peer's end is near"),
	BSK_FIELD(bsk_stream_status, writing, "the writing side is open"),
	BSK_FIELD(bsk_stream_status, finishing, "until nothing waits"),
	BSK_FIELD(bsk_stream_status, blocked, "waits for room to write"),
	BSK_FIELD(bsk_stream_status, waiting_bytes, "to be written",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_status, waiting_messages, "those are in",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_status, waiting_files, "to be sent"),
	BSK_FIELD(bsk_stream_status, read_bytes, "read in its whole life",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_status, written_bytes, "given to the kernel",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_status, late_messages, "too late to be written",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_status, pid, "the peer's process"),
	BSK_FIELD(bsk_stream_status, uid, "the peer's user"),
	BSK_FIELD(bsk_stream_status, gid, "the peer's group"),
	BSK_FIELD(bsk_stream_status, name, "of the socket"),
	BSK_FIELD(bsk_stream_status, peer_name, "of the peer's socket"),
	BSK_FIELD(bsk_stream_status, to, "who it was handed over to"),
	BSK_FIELD(bsk_stream_status, fds, "what it has open",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type bsk_stream_status_type = BSK_OWNING_TYPE(
    bsk_stream_status, "how a stream stands", status_fields);
