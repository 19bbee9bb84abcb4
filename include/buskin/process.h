/* buskin/process.h - a child process as an actor.
 *
 * A process actor starts a program and is its life: what the actor is sent as
 * bsk_bytes (in port "stdin") the child reads; what the child writes leaves by
 * the ports "stdout" and "stderr"; the ports "started", "exited" and
 * "finished" say, in that order and once each, that it runs, how it ended, and
 * that its output has been read to the end. In between, "closed" says of each
 * pipe when it has come to its end, which may be before or after "exited".
 * When no child could be made, "failed" says why, and nothing else does.
 *
 * When the child ends without having been asked to, so does the actor: in
 * order when the exit code is 0, else with -ECHILD. Under a supervisor it is
 * restarted in place, and what waits in its mailbox goes to the next child.
 * Asked to stop, it writes what waits, closes the child's stdin, and waits for
 * it to end. When the child has neither read nor ended for `grace_ns`, it sends
 * SIGTERM, waits as long again, and sends SIGKILL. Ended in any other way it
 * sends SIGKILL at once. No child outlives its actor.
 *
 * An actor may also send it
 *	bsk_stream_finish   end of file for its stdin, after what was sent
 *	bsk_process_signal  ask; answered by bsk_result
 *	bsk_process_wait    ask; answered by bsk_child_exited
 *	bsk_status_ask      ask; answered by bsk_process_status
 */
#ifndef BUSKIN_PROCESS_H
#define BUSKIN_PROCESS_H

#include <buskin/child.h>
#include <buskin/class.h>
#include <buskin/framer.h>
#include <buskin/life.h>
#include <buskin/outbox.h>
#include <buskin/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a child gets as one of its standard descriptors. */
enum bsk_stdio {
	BSK_STDIO_DEFAULT, /* stdin: a pipe; stdout, stderr: a pipe when the
	                    * port is wired, else as `inherit` */
	BSK_STDIO_PIPE,    /* a pipe to or from the actor */
	BSK_STDIO_NULL,    /* /dev/null */
	BSK_STDIO_INHERIT, /* the same as this process has */
	BSK_STDIO_STDOUT   /* stderr only: wherever stdout goes */
};

/* One more descriptor for the child. */
struct bsk_process_fd {
	bsk_fd fd;  /* what it gets a duplicate of */
	int32_t to; /* under which number, from 0; no number twice. One of the
	             * three standard ones must be BSK_STDIO_DEFAULT for it */
};
BSK_DECLARE(bsk_process_fd);

/* One resource limit of the child. */
struct bsk_process_limit {
	int32_t resource; /* RLIMIT_* of getrlimit(2); in JSON "nofile" and so
	                   * on */
	uint64_t soft;    /* the limit; UINT64_MAX: none */
	uint64_t hard;    /* what it may be raised to; UINT64_MAX: none */
};
BSK_DECLARE(bsk_process_limit);

/* What to start, and how. All zeros but `command` is a good default. */
struct bsk_process_config {
	bsk_list command;    /* of texts: the program, then its arguments. A
	                      * name without a slash is looked for in PATH */
	bsk_list env;        /* of texts "NAME=value", over the inherited
	                      * ones */
	bool clear_env;      /* inherit none */
	bsk_text directory;  /* to run in; none: as this process */
	bsk_text cgroup;     /* the directory of a control group to run in;
	                      * none: as this process */
	int32_t in;          /* enum bsk_stdio */
	int32_t out;         /* enum bsk_stdio */
	int32_t err;         /* enum bsk_stdio */
	int32_t frame;       /* enum bsk_frame: how stdout and stderr are cut */
	uint32_t max_frame;  /* bytes in the longest frame; 0: 1 MiB */
	bsk_list fds;        /* of struct bsk_process_fd */
	bsk_list limits;     /* of struct bsk_process_limit */
	bool new_session;    /* setsid(2) */
	bool own_group;      /* a process group of its own */
	bool kill_group;     /* signals go to its whole group, of which nobody
	                      * outlives the actor; implies own_group. Before
	                      * Linux 6.9 only as long as the child itself
	                      * lives */
	int32_t join_group;  /* a process group to join; 0: none */
	int32_t parent_death; /* the signal it gets when this process dies; 0:
	                       * none */
	bsk_text umask;      /* file mode creation mask, octal; none: as this
	                      * process */
	bool set_user;       /* `user` and `group` are meant */
	uint32_t user;       /* uid */
	uint32_t group;      /* gid, and the only supplementary group */
	bool log_command;    /* its arguments may be shown in the log */
	uint32_t pipe_bytes; /* that each pipe to and from it is to hold; to
	                      * 1 GiB, 0: as the kernel has it, mostly 64 KiB.
	                      * Where it does not grant that (see pipe(7)) it
	                      * stays so. 256 KiB pay where much goes through */
	int64_t grace_ns;    /* to end when asked, before harder means; 0:
	                      * 2 s. A supervisor must give the actor more
	                      * than twice this, or it comes first */
	int64_t linger_ns;   /* for output to end after the child, when another
	                      * process holds it open; 0: 1 s */
};
BSK_DECLARE(bsk_process_config);

/* The child runs: the program has been executed. */
struct bsk_process_started {
	int32_t pid; /* which it is */
	bsk_ref in;  /* who writes its stdin: the process actor; nobody: that is
	              * no pipe */
	bsk_ref out; /* who reads its stdout: a stream, or a framer where it is
	              * cut; nobody: no pipe */
	bsk_ref err; /* who reads its stderr, likewise */
};
BSK_DECLARE(bsk_process_started);

/* There is no child, and no trace of one. */
struct bsk_process_failed {
	int32_t error;  /* why: a negative errno */
	bsk_text text;  /* the program, the step that failed, and why */
	bsk_text field; /* of the config, the one at fault; NULL: none */
};
BSK_DECLARE(bsk_process_failed);

/* One of the pipes to and from the child has come to its end. */
struct bsk_process_closed {
	int32_t fd;     /* 0, 1 or 2, as the child calls it */
	int32_t error;  /* 0: in order; -EPIPE: the child does not read any
	                 * more; ... */
	uint64_t bytes; /* that went through it */
};
BSK_DECLARE(bsk_process_closed);

/* The child has ended; its output may not have been read to the end yet. */
struct bsk_process_exited {
	struct bsk_child_exited child; /* how */
	uint64_t written_bytes; /* of stdin, given to the kernel */
	uint64_t unread_bytes;  /* of these, never read by the child */
	uint64_t unsent_bytes;  /* of stdin, never given to the kernel */
	uint64_t unsent_messages; /* the messages those were in. Restarted, the
	                           * actor hears again those that were not
	                           * begun; the others count as lost */
};
BSK_DECLARE(bsk_process_exited);

/* How it stands with a child that has ended so, whose stdin is `fd`, and what
 * waits for it in `outbox`. Inside a handler. */
struct bsk_process_exited bsk_process_exited_of(bsk_ctx *ctx,
    const struct bsk_child_exited *child, const struct bsk_outbox *outbox,
    int fd);

/* The same for people: "grep: pid 7 was killed by signal 9; of its stdin ...".
 * The caller's to drop; lost for want of memory. Any thread. */
bsk_text bsk_process_exited_text(const char *program,
    const struct bsk_process_exited *exited);

/* Says that to the log, as a warning, when it is worth a line: the child was to
 * end (`is_wanted`) and something was lost by it, or it was not to and has
 * failed. Inside a handler. */
void bsk_process_exited_log(bsk_ctx *ctx, const struct bsk_process_config *how,
    const struct bsk_process_exited *exited, bool is_wanted);

/* Says to the log, at the level "debug", that a child runs: its program, its
 * pid and, where `log_command` permits, its arguments. Inside a handler. */
void bsk_process_started_log(bsk_ctx *ctx,
    const struct bsk_process_config *how, int32_t pid);

/* The last word: the child has ended and its output has been emitted. */
struct bsk_process_finished {
	int32_t pid;        /* which it was */
	int32_t code;       /* as in bsk_process_exited */
	uint64_t out_bytes; /* read from its stdout */
	uint64_t err_bytes; /* read from its stderr */
	bool cut;           /* output was still open after `linger_ns`; what
	                     * came later is lost */
};
BSK_DECLARE(bsk_process_finished);

/* Send the child a signal. Answered by bsk_result: -ESRCH: it does not run;
 * -EINVAL: no such signal; -EPERM. */
struct bsk_process_signal {
	int32_t number; /* which */
};
BSK_DECLARE(bsk_process_signal);

/* How does it end? Ask. Answered by bsk_child_exited: at once when that is
 * known already, else as soon as it is, whatever its output does. Fails when
 * the actor ends before. */
struct bsk_process_wait {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_process_wait);

/* How far a process has come. */
enum bsk_process_state {
	BSK_PROCESS_STARTING, /* there is no child yet */
	BSK_PROCESS_RUNNING,  /* there is */
	BSK_PROCESS_STOPPING, /* and it is to end */
	BSK_PROCESS_OVER      /* it has ended; its output has not */
};

/* What one of the three standard descriptors of a child is. */
enum bsk_process_pipe {
	BSK_PROCESS_NO_PIPE,     /* none of ours */
	BSK_PROCESS_PIPE_OPEN,   /* a pipe */
	BSK_PROCESS_PIPE_CLOSED  /* it was one, and has ended */
};

/* How a process stands. */
struct bsk_process_status {
	int32_t state;   /* enum bsk_process_state */
	int32_t pid;     /* the child; 0: none yet */
	int32_t code;    /* as in bsk_child_exited; 0 until it is over */
	int32_t in;      /* stdin: enum bsk_process_pipe */
	int32_t out;     /* stdout: enum bsk_process_pipe */
	int32_t err;     /* stderr: enum bsk_process_pipe */
	uint64_t waiting_bytes;    /* for its stdin, not yet with the kernel */
	uint64_t waiting_messages; /* the messages those are in */
	uint64_t written_bytes;    /* of its stdin, given to the kernel */
	bsk_list children; /* of struct bsk_resource: the child, while it
	                    * runs */
};
BSK_DECLARE(bsk_process_status);

/* Whether a config (a struct bsk_process_config) makes sense as a whole, as the
 * class's `check`: -EINVAL and the field at fault if not. Any thread. */
int bsk_process_check(const void *config, struct bsk_config_fault *ret_fault);

/* The class "process". */
extern const struct bsk_class bsk_process_class;

/* The ports of a process. */
enum bsk_process_port {
	BSK_PROCESS_STDIN,   /* in: bsk_bytes */
	BSK_PROCESS_STDOUT,  /* bsk_bytes */
	BSK_PROCESS_STDERR,  /* bsk_bytes */
	BSK_PROCESS_STARTED, /* bsk_process_started */
	BSK_PROCESS_EXITED,  /* bsk_process_exited */
	BSK_PROCESS_FINISHED, /* bsk_process_finished */
	BSK_PROCESS_CLOSED,  /* bsk_process_closed */
	BSK_PROCESS_FAILED,  /* bsk_process_failed */
	/* bsk_child_stopped: it does not run, and has not ended; of buskin/
	 * child.h. Only where this or the next is wired is it looked for, which
	 * needs SIGCHLD, or a clock */
	BSK_PROCESS_STOPPED,
	BSK_PROCESS_CONTINUED /* bsk_child_continued: it runs again */
};

/* --- what a process actor is made of -------------------------------------- */

/* The class "process-child": keeps the child of a process actor; its config is
 * a copy of that one's, in which no standard descriptor is BSK_STDIO_DEFAULT
 * but those that `fds` gives: what is not said follows from the wires. To its
 * parent it tells bsk_process_spawned (without a pidfd) and bsk_child_exited,
 * or bsk_process_failed. It hears bsk_process_signal and bsk_process_wait. */
extern const struct bsk_class bsk_process_child_class;

/* The ports of a keeper, as those of a process actor. */
enum bsk_process_child_port {
	BSK_PROCESS_CHILD_STOPPED,  /* "stopped": bsk_child_stopped */
	BSK_PROCESS_CHILD_CONTINUED /* "continued": bsk_child_continued */
};

/* Spawns one for a process actor, in its name: of stops it tells whoever is
 * wired to the actor's ports of these names. Inside a handler. -ENOMEM, or as
 * bsk_spawn. */
int bsk_process_child_spawn(bsk_ctx *ctx, bsk_ref *ret_keeper);

/* --- input ------------------------------------------------------------ */

/* Whether anything can be written to a child's stdin. */
enum bsk_process_input_state {
	BSK_PROCESS_INPUT_HELD, /* not now; it may be later */
	BSK_PROCESS_INPUT_OPEN, /* yes */
	BSK_PROCESS_INPUT_OVER  /* never again */
};

/* A child's stdin, as part of an actor's state. All zeros is good: what is put
 * before there is a child waits for it. */
struct bsk_process_input {
	struct bsk_outbox outbox; /* what waits */
	bsk_ref reactor;  /* private */
	bsk_fd fd;        /* the pipe; none: closed */
	enum bsk_process_input_state state; /* can it be written? */
	bool finishing;   /* it is closed when nothing waits any more */
	int error;        /* what writing failed with; 0: it has not */
};

/* There is a child, and `fd` leads to its stdin; -1: it has no pipe there. The
 * actor hears bsk_fd_ready, and bsk_result once. Inside a handler, as all of
 * these. Returns 0 or a negative errno. */
int bsk_process_input_open(struct bsk_process_input *input, bsk_ctx *ctx,
    int fd);

/* Takes the message in hand, whose body is `bytes`. 0, or -ENOMEM: it is
 * lost. */
int bsk_process_input_put(struct bsk_process_input *input, bsk_ctx *ctx,
    const struct bsk_bytes *bytes);

/* Writes what waits, as far as there is room. */
void bsk_process_input_flush(struct bsk_process_input *input, bsk_ctx *ctx);

/* The child has ended: what waits is held. */
void bsk_process_input_hold(struct bsk_process_input *input, bsk_ctx *ctx);

/* Nobody will read any more: what waits is lost. */
void bsk_process_input_lose(struct bsk_process_input *input, bsk_ctx *ctx);

/* --- output ----------------------------------------------------------- */

/* How to read what a child writes. */
struct bsk_process_output_config {
	bsk_fd out;           /* its stdout, non-blocking; none: not a pipe */
	bsk_fd err;           /* its stderr, non-blocking; none: not a pipe */
	int32_t frame;        /* enum bsk_frame */
	uint32_t max_frame;   /* bytes in the longest frame; 0: 1 MiB */
};
BSK_DECLARE(bsk_process_output_config);

/* The child has ended: read what it has left, and no longer than this if
 * another process holds it open. */
struct bsk_process_output_finish {
	int64_t linger_ns; /* from now; nanoseconds; 0: 1 s */
};
BSK_DECLARE(bsk_process_output_finish);

/* To the parent, as the first thing: who reads. */
struct bsk_process_output_begun {
	bsk_ref out; /* its stdout; nobody: not a pipe */
	bsk_ref err; /* its stderr; nobody: not a pipe */
};
BSK_DECLARE(bsk_process_output_begun);

/* To the parent, as the last thing: all has been emitted. Before it comes
 * bsk_process_closed for each of the two that is a pipe. */
struct bsk_process_output_ended {
	uint64_t out_bytes; /* read from stdout */
	uint64_t err_bytes; /* read from stderr */
	bool cut;           /* it was still open when the time was over */
};
BSK_DECLARE(bsk_process_output_ended);

/* The class "process-output": a stream or a framer for each of the two. */
extern const struct bsk_class bsk_process_output_class;

/* Spawns one for a process actor, in its name: what it reads goes to whoever is
 * wired to the actor's ports of the names below. Takes the descriptors. Inside
 * a handler. Errors as bsk_spawn. */
int bsk_process_output_spawn(bsk_ctx *ctx, bsk_fd out, bsk_fd err,
    bsk_ref *ret_reader);

/* The ports of an output. */
enum bsk_process_output_port {
	BSK_PROCESS_OUTPUT_OUT, /* "stdout": bsk_bytes */
	BSK_PROCESS_OUTPUT_ERR  /* "stderr": bsk_bytes */
};

#ifdef __cplusplus
}
#endif

#endif
