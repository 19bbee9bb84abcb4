/* buskin/survey.h - asking many actors how they stand, and gathering it.
 *
 * For an actor that shows others. It asks every actor whose class has a status
 * (buskin/status.h), at most BSK_STATUS_LIST_MAX of them. The answers are of
 * types that the asker does not know, so its class needs `other`:
 *
 *	bsk_survey_begin(&survey, ctx, bsk_nobody());
 *	other:          bsk_survey_heard(&survey, bsk_asked(ctx), message);
 *	bsk_ask_failed: bsk_survey_failed(&survey, failed->ask);
 *
 * until `waiting` is 0. Who does not answer in time is left out.
 */
#ifndef BUSKIN_SURVEY_H
#define BUSKIN_SURVEY_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How long an actor may take to answer, nanoseconds. */
#define BSK_SURVEY_PATIENCE_NS INT64_C(250000000)

/* One that was asked. */
struct bsk_surveyed {
	bsk_ref ref;         /* who */
	uint64_t ask;        /* the ask's number; 0: not under way */
	bsk_message *status; /* what it answered, a copy; NULL: nothing yet */
};

/* A survey. All zeros before it begins. */
struct bsk_survey {
	struct bsk_surveyed *items; /* in order of the refs' slots */
	size_t count;   /* how many */
	size_t waiting; /* how many have not answered yet */
	size_t omitted; /* how many were too many to ask */
};

/* Asks one actor, or with nobody all but the asker. -ENOMEM. */
int bsk_survey_begin(struct bsk_survey *survey, bsk_ctx *ctx, bsk_ref only);

/* Takes an answer to `ask` (bsk_asked). Returns whether it was of this survey.
 */
bool bsk_survey_heard(struct bsk_survey *survey, uint64_t ask,
    const bsk_message *answer);

/* Takes note that an ask has failed. Returns whether it was of this survey. */
bool bsk_survey_failed(struct bsk_survey *survey, uint64_t ask);

/* What an actor answered; NULL: nothing, or it was not asked. */
const bsk_message *bsk_survey_of(const struct bsk_survey *survey, bsk_ref ref);

/* Told of a list of resources (struct bsk_resource) in what `keeper` answered.
 * `kind` is the name of the list, "fds". Anything but 0 ends it. */
typedef int bsk_on_resources(void *arg, const char *kind, const bsk_list *list,
    bsk_ref keeper);

/* Tells of every list of resources in the answers; returns what `on_list` did
 * last, 0 when there was none. */
int bsk_survey_resources(const struct bsk_survey *survey,
    bsk_on_resources *on_list, void *arg);

/* Frees what it holds. What is still asked is not awaited any more. */
void bsk_survey_release(struct bsk_survey *survey);

#ifdef __cplusplus
}
#endif

#endif
