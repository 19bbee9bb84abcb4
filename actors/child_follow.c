/* actors/child_follow.c - what strategies without pidfds do alike: they follow
 * a set of children, each found by its pid.
 *
 * A pid stays its child's until we have reaped it; so what is in the set can be
 * looked at and sent signals by its pid, as long as nobody else reaps it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>
#include <buskin/signal.h>

#define LOOK_NS INT64_C(1000000000)
#define SIGNAL_TIMEOUT_NS INT64_C(10000000000) /* with the signal actor */

int64_t
bsk_child_look_ns(bsk_ctx *ctx)
{
	const struct bsk_child_watcher_config *config = bsk_config(ctx);

	return config == NULL || config->look_ns <= 0 ? LOOK_NS :
	    config->look_ns;
}

int
bsk_child_ask_for_signal(bsk_ctx *ctx)
{
	bsk_ref signals;
	uint64_t ask;
	int error = bsk_service(ctx, &bsk_signal_class, &signals);

	if (error < 0)
		return error;
	return bsk_ask(ctx, signals,
	    BSK_NEW(bsk_signal_watch, .number = SIGCHLD), SIGNAL_TIMEOUT_NS,
	    &ask);
}

/* --- saying --------------------------------------------------------------- */

int
bsk_child_say_followed(bsk_ctx *ctx, int32_t pid, bool on, int error)
{
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_child_followed,
	    .pid = pid, .on = on, .error = error));
}

int
bsk_child_say_exited(bsk_ctx *ctx, const struct bsk_child_exited *exited)
{
	return bsk_send(ctx, bsk_parent(ctx),
	    bsk_message_new(&bsk_child_exited_type, exited));
}

int
bsk_child_say_ready(bsk_ctx *ctx, int error, const char *text)
{
	return bsk_send(ctx, bsk_parent(ctx),
	    BSK_NEW(bsk_child_strategy_ready, .error = error,
	    .text = bsk_text_copy(text)));
}

/* --- looking -------------------------------------------------------------- */

int
bsk_child_look_at(bsk_ctx *ctx, struct bsk_child_set *set,
    struct bsk_child_node *node)
{
	struct bsk_child_exited exited;
	int ended = bsk_child_end(bsk_os(ctx), P_PID, (id_t)node->pid,
	    node->pid, &exited);

	if (ended <= 0)
		return ended;
	bsk_child_set_drop(set, node);
	return bsk_child_say_exited(ctx, &exited);
}

int
bsk_child_look_at_all(bsk_ctx *ctx, struct bsk_child_set *set)
{
	struct bsk_child_node *next;
	int error = 0;

	for (struct bsk_child_node *node = set->first;
	    node != NULL && error == 0; node = next) {
		next = node->next;
		error = bsk_child_look_at(ctx, set, node);
	}
	return error;
}

/* --- following ------------------------------------------------------------ */

static int
enter(bsk_ctx *ctx, struct bsk_child_set *set, int32_t pid)
{
	int error = 0;

	if (bsk_child_set_find(set, pid) == NULL)
		error = bsk_child_set_add(set, pid);
	return bsk_child_say_followed(ctx, pid, true, error);
}

static int
follow(bsk_ctx *ctx, struct bsk_child_set *set,
    const struct bsk_child_follow *request)
{
	struct bsk_child_exited exited;
	int32_t pid = request->pid;
	int error = request->exit_only ? -EOPNOTSUPP :
	    bsk_child_may_follow(bsk_os(ctx), request);
	int ended = error < 0 ? error :
	    bsk_child_end(bsk_os(ctx), P_PID, (id_t)pid, pid, &exited);

	if (ended < 0)
		return bsk_child_say_followed(ctx, pid, true, ended);
	if (ended == 0)
		return enter(ctx, set, pid);
	if (!exited.lost)
		error = bsk_child_say_followed(ctx, pid, true, 0);
	return error < 0 ? error : bsk_child_say_exited(ctx, &exited);
}

int
bsk_child_set_follow(bsk_ctx *ctx, struct bsk_child_set *set,
    const struct bsk_child_follow *request)
{
	struct bsk_child_node *node;

	if (request->on)
		return follow(ctx, set, request);
	node = bsk_child_set_find(set, request->pid);
	if (node != NULL)
		bsk_child_set_drop(set, node);
	return bsk_child_say_followed(ctx, request->pid, false,
	    node == NULL ? -ENOENT : 0);
}

int
bsk_child_set_signal(bsk_ctx *ctx, const struct bsk_child_set *set,
    const struct bsk_child_signal *request)
{
	int error = -ESRCH;

	/* It may have been reaped behind our back. */
	if (bsk_child_set_find(set, request->pid) != NULL)
		error = bsk_child_kill(bsk_os(ctx), request->pid,
		    request->number);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(error == -ESRCH ?
	    "not watched, or ended" : NULL)));
	return 0;
}
