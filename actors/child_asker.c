/* actors/child_asker.c - who wants to be told of one child. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/child_table.h>

struct bsk_child_asker *
bsk_child_asker_find(const struct bsk_child_entry *entry, bsk_ref who)
{
	struct bsk_child_asker *asker = entry->askers;

	while (asker != NULL &&
	    (asker->leaving || !bsk_ref_equal(asker->who, who)))
		asker = asker->next;
	return asker;
}

bool
bsk_child_asker_is_other(const struct bsk_child_entry *entry, bsk_ref who)
{
	const struct bsk_child_asker *asker = entry->askers;

	while (asker != NULL &&
	    (asker->leaving || bsk_ref_equal(asker->who, who)))
		asker = asker->next;
	return asker != NULL;
}

bool
bsk_child_askers_want_stops(const struct bsk_child_entry *entry)
{
	const struct bsk_child_asker *asker = entry->askers;

	while (asker != NULL && !asker->stops)
		asker = asker->next;
	return asker != NULL;
}

static void
answer_held(bsk_ctx *ctx, struct bsk_child_asker *asker, int error,
    const char *text)
{
	if (asker->held != NULL)
		(void)bsk_answer(ctx, asker->held, BSK_NEW(bsk_result,
		    .error = error, .text = bsk_text_copy(text),
		    .field = bsk_text_copy(error < 0 ? "pid" : NULL)));
	asker->held = NULL;
}

void
bsk_child_asker_remove(bsk_ctx *ctx, struct bsk_child_entry *entry,
    struct bsk_child_asker *asker, int error)
{
	struct bsk_child_asker **link = &entry->askers;

	while (*link != asker)
		link = &(*link)->next;
	*link = asker->next;
	answer_held(ctx, asker, error, NULL);
	free(asker);
}

/* --- joining -------------------------------------------------------------- */

static bool
is_free(const struct bsk_child_entry *entry, bsk_ref who, bool shared)
{
	const struct bsk_child_asker *asker = entry->askers;

	while (asker != NULL && (asker->leaving ||
	    bsk_ref_equal(asker->who, who) || (shared && asker->shared)))
		asker = asker->next;
	return asker == NULL;
}

static void
remove_others(bsk_ctx *ctx, struct bsk_child_entry *entry, bsk_ref who)
{
	struct bsk_child_asker *next;

	for (struct bsk_child_asker *asker = entry->askers; asker != NULL;
	    asker = next) {
		next = asker->next;
		if (!asker->leaving && !bsk_ref_equal(asker->who, who))
			bsk_child_asker_remove(ctx, entry, asker,
			    -ECANCELED);
	}
}

int
bsk_child_asker_join(bsk_ctx *ctx, struct bsk_child_entry *entry,
    const struct bsk_child_watch *request)
{
	bsk_ref who = bsk_sender(ctx);
	struct bsk_child_asker *asker = bsk_child_asker_find(entry, who);

	if (asker != NULL && asker->held != NULL)
		return -EALREADY;
	if (!request->replace && !is_free(entry, who, request->shared))
		return -EBUSY;
	if (asker == NULL) {
		asker = calloc(1, sizeof(*asker));
		if (asker == NULL)
			return -ENOMEM;
		asker->who = who;
		asker->next = entry->askers;
		entry->askers = asker;
	}
	if (request->replace)
		remove_others(ctx, entry, who);
	asker->shared = request->shared;
	asker->stops = request->stops;
	asker->held = bsk_hold(ctx);
	return 0;
}

/* --- answers -------------------------------------------------------------- */

void
bsk_child_askers_settle(bsk_ctx *ctx, struct bsk_child_entry *entry,
    int error, const char *text)
{
	struct bsk_child_asker *next;

	for (struct bsk_child_asker *asker = entry->askers; asker != NULL;
	    asker = next) {
		next = asker->next;
		if (asker->leaving)
			continue;
		answer_held(ctx, asker, error, text);
		if (error < 0)
			bsk_child_asker_remove(ctx, entry, asker, error);
	}
}

void
bsk_child_askers_let_go(bsk_ctx *ctx, struct bsk_child_entry *entry)
{
	struct bsk_child_asker *next;

	for (struct bsk_child_asker *asker = entry->askers; asker != NULL;
	    asker = next) {
		next = asker->next;
		if (asker->leaving)
			bsk_child_asker_remove(ctx, entry, asker, 0);
	}
}

/* Who leaves and has come back is there twice or more: only once as one that
 * stays. */
static bool
is_first_of(const struct bsk_child_entry *entry,
    const struct bsk_child_asker *asker)
{
	const struct bsk_child_asker *first = entry->askers;

	while (!bsk_ref_equal(first->who, asker->who))
		first = first->next;
	return first == asker;
}

/* A full mailbox refuses nothing of the control lane; that the asker has ended
 * makes a dead letter. The answers follow when all have been told. */
int
bsk_child_askers_tell(bsk_ctx *ctx, struct bsk_child_entry *entry,
    const struct bsk_child_exited *exited)
{
	struct bsk_child_asker *asker;
	int error = 0;

	for (asker = entry->askers; asker != NULL; asker = asker->next)
		if ((!asker->leaving || is_first_of(entry, asker)) &&
		    bsk_send(ctx, asker->who, bsk_message_new(
		    &bsk_child_exited_type, exited)) == -ENOMEM)
			error = -ENOMEM;
	while ((asker = entry->askers) != NULL)
		bsk_child_asker_remove(ctx, entry, asker,
		    asker->leaving ? -ENOENT : 0);
	return error;
}

void
bsk_child_asker_leave(bsk_ctx *ctx, struct bsk_child_asker *asker)
{
	answer_held(ctx, asker, -ECANCELED, NULL);
	asker->leaving = true;
	asker->held = bsk_hold(ctx);
}

/* --- for people ----------------------------------------------------------- */

bsk_list
bsk_child_resources(const struct bsk_child_set *set)
{
	uint32_t count = set->count < BSK_STATUS_LIST_MAX ? set->count :
	    BSK_STATUS_LIST_MAX;
	bsk_list list = bsk_list_new(sizeof(struct bsk_resource), count);
	struct bsk_resource *items = list.items;
	const struct bsk_child_node *node = set->first;

	if (bsk_list_is_lost(list))
		return list;
	for (uint32_t i = 0; i < count; i++, node = node->next) {
		const struct bsk_child_entry *entry =
		    (const struct bsk_child_entry *)node;

		if (entry->askers != NULL)
			items[i].owner = entry->askers->who;
		items[i].number = node->pid;
		items[i].what = bsk_text_copy(entry->exit_only ?
		    "a process" : "a child");
	}
	return list;
}
