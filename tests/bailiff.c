/* bailiff.c - an actor that takes the faults, and keeps what it is told of
 * actors that were left at the end.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff.h"

#define TOLD_MAX 256

static struct {
	char *name;
	char *class_name;
	char *content;
} told[TOLD_MAX]; /* with what is below, under the mutex */
static unsigned count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

struct bailiff {
	uint8_t unused;
};

BSK_HANDLER(on_open, bailiff, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_fault, bailiff, bsk_fault)
{
	(void)self;
	(void)ctx;
	ck_assert_str_eq(bsk_text_chars(body->type), "bsk_drain");
	ck_assert_int_eq(body->reason, -ETIMEDOUT);
	(void)pthread_mutex_lock(&mutex);
	ck_assert_uint_lt(count, TOLD_MAX);
	told[count].name = strdup(bsk_text_chars(body->name));
	told[count].class_name = strdup(bsk_text_chars(body->class_name));
	told[count++].content = strdup(bsk_text_chars(body->content));
	(void)pthread_cond_broadcast(&more);
	(void)pthread_mutex_unlock(&mutex);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fault, on_fault),
};
static const struct bsk_class bailiff_class = BSK_CLASS(bailiff, "bailiff",
    "keeps what it is told of who is left", handlers);

static void
forget(void)
{
	(void)pthread_mutex_lock(&mutex);
	while (count > 0) {
		free(told[--count].name);
		free(told[count].class_name);
		free(told[count].content);
	}
	(void)pthread_mutex_unlock(&mutex);
}

void
bailiff_spawn(bsk_system *system)
{
	const struct bsk_spawn_options options = { .name = "bailiff" };
	static bool is_kept;
	bsk_ref ref;

	if (!is_kept)
		(void)atexit(forget);
	is_kept = true;
	forget();
	ck_assert_int_eq(bsk_system_spawn(system, &bailiff_class, NULL,
	    &options, &ref), 0);
}

static const char *
find(const char *whose)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(told[i].name, whose) == 0 ||
		    strcmp(told[i].class_name, whose) == 0)
			return told[i].content;
	return NULL;
}

/* That it never comes, the test's own time limit tells. */
const char *
bailiff_wait(const char *whose)
{
	const char *content;

	(void)pthread_mutex_lock(&mutex);
	while ((content = find(whose)) == NULL)
		(void)pthread_cond_wait(&more, &mutex);
	(void)pthread_mutex_unlock(&mutex);
	return content;
}

unsigned
bailiff_count(void)
{
	unsigned now;

	(void)pthread_mutex_lock(&mutex);
	now = count;
	(void)pthread_mutex_unlock(&mutex);
	return now;
}
