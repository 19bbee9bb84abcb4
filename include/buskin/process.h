/* buskin/process.h - a child process as an actor.
 *
 * A process actor starts a program and is its life: what the actor is sent as
 * bsk_bytes (in port "stdin") the child reads; what the child writes leaves by
 * the ports "stdout" and "stderr"; the ports "started", "exited" and
 * "finished" say, in that order and once each, that it runs, how it ended, and
 * that its output has been read to the end.
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
 */
#ifndef BUSKIN_PROCESS_H
#define BUSKIN_PROCESS_H

#include <buskin/child.h>
#include <buskin/class.h>
#include <buskin/framer.h>
#include <buskin/life.h>
#include <buskin/os.h>

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
	int32_t to; /* under which number; from 3 */
};
BSK_DECLARE(bsk_process_fd);

/* One resource limit of the child. */
struct bsk_process_limit {
	int32_t resource; /* RLIMIT_* of getrlimit(2) */
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
	                      * outlives the actor; implies own_group */
	int32_t join_group;  /* a process group to join; 0: none */
	int32_t parent_death; /* the signal it gets when this process dies; 0:
	                       * none */
	bsk_text umask;      /* file mode creation mask, octal; none: as this
	                      * process */
	bool set_user;       /* `user` and `group` are meant */
	uint32_t user;       /* uid */
	uint32_t group;      /* gid, and the only supplementary group */
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
};
BSK_DECLARE(bsk_process_started);

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

/* The same for people: "grep: pid 7 was killed by signal 9; of its stdin ...".
 * The caller's to drop; lost for want of memory. Any thread. */
bsk_text bsk_process_exited_text(const char *program,
    const struct bsk_process_exited *exited);

/* Says that to the log, as a warning; the program is the first of `command`,
 * which must have one. Inside a handler. */
void bsk_process_exited_log(bsk_ctx *ctx, const bsk_list *command,
    const struct bsk_process_exited *exited);

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

/* The class "process". */
extern const struct bsk_class bsk_process_class;

/* The ports of a process. */
enum bsk_process_port {
	BSK_PROCESS_STDIN,   /* in: bsk_bytes */
	BSK_PROCESS_STDOUT,  /* bsk_bytes */
	BSK_PROCESS_STDERR,  /* bsk_bytes */
	BSK_PROCESS_STARTED, /* bsk_process_started */
	BSK_PROCESS_EXITED,  /* bsk_process_exited */
	BSK_PROCESS_FINISHED /* bsk_process_finished */
};

/* --- the spawner ------------------------------------------------------ */

/* Start a program. Ask, of the service bsk_spawner_class; answered by
 * bsk_process_spawned, or by bsk_result whose text names the program and the
 * step that failed, whose error is that step's errno, and whose field is the
 * one at fault. The child is killed if the asker ends before it has said
 * bsk_process_taken. `frame`, `grace_ns` and the like mean nothing here, and
 * BSK_STDIO_DEFAULT means inherit. */
struct bsk_process_spawn {
	struct bsk_process_config how; /* what to start */
};
BSK_DECLARE(bsk_process_spawn);

/* The answer: it runs, and its pidfd and pipes are the asker's. */
struct bsk_process_spawned {
	int32_t pid;  /* which */
	bsk_fd pidfd; /* its pidfd */
	bsk_fd in;    /* to write to its stdin, non-blocking; none: not a
	               * pipe */
	bsk_fd out;   /* to read its stdout, non-blocking; none: not a pipe */
	bsk_fd err;   /* to read its stderr, non-blocking; none: not a pipe */
};
BSK_DECLARE(bsk_process_spawned);

/* The asker has the child in hand and answers for it from here on. */
struct bsk_process_taken {
	int32_t pid; /* which */
};
BSK_DECLARE(bsk_process_taken);

/* Starts a program here and now, as the spawner does: the calling thread waits
 * until the child has become the program or failed. Any thread. On failure a
 * negative errno, and `ret_fault` is what the spawner would answer (it owns
 * texts, and `ret_spawned` is untouched); else `ret_spawned` owns what it
 * holds, and `ret_fault` is untouched. */
int bsk_process_launch(const struct bsk_os *os,
    const struct bsk_process_config *how,
    struct bsk_process_spawned *ret_spawned, struct bsk_result *ret_fault);

/* Finds a program as execvp(3) does: a name with a slash is a path already,
 * any other is looked for in `directories` (as in PATH). `ret_path` is from
 * malloc(3), the caller's. Any thread. -ENOENT: no such file; -EACCES: there
 * is one, but it cannot be executed; -ENOMEM. */
int bsk_program_find(const struct bsk_os *os, const char *name,
    const char *directories, char **ret_path);

/* The class "spawner": starts programs from the host's thread, so that no
 * actor of the pool stands still meanwhile. */
extern const struct bsk_class bsk_spawner_class;

/* The class "process-child": keeps the child of a process actor; its config is
 * a bsk_process_config in which no descriptor is BSK_STDIO_DEFAULT. To its
 * parent it tells bsk_process_spawned (without a pidfd) and bsk_child_exited.
 * It hears bsk_process_signal. */
extern const struct bsk_class bsk_process_child_class;

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
	int64_t linger_ns; /* from now; nanoseconds */
};
BSK_DECLARE(bsk_process_output_finish);

/* To the parent, as the last thing: all has been emitted. */
struct bsk_process_output_ended {
	uint64_t out_bytes; /* read from stdout */
	uint64_t err_bytes; /* read from stderr */
	bool cut;           /* it was still open when the time was over */
};
BSK_DECLARE(bsk_process_output_ended);

/* The class "process-output": a stream or a framer for each of the two. */
extern const struct bsk_class bsk_process_output_class;

/* The ports of an output. */
enum bsk_process_output_port {
	BSK_PROCESS_OUTPUT_OUT, /* "stdout": bsk_bytes */
	BSK_PROCESS_OUTPUT_ERR  /* "stderr": bsk_bytes */
};

#ifdef __cplusplus
}
#endif

#endif
