/* spawned.h - real children for the tests of spawn: start one, keep what it
 * says, learn how it ended. Whatever goes wrong here fails the test.
 */
#ifndef SPAWNED_H
#define SPAWNED_H

#include <buskin/os.h>

/* How a child ended and what it wrote to its standard output. */
struct spawned {
	int code;    /* CLD_EXITED, CLD_KILLED, ... */
	int status;  /* exit code or signal */
	struct rusage usage;
	char output[16384]; /* ended by 0 */
};

/* How to run `argv`; argv[0] is the path. In our group and session. */
struct bsk_os_spawn spawned_how(char *const *argv);

/* Runs a child to its end. Its standard output is a pipe to us, beside the
 * descriptors that `how` names. */
void spawned_run(const struct bsk_os_spawn *how, struct spawned *ret_spawned);

/* As spawned_run, for the program after `how` of a shell script. */
void spawned_script(struct bsk_os_spawn how, const char *script,
    struct spawned *ret_spawned);

/* The same, asserting that it exits with 0. */
void spawned_says(const struct bsk_os_spawn *how, struct spawned *ret_spawned);

/* Waits for the child's end and closes its pidfd. */
struct bsk_os_wait spawned_end(int pidfd);

/* The value of a "Name:\tvalue" line of a status file, hexadecimal. */
unsigned long long spawned_hex(const struct spawned *, const char *name);

/* A pipe's read end that holds `text` and then its end. */
int spawned_text(const char *text);

/* Has the kernel refuse the system call `number` with `error`, in this thread
 * and what it makes, for good. With `flag` not 0 only when its first argument
 * has that bit. `error` 0: the caller is killed by SIGSYS instead. */
void spawned_refuse(long number, unsigned flag, int error);

/* How many descriptors this process has open. */
unsigned spawned_open_count(void);

/* Asserts that we have no child, dead or alive. */
void spawned_assert_no_child(void);

#endif
