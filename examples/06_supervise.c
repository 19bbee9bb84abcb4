/* 06_supervise.c - a child that fails, and is restarted.
 *
 * A worker fails on its second message and again on its fourth. Its supervisor
 * starts it again each time: the state is new, but the address and what waits
 * in the mailbox are the same, so nobody who sends to it has to know.
 *
 * The supervisor is an actor like any other. It is told what to start by a
 * message, and answers when it has. Each restart is also a line in the log, on
 * standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <buskin/supervisor.h>
#include <buskin/system.h>

#define SECOND_NS 1000000000
#define JOBS 5

/* --- the messages --- */

struct job {
	uint32_t number;
};

static const struct bsk_field job_fields[] = {
	BSK_FIELD(job, number, "which, from 1"),
};
static const struct bsk_type job_type =
    BSK_TYPE(job, "something to do", job_fields);

/* --- the worker --- */

struct worker {
	uint32_t incarnation; /* which life this is, from 0 */
	uint32_t done;        /* jobs done in it */
};

BSK_HANDLER(on_worker_open, worker, bsk_open);
BSK_HANDLER(on_job, worker, job);

static const struct bsk_handler worker_handlers[] = {
	BSK_ON(bsk_open, on_worker_open),
	BSK_ON(job,      on_job),
};

static const struct bsk_class worker_class =
    BSK_CLASS(worker, "worker", "does jobs, not all of them", worker_handlers);

static int
on_worker_open(struct worker *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)ctx;
	self->incarnation = open->incarnation;
	printf("worker: life %" PRIu32 " begins\n", self->incarnation + 1);
	return 0;
}

static int
on_job(struct worker *self, bsk_ctx *ctx, const struct job *job)
{
	if (job->number == 2 || job->number == 4) {
		printf("worker: job %" PRIu32 " is too much\n", job->number);
		return -EIO; /* ends this life; the job counts as dead */
	}
	printf("worker: job %" PRIu32 " done, %" PRIu32 " in this life\n",
	    job->number, ++self->done);
	if (job->number == JOBS)
		bsk_stop_system(ctx, 0);
	return 0;
}

/* --- who has it started --- */

struct boss {
	bsk_ref supervisor;
};

BSK_HANDLER(on_boss_open, boss, bsk_open);
BSK_HANDLER(on_started, boss, bsk_child_started);
BSK_HANDLER(on_result, boss, bsk_result);

static const struct bsk_handler boss_handlers[] = {
	BSK_ON(bsk_open,          on_boss_open),
	BSK_ON(bsk_child_started, on_started),
	BSK_ON(bsk_result,        on_result),
};

static const struct bsk_class boss_class =
    BSK_CLASS(boss, "boss", "has jobs done", boss_handlers);

static int
on_boss_open(struct boss *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	uint64_t ask;
	int result;

	(void)open;
	result = bsk_spawn(ctx, &bsk_supervisor_class,
	    BSK_PARCEL(bsk_supervisor_config, .restarts = 3,
		.within_ns = 10 * (int64_t)SECOND_NS,
		.backoff_first_ns = SECOND_NS / 100,
		.backoff_max_ns = SECOND_NS),
	    NULL, &self->supervisor);
	if (result < 0)
		return result;
	return bsk_ask(ctx, self->supervisor, BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy("worker"),
	    .class_name = bsk_text_copy("worker"),
	    .restart = BSK_PERMANENT), SECOND_NS, &ask);
}

/* All the jobs at once: what comes after the one that fails waits for the next
 * life. */
static int
on_started(struct boss *self, bsk_ctx *ctx,
    const struct bsk_child_started *started)
{
	uint32_t number;
	int result = 0;

	(void)self;
	for (number = 1; number <= JOBS && result == 0; number++)
		result = bsk_send(ctx, started->child,
		    BSK_NEW(job, .number = number));
	return result;
}

static int
on_result(struct boss *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	printf("boss: not started: %s\n", bsk_text_chars(result->text));
	bsk_stop_system(ctx, 1);
	return 0;
}

int
main(void)
{
	/* A child's class is found by its name among those of the system. */
	static const struct bsk_class *const classes[] = {
		&worker_class, NULL,
	};
	const struct bsk_system_options options = {
		.workers = 1, /* so that the lines below come in one order */
		.classes = classes,
	};
	bsk_system *system = NULL;
	bsk_ref boss;
	int status = 1;

	if (bsk_system_create(&options, &system) == 0 &&
	    bsk_system_spawn(system, &boss_class, NULL, NULL, &boss) == 0)
		status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
