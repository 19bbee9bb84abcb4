/* actors/child_table.c - who watches which child.
 *
 * A child stays in the table when its watchers have ended: it is reaped all the
 * same, so that no zombie stays.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/child_table.h>
#include <buskin/log.h>

struct bsk_child_entry *
bsk_child_table_find(const struct bsk_child_table *table, int32_t pid)
{
	return (struct bsk_child_entry *)bsk_child_set_find(&table->set, pid);
}

/* The strategy is told of all as soon as it is ready. */
static int
follow(bsk_ctx *ctx, struct bsk_child_table *table,
    struct bsk_child_entry *entry, bool on)
{
	bsk_fd pidfd = entry->pidfd;

	if (!table->charge.ready)
		return 0;
	entry->pidfd = bsk_fd_own(-1);
	return bsk_send(ctx, table->charge.strategy,
	    BSK_NEW(bsk_child_follow, .pid = entry->node.pid, .on = on,
	    .known = entry->known, .exit_only = entry->exit_only,
	    .pidfd = pidfd));
}

/* Stops are seen by an actor that is there only where somebody wants them. */
static int
follow_stops(bsk_ctx *ctx, struct bsk_child_table *table, int32_t pid, bool on)
{
	bool is_there = !bsk_ref_is_nobody(table->stops);
	int error = on && !is_there ? bsk_spawn(ctx, &bsk_child_stops_class,
	    NULL, NULL, &table->stops) : 0;

	if (error < 0 || (!on && !is_there))
		return error;
	return bsk_send(ctx, table->stops,
	    BSK_NEW(bsk_child_stops_follow, .pid = pid, .on = on));
}

void
bsk_child_table_forget(bsk_ctx *ctx, struct bsk_child_table *table,
    struct bsk_child_entry *entry)
{
	const struct bsk_os *os = bsk_os(ctx);

	(void)follow_stops(ctx, table, entry->node.pid, false);
	if (bsk_fd_number(entry->pidfd) >= 0)
		(void)os->close(os, bsk_fd_number(entry->pidfd));
	table->owned -= entry->owned;
	bsk_child_set_remove(&table->set, &entry->node);
	while (entry->askers != NULL)
		bsk_child_asker_remove(ctx, entry, entry->askers, -ECANCELED);
	free(entry);
}

/* --- requests ------------------------------------------------------------- */

void
bsk_child_refuse(bsk_ctx *ctx, int error, const char *text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text), .field = bsk_text_copy("pid")));
}

static int
refuse(bsk_ctx *ctx, int error, const char *text)
{
	bsk_child_refuse(ctx, error, text);
	return 0;
}

/* A new entry; NULL for want of memory. */
static struct bsk_child_entry *
enter(struct bsk_child_table *table, const struct bsk_child_watch *request)
{
	struct bsk_child_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->node.pid = request->pid;
	if (bsk_child_set_insert(&table->set, &entry->node) < 0) {
		free(entry);
		return NULL;
	}
	entry->pidfd = bsk_fd_own(bsk_fd_take(&request->pidfd));
	entry->exit_only = request->exit_only;
	entry->known = request->owned || bsk_fd_number(entry->pidfd) >= 0;
	return entry;
}

static int
join(bsk_ctx *ctx, struct bsk_child_table *table, struct bsk_child_entry *entry,
    const struct bsk_child_watch *request)
{
	int error = bsk_child_asker_join(ctx, entry, request);

	if (error < 0)
		return refuse(ctx, error, error == -EBUSY ?
		    "watched by another actor" : NULL);
	table->owned += request->owned && !entry->owned;
	entry->owned = entry->owned || request->owned;
	/* The answer lets go of the request. */
	if (entry->state == BSK_CHILD_FOLLOWED)
		bsk_child_askers_settle(ctx, entry, 0, NULL);
	return follow_stops(ctx, table, entry->node.pid,
	    bsk_child_askers_want_stops(entry));
}

/* Nothing that fails here is the end of everybody's watcher. */
static int
watch_new(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_watch *request)
{
	struct bsk_child_entry *entry = enter(table, request);
	int error;

	if (entry == NULL)
		return refuse(ctx, -ENOMEM, NULL);
	error = join(ctx, table, entry, request);
	if (error == 0 && entry->askers != NULL)
		error = follow(ctx, table, entry, true);
	if (error < 0)
		bsk_child_askers_settle(ctx, entry, error, NULL);
	if (entry->askers == NULL)
		bsk_child_table_forget(ctx, table, entry);
	return 0;
}

int
bsk_child_table_watch(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_watch *request)
{
	struct bsk_child_entry *entry =
	    bsk_child_table_find(table, request->pid);

	if (request->pid < 1)
		return refuse(ctx, -EINVAL, "not a pid");
	if (bsk_ref_is_nobody(bsk_sender(ctx)))
		return refuse(ctx, -EINVAL, "only an actor can watch");
	return entry == NULL ? watch_new(ctx, table, request) :
	    join(ctx, table, entry, request);
}

int
bsk_child_table_unwatch(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_unwatch *request)
{
	struct bsk_child_entry *entry =
	    bsk_child_table_find(table, request->pid);
	struct bsk_child_asker *asker = entry == NULL ? NULL :
	    bsk_child_asker_find(entry, bsk_sender(ctx));

	if (asker == NULL)
		return refuse(ctx, -ENOENT, "not watched");
	if (bsk_child_asker_is_other(entry, asker->who)) {
		bsk_child_asker_remove(ctx, entry, asker, -ECANCELED);
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, 0));
		return follow_stops(ctx, table, request->pid,
		    bsk_child_askers_want_stops(entry));
	}
	bsk_child_asker_leave(ctx, asker);
	entry->state = BSK_CHILD_LEAVING;
	return follow(ctx, table, entry, false);
}

/* --- the strategy --------------------------------------------------------- */

/* Takes away whoever leaves. Returns whether anybody is left. */
static bool
let_go(bsk_ctx *ctx, struct bsk_child_table *table,
    struct bsk_child_entry *entry)
{
	bsk_child_askers_let_go(ctx, entry);
	entry->state = BSK_CHILD_ASKED;
	if (entry->askers != NULL)
		return true;
	bsk_child_table_forget(ctx, table, entry);
	return false;
}

int
bsk_child_table_follow_all(bsk_ctx *ctx, struct bsk_child_table *table)
{
	struct bsk_child_node *next;
	int error = 0;

	for (struct bsk_child_node *node = table->set.first;
	    node != NULL && error == 0; node = next) {
		struct bsk_child_entry *entry = (struct bsk_child_entry *)node;

		next = node->next;
		if (let_go(ctx, table, entry))
			error = follow(ctx, table, entry, true);
	}
	return error;
}

int
bsk_child_table_followed(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_followed *followed)
{
	struct bsk_child_entry *entry =
	    bsk_child_table_find(table, followed->pid);

	if (entry == NULL || entry->state !=
	    (followed->on ? BSK_CHILD_ASKED : BSK_CHILD_LEAVING))
		return 0;
	if (!followed->on)
		return let_go(ctx, table, entry) ?
		    follow(ctx, table, entry, true) : 0;
	bsk_child_askers_settle(ctx, entry, followed->error,
	    followed->error == -ECHILD ? "no child of ours" :
	    bsk_reason_text(followed->error));
	if (followed->error < 0) {
		bsk_child_table_forget(ctx, table, entry);
		return 0;
	}
	entry->known = true;
	entry->state = BSK_CHILD_FOLLOWED;
	return 0;
}

void
bsk_child_table_clear(bsk_ctx *ctx, struct bsk_child_table *table)
{
	while (table->set.first != NULL)
		bsk_child_table_forget(ctx, table,
		    (struct bsk_child_entry *)table->set.first);
	bsk_intensity_release(&table->charge.failures);
}
