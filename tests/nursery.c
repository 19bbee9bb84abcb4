/* nursery.c - a system with a child watcher, a patron, and real children. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/signal.h>

#include "harness.h"
#include "nursery.h"

#ifdef __clang__
#define UNSEEN __attribute__((disable_sanitizer_instrumentation))
#else
#define UNSEEN __attribute__((no_sanitize("address", "thread", "undefined")))
#endif

#define STACK_SIZE ((size_t)8192)
#define IDLE_MAX ((size_t)16384)

struct faulty_os nursery_world;
bsk_system *nursery_system;
bsk_ref nursery_patron;
struct patron_log nursery_heard;

const enum bsk_child_strategy nursery_strategies[NURSERY_STRATEGIES] = {
	BSK_CHILD_PIDFD, BSK_CHILD_SCAN, BSK_CHILD_REAP_ALL, BSK_CHILD_THREAD,
};

/* The leash of all idle children, and their stacks. */
static int leash[2] = { -1, -1 };
static unsigned char *stacks;
static size_t idle;

void
nursery_begin(void)
{
	struct bsk_system_options options = { .workers = 2 };

	faulty_os_init(&nursery_world, &bsk_os_libc);
	options.os = &nursery_world.table;
	ck_assert_int_eq(bsk_system_create(&options, &nursery_system), 0);
	ck_assert_int_eq(bsk_system_start(nursery_system), 0);
	patron_log_init(&nursery_heard);
	nursery_patron = patron_spawn(nursery_system, &nursery_heard);
}

void
nursery_close(void)
{
	if (nursery_system != NULL)
		harness_system_end(nursery_system);
	nursery_system = NULL;
}

void
nursery_end(void)
{
	nursery_close();
	patron_log_release(&nursery_heard);
	nursery_let_all_go();
	if (leash[0] >= 0)
		(void)close(leash[0]);
	leash[0] = -1;
	if (stacks != NULL)
		(void)munmap(stacks, IDLE_MAX * STACK_SIZE);
	stacks = NULL;
	idle = 0;
}

bsk_ref
nursery_watcher_in(bsk_system *system, struct bsk_child_watcher_config config)
{
	const struct bsk_spawn_options signals = { .name = "signal" };
	const struct bsk_spawn_options watcher = { .name = "child-watcher" };
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = BSK_SIGNAL_HANDLER),
	    &signals, &ref), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_child_watcher_class,
	    bsk_parcel_new(&bsk_child_watcher_config_type, &config),
	    &watcher, &ref), 0);
	return ref;
}

void
nursery_watcher(enum bsk_child_strategy strategy)
{
	(void)nursery_watcher_in(nursery_system,
	    (struct bsk_child_watcher_config){ .strategy = strategy });
}

/* --- children ------------------------------------------------------------- */

pid_t
nursery_bear(const char *script, int *ret_leash)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	int own[2];
	struct bsk_os_child_fd fd = { .to = STDIN_FILENO };
	const struct bsk_os_spawn how = { .path = "/bin/sh", .argv = argv,
	    .fds = &fd, .fd_count = 1, .process_group = -1 };
	enum bsk_os_spawn_step step;
	pid_t pid;
	int pidfd;

	ck_assert_int_eq(pipe2(own, O_CLOEXEC), 0);
	fd.from = own[0];
	ck_assert_int_eq(bsk_os_libc.spawn(&bsk_os_libc, &how, &pid, &pidfd,
	    &step), 0);
	(void)close(pidfd);
	(void)close(own[0]);
	*ret_leash = own[1];
	return pid;
}

/* The children of clone(2) below share our memory, and with it errno and all
 * that libc keeps: they make raw calls only. */
extern int __clone(int (*entry)(void *), void *stack, int flags, void *arg,
    ...);

UNSEEN static int
end_at_once(void *arg)
{
	return (int)syscall(SYS_exit_group, (int)(intptr_t)arg);
}

UNSEEN static int
wait_and_end(void *arg)
{
	char byte;

	/* Only a failing call writes errno, and none does. */
	(void)syscall(SYS_read, leash[0], &byte, 1);
	return end_at_once(arg);
}

pid_t
nursery_bear_quick(int code)
{
	_Alignas(16) unsigned char stack[STACK_SIZE];
	pid_t pid;

	do
		pid = __clone(end_at_once, stack + STACK_SIZE, CLONE_VM |
		    CLONE_VFORK | CLONE_FILES | SIGCHLD,
		    (void *)(intptr_t)code);
	while (pid < 0 && errno == EAGAIN);
	ck_assert_int_gt(pid, 0);
	return pid;
}

pid_t
nursery_bear_idle(int code)
{
	pid_t pid;

	if (stacks == NULL) {
		stacks = mmap(NULL, IDLE_MAX * STACK_SIZE,
		    PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		ck_assert_ptr_ne(stacks, MAP_FAILED);
	}
	if (leash[0] < 0)
		ck_assert_int_eq(pipe2(leash, O_CLOEXEC), 0);
	ck_assert_uint_lt(idle, IDLE_MAX);
	pid = __clone(wait_and_end, stacks + ++idle * STACK_SIZE,
	    CLONE_VM | CLONE_FILES | SIGCHLD, (void *)(intptr_t)code);
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* The reading end stays until the nursery's end: closed now, its number might
 * be another's by the time a child reads from it. */
void
nursery_let_all_go(void)
{
	if (leash[1] >= 0)
		(void)close(leash[1]);
	leash[1] = -1;
}

void
nursery_await_reaped(pid_t pid)
{
	while (kill(pid, 0) == 0)
		(void)sched_yield();
	ck_assert_int_eq(errno, ESRCH);
}

void
nursery_await_end(pid_t pid)
{
	siginfo_t info;

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
}

/* --- asking --------------------------------------------------------------- */

void
nursery_ask(struct bsk_parcel *message)
{
	patron_ask(nursery_system, nursery_patron, &bsk_child_watcher_class,
	    message);
}

void
nursery_watch(pid_t pid)
{
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid));
}

void
nursery_unwatch(pid_t pid)
{
	nursery_ask(BSK_PARCEL(bsk_child_unwatch, .pid = pid));
}

int
nursery_answer(unsigned n)
{
	const struct bsk_result *result =
	    patron_hears(&nursery_heard, &bsk_result_type, n);

	return result->error;
}

const struct bsk_child_exited *
nursery_told(unsigned n)
{
	return patron_hears(&nursery_heard, &bsk_child_exited_type, n);
}

unsigned
nursery_tellings(void)
{
	return patron_count(&nursery_heard, &bsk_child_exited_type);
}

bsk_message *
nursery_status(void)
{
	bsk_message *answer;
	bsk_ref watcher;

	ck_assert_int_eq(bsk_system_find(nursery_system, "child-watcher",
	    &watcher), 0);
	ck_assert_int_eq(bsk_system_call(nursery_system, watcher,
	    BSK_NEW(bsk_status_ask, 0), HARNESS_PATIENCE_NS, &answer), 0);
	ck_assert_ptr_eq(bsk_message_type(answer),
	    &bsk_child_watcher_status_type);
	return answer;
}
