/* actors/process_types.c - what the messages of processes are made of. */
#include <sys/resource.h>

#include <buskin/process.h>

static const struct bsk_field fd_fields[] = {
	BSK_FIELD(bsk_process_fd, fd, "what the child gets"),
	BSK_FIELD(bsk_process_fd, to, "under which number", .min = 0,
	    .max = INT32_MAX),
};

const struct bsk_type bsk_process_fd_type =
	BSK_OWNING_TYPE(bsk_process_fd, "one more descriptor", fd_fields);

static const char *const limit_names[] = {
	[RLIMIT_CPU] = "cpu", [RLIMIT_FSIZE] = "fsize", [RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack", [RLIMIT_CORE] = "core", [RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc", [RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock", [RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks", [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio", [RLIMIT_RTTIME] = "rttime",
	[RLIMIT_NLIMITS] = NULL,
};

static const struct bsk_field limit_fields[] = {
	BSK_FIELD(bsk_process_limit, resource, "which, as in RLIMIT_*",
	    .names = limit_names, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_process_limit, soft, "the limit",
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_process_limit, hard, "what it may be raised to",
	    .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_process_limit_type =
	BSK_TYPE(bsk_process_limit, "one resource limit", limit_fields);

static const char *const in_names[] = {
	"default", "pipe", "null", "inherit", NULL,
};
static const char *const err_names[] = {
	"default", "pipe", "null", "inherit", "stdout", NULL,
};

#define STDIO(member, key, doc_, words) \
	BSK_FIELD(bsk_process_config, member, doc_, .json = key, \
	    .names = words, .preset = "\"default\"")

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_process_config, command, "the program and its arguments",
	    .element = BSK_KIND_TEXT, .min = 1, .max = 4096,
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_process_config, env, "NAME=value, over the inherited",
	    .element = BSK_KIND_TEXT, .max = 4096),
	BSK_FIELD(bsk_process_config, clear_env, "inherit no variables"),
	BSK_FIELD(bsk_process_config, directory, "where to run"),
	BSK_FIELD(bsk_process_config, cgroup,
	    "the directory of a control group to run in"),
	STDIO(in, "stdin", "where it reads", in_names),
	STDIO(out, "stdout", "where it writes", in_names),
	STDIO(err, "stderr", "where it complains", err_names),
	BSK_FIELD(bsk_process_config, frame, "how its output is cut",
	    .names = bsk_frame_names, .preset = "\"none\""),
	BSK_FIELD(bsk_process_config, max_frame, "the longest frame",
	    .unit = BSK_UNIT_BYTES, .preset = "\"1MiB\""),
	BSK_FIELD(bsk_process_config, fds, "more descriptors, from C only",
	    .element = BSK_KIND_STRUCT, .type = &bsk_process_fd_type,
	    .max = 1024),
	BSK_FIELD(bsk_process_config, limits, "resource limits",
	    .element = BSK_KIND_STRUCT, .type = &bsk_process_limit_type,
	    .max = 64),
	BSK_FIELD(bsk_process_config, new_session, "in a session of its own"),
	BSK_FIELD(bsk_process_config, own_group, "in a group of its own"),
	BSK_FIELD(bsk_process_config, kill_group,
	    "signals go to its whole group"),
	BSK_FIELD(bsk_process_config, join_group, "a group to join; 0: none",
	    .min = 0, .max = INT32_MAX),
	BSK_FIELD(bsk_process_config, parent_death,
	    "the signal it gets when we die; 0: none",
	    .unit = BSK_UNIT_SIGNAL),
	BSK_FIELD(bsk_process_config, umask, "file mode mask, octal",
	    .max = 4),
	BSK_FIELD(bsk_process_config, set_user, "user and group are meant"),
	BSK_FIELD(bsk_process_config, user, "uid"),
	BSK_FIELD(bsk_process_config, group, "gid"),
	BSK_FIELD(bsk_process_config, log_command,
	    "its arguments may be shown in the log"),
	BSK_FIELD(bsk_process_config, pipe_bytes,
	    "bytes that each pipe to and from it may hold", .json = "pipe",
	    .min = 0, .max = 1 << 30, .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_process_config, grace_ns,
	    "how long it may take to end before harder means",
	    .json = "grace", .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"2s\""),
	BSK_FIELD(bsk_process_config, linger_ns,
	    "how long its output may stay open after it",
	    .json = "linger", .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"1s\""),
};

const struct bsk_type bsk_process_config_type =
	BSK_OWNING_TYPE(bsk_process_config, "what to start, and how",
	    config_fields);

static const struct bsk_field started_fields[] = {
	BSK_FIELD(bsk_process_started, pid, "the child"),
	BSK_FIELD(bsk_process_started, in, "who writes its stdin"),
	BSK_FIELD(bsk_process_started, out, "who reads its stdout"),
	BSK_FIELD(bsk_process_started, err, "who reads its stderr"),
};

const struct bsk_type bsk_process_started_type =
	BSK_TYPE(bsk_process_started, "a child runs", started_fields);

static const struct bsk_field failed_fields[] = {
	BSK_FIELD(bsk_process_failed, error, "why: a negative errno"),
	BSK_FIELD(bsk_process_failed, text, "the program, the step, and why"),
	BSK_FIELD(bsk_process_failed, field, "of the config, if one is at "
	    "fault"),
};

/* Of the control lane: told to an actor whose mailbox may be full of data. */
const struct bsk_type bsk_process_failed_type = {
	.name = "bsk_process_failed",
	.doc = "there is no child",
	.size = sizeof(struct bsk_process_failed),
	.fields = failed_fields,
	.field_count = sizeof(failed_fields) / sizeof(failed_fields[0]),
	.marks = BSK_TYPE_OWNS | BSK_TYPE_CONTROL,
};

static const struct bsk_field closed_fields[] = {
	BSK_FIELD(bsk_process_closed, fd, "0, 1 or 2, as the child calls it"),
	BSK_FIELD(bsk_process_closed, error, "0: in order; or -EPIPE, ..."),
	BSK_FIELD(bsk_process_closed, bytes, "that went through it",
	    .unit = BSK_UNIT_COUNTER),
};

const struct bsk_type bsk_process_closed_type =
	BSK_NEWS_TYPE(bsk_process_closed, "a pipe has come to its end",
	    closed_fields);

static const struct bsk_field exited_fields[] = {
	BSK_FIELD(bsk_process_exited, child, "how it has ended",
	    .type = &bsk_child_exited_type),
	BSK_FIELD(bsk_process_exited, written_bytes,
	    "of stdin, given to the kernel", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_exited, unread_bytes,
	    "of these, never read", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_exited, unsent_bytes,
	    "of stdin, never given to the kernel", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_exited, unsent_messages,
	    "the messages those were in", .unit = BSK_UNIT_COUNTER),
};

const struct bsk_type bsk_process_exited_type =
	BSK_TYPE(bsk_process_exited, "a child has ended", exited_fields);

static const struct bsk_field finished_fields[] = {
	BSK_FIELD(bsk_process_finished, pid, "the child"),
	BSK_FIELD(bsk_process_finished, code,
	    "its exit code, or minus the signal that killed it"),
	BSK_FIELD(bsk_process_finished, out_bytes, "read from its stdout",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_finished, err_bytes, "read from its stderr",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_finished, cut, "output was still open"),
};

const struct bsk_type bsk_process_finished_type =
	BSK_TYPE(bsk_process_finished, "a child's output has ended too",
	    finished_fields);

static const struct bsk_field signal_fields[] = {
	BSK_FIELD(bsk_process_signal, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL, .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_process_signal_type =
	BSK_TYPE(bsk_process_signal, "send the child a signal",
	    signal_fields);

static const struct bsk_field wait_fields[] = {
	BSK_FIELD(bsk_process_wait, reserved, "0"),
};

const struct bsk_type bsk_process_wait_type =
	BSK_CONTROL_TYPE(bsk_process_wait, "how does it end?", wait_fields);

static const char *const state_words[] = {
	"starting", "running", "stopping", "over", NULL,
};
static const char *const pipe_words[] = { "none", "open", "closed", NULL };

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_process_status, state, "how far it has come",
	    .names = state_words),
	BSK_FIELD(bsk_process_status, pid, "the child; 0: none yet"),
	BSK_FIELD(bsk_process_status, code, "how it has ended, once it is "
	    "over"),
	BSK_FIELD(bsk_process_status, in, "the pipe to it", .json = "stdin",
	    .names = pipe_words),
	BSK_FIELD(bsk_process_status, out, "the pipe from it",
	    .json = "stdout", .names = pipe_words),
	BSK_FIELD(bsk_process_status, err, "the other one", .json = "stderr",
	    .names = pipe_words),
	BSK_FIELD(bsk_process_status, waiting_bytes,
	    "for its stdin, not yet with the kernel",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_status, waiting_messages,
	    "the messages those are in", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_status, written_bytes,
	    "of its stdin, given to the kernel", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_status, children, "the child, while it runs",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};

const struct bsk_type bsk_process_status_type =
	BSK_OWNING_TYPE(bsk_process_status, "how a process stands",
	    status_fields);

static const struct bsk_field output_fields[] = {
	BSK_FIELD(bsk_process_output_config, out, "its stdout"),
	BSK_FIELD(bsk_process_output_config, err, "its stderr"),
	BSK_FIELD(bsk_process_output_config, frame, "how they are cut",
	    .names = bsk_frame_names),
	BSK_FIELD(bsk_process_output_config, max_frame,
	    "the longest frame", .unit = BSK_UNIT_BYTES),
};

const struct bsk_type bsk_process_output_config_type =
	BSK_OWNING_TYPE(bsk_process_output_config,
	    "how to read what a child writes", output_fields);

static const struct bsk_field output_finish_fields[] = {
	BSK_FIELD(bsk_process_output_finish, linger_ns, "from now",
	    .json = "linger", .unit = BSK_UNIT_NS),
};

/* These are of the control lane: no full mailbox may keep them. */
const struct bsk_type bsk_process_output_finish_type =
	BSK_CONTROL_TYPE(bsk_process_output_finish,
	    "read what is left of it", output_finish_fields);

static const struct bsk_field output_begun_fields[] = {
	BSK_FIELD(bsk_process_output_begun, out, "who reads stdout"),
	BSK_FIELD(bsk_process_output_begun, err, "who reads stderr"),
};

const struct bsk_type bsk_process_output_begun_type =
	BSK_CONTROL_TYPE(bsk_process_output_begun, "who reads",
	    output_begun_fields);

static const struct bsk_field output_ended_fields[] = {
	BSK_FIELD(bsk_process_output_ended, out_bytes, "read from stdout",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_output_ended, err_bytes, "read from stderr",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_process_output_ended, cut, "it was still open"),
};

/* Behind what was told of the pipes. */
const struct bsk_type bsk_process_output_ended_type =
	BSK_NEWS_TYPE(bsk_process_output_ended, "all has been emitted",
	    output_ended_fields);
