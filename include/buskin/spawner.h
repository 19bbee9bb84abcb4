/* buskin/spawner.h - the spawner: how programs are started.
 *
 * The spawner is a service: bsk_service(ctx, &bsk_spawner_class, &spawner).
 *
 *	bsk_process_spawn   ask; answered by bsk_process_spawned or bsk_result
 *	bsk_process_taken   from then on the child is the asker's
 *	bsk_status_ask      ask; answered by bsk_spawner_status
 *
 * Most programs are better run by a process actor (buskin/process.h), which
 * does all of this, and what comes after it.
 */
#ifndef BUSKIN_SPAWNER_H
#define BUSKIN_SPAWNER_H

#include <buskin/os.h>
#include <buskin/process.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start a program. Ask, of the service bsk_spawner_class; answered by
 * bsk_process_spawned, or by bsk_result whose text names the program and the
 * step that failed, whose error is that step's errno, and whose field is the
 * one at fault. The child is killed if the asker ends before it has said
 * bsk_process_taken. `frame`, `grace_ns` and the like mean nothing here, and
 * BSK_STDIO_DEFAULT means inherit. */
struct bsk_process_spawn {
	struct bsk_process_config how; /* what to start */
	/* which life of the asker's wants it: the `incarnation` of its
	 * bsk_open. What it had started in an earlier one and not taken is
	 * killed. 0 will do for an actor that is not restarted */
	uint32_t life;
};
BSK_DECLARE(bsk_process_spawn);

/* The answer: it runs, and its pidfd and pipes are the asker's. */
struct bsk_process_spawned {
	int32_t pid;  /* which */
	bsk_fd pidfd; /* its pidfd; none: the kernel has no pidfds */
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

/* How the spawner stands. */
struct bsk_spawner_status {
	uint64_t started; /* programs, in its whole life */
	uint64_t failed;  /* that could not be started */
	bsk_list children; /* of struct bsk_resource: those started and not
	                    * taken yet, with their askers */
};
BSK_DECLARE(bsk_spawner_status);

/* The class "spawner": starts programs from the host's thread, so that no
 * actor of the pool stands still meanwhile. */
extern const struct bsk_class bsk_spawner_class;

/* --- the same as plain functions ------------------------------------------ */

/* Starts a program here and now, as the spawner does: the calling thread waits
 * until the child has become the program or failed. Any thread. On failure a
 * negative errno, and `ret_fault` is what the spawner would answer (it owns
 * texts, and `ret_spawned` is untouched); else `ret_spawned` owns what it
 * holds, and `ret_fault` is untouched. */
int bsk_process_launch(const struct bsk_os *os,
    const struct bsk_process_config *how,
    struct bsk_process_spawned *ret_spawned, struct bsk_result *ret_fault);

/* The variables that a child gets: an array of "NAME=value" ended by NULL, from
 * malloc(3) and the caller's; the texts are those of `how` and of this process.
 * Any thread. -EINVAL: a text without '='; -ENOMEM. */
int bsk_process_environment(const struct bsk_process_config *how,
    char ***ret_variables);

/* Where such a child looks for programs: its PATH, or one that will do. Lives
 * as long as the variables. Any thread. */
const char *bsk_process_path(char *const *variables);

/* What is answered when a program cannot be started: `step` failed with
 * `error`, and `field` of the config is at fault (NULL: none). The caller's to
 * drop. Any thread. */
struct bsk_result bsk_process_fault(const struct bsk_process_config *how,
    int error, const char *step, const char *field);

/* Sends a signal to a child, or to the group that it leads or led; its pidfd is
 * the caller's, -1: the kernel has none. Never to a stranger with the same
 * number. Any thread. 0; -EINVAL: no such signal; -ESRCH: nobody is there;
 * -EPERM. */
int bsk_process_kill(const struct bsk_os *os, int32_t pid, int pidfd,
    bool whole_group, int number);

/* Finds a program as execvp(3) does: a name with a slash is a path already,
 * any other is looked for in `directories` (as in PATH). `ret_path` is from
 * malloc(3), the caller's. Any thread. -ENOENT: no such file; -EACCES: there
 * is one, but it cannot be executed; -ENOMEM. */
int bsk_program_find(const struct bsk_os *os, const char *name,
    const char *directories, char **ret_path);

#ifdef __cplusplus
}
#endif

#endif
