/* scribe.c - an actor in the log's place. */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/log.h>

#include "scribe.h"

#define LINES 256
#define LINE 256

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static char lines[LINES][LINE]; /* with what is below, under the mutex */
static int levels[LINES];
static unsigned count;

struct scribe {
	uint8_t unused;
};

BSK_HANDLER(on_line, scribe, bsk_log_line)
{
	(void)self;
	(void)ctx;
	(void)pthread_mutex_lock(&mutex);
	if (count < LINES) {
		(void)strncpy(lines[count], bsk_text_chars(body->text),
		    LINE - 1);
		levels[count++] = body->level;
	}
	(void)pthread_cond_broadcast(&more);
	(void)pthread_mutex_unlock(&mutex);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_log_line, on_line),
};
static const struct bsk_class scribe_class =
	BSK_CLASS(scribe, "scribe", "keeps what is said", handlers,
	    .config = NULL);

void
scribe_spawn(bsk_system *system)
{
	const struct bsk_spawn_options options = { .name = "log" };
	bsk_ref ref;

	(void)pthread_mutex_lock(&mutex);
	memset(lines, 0, sizeof(lines));
	count = 0;
	(void)pthread_mutex_unlock(&mutex);
	ck_assert_int_eq(bsk_system_spawn(
	    system, &scribe_class, NULL, &options, &ref), 0);
}

static unsigned
find(int level, const char *words)
{
	unsigned found = 0;
	unsigned index;

	for (index = 0; index < count; index++)
		found += levels[index] <= level && (words == NULL ||
		    strstr(lines[index], words) != NULL);
	return found;
}

unsigned
scribe_count(int level, const char *words)
{
	unsigned found;

	(void)pthread_mutex_lock(&mutex);
	found = find(level, words);
	(void)pthread_mutex_unlock(&mutex);
	return found;
}

/* That it never comes, the test's own time limit tells. */
unsigned
scribe_wait(int level, const char *words)
{
	unsigned found;

	(void)pthread_mutex_lock(&mutex);
	while ((found = find(level, words)) == 0)
		(void)pthread_cond_wait(&more, &mutex);
	(void)pthread_mutex_unlock(&mutex);
	return found;
}
