/* asks.c - the asks of an actor that wait for an answer.
 *
 * An ask is over when the first message that tells of it is handled: the
 * answer, the news that nobody will answer, or that its time is up. So an ask
 * whose time is up stays known until that news comes out of the mailbox.
 */
#include <errno.h>

#include <buskin/life.h>

#include "ask_number.h"
#include "asks.h"
#include "post.h"

struct ask {
	struct timer timer; /* first: a timer is its ask */
	bsk_ref asker;
	uint64_t number;
};

static void
on_due(struct timer *timer, struct worker *worker)
{
	struct ask *ask = (struct ask *)timer;
	struct bsk_message *failed;

	failed = BSK_NEW(bsk_ask_failed, .ask = ask->number,
	    .reason = -ETIMEDOUT);
	if (failed == NULL) {
		wheel_arm(&worker->wheel, timer, timer->due_ns + 1000000);
		return;
	}
	failed->ask = ask->number;
	failed->flags |= MESSAGE_ANSWERS | MESSAGE_EXEMPT;
	post_runtime(worker, bsk_nobody(), ask->asker, failed);
}

int
asks_add(struct worker *worker, struct cell *cell, int64_t timeout_ns,
    uint64_t *ret_number)
{
	struct extras *extras = cell_extras(cell);
	int64_t now_ns = worker->os->now(worker->os);
	int64_t until_ns;
	struct ask *ask;

	if (extras == NULL)
		return -ENOMEM;
	ask = arena_get(&worker->arena, sizeof(*ask));
	if (ask == NULL)
		return -ENOMEM;
	until_ns = timeout_ns > INT64_MAX - now_ns ? INT64_MAX :
	    now_ns + (timeout_ns < 1 ? 1 : timeout_ns);
	ask->number = ask_number(extras->own.next_number++, now_ns, until_ns);
	if (idmap_put(&extras->own.asks, ask->number, ask) < 0) {
		arena_put(&worker->arena, ask, sizeof(*ask));
		return -ENOMEM;
	}
	bump(&extras->asks, 1);
	ask->asker = cell_ref(cell);
	ask->timer.fire = on_due;
	ask->timer.previous = NULL;
	wheel_arm(&worker->wheel, &ask->timer, until_ns);
	*ret_number = ask->number;
	return 0;
}

static void
forget(struct worker *worker, struct ask *ask)
{
	wheel_disarm(&worker->wheel, &ask->timer);
	arena_put(&worker->arena, ask, sizeof(*ask));
}

bool
asks_take(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_has_extras(cell);
	struct ask *ask = NULL;

	if (extras != NULL)
		ask = idmap_take(&extras->own.asks, number);
	if (ask == NULL)
		return false;
	poke(&extras->asks, peek(&extras->asks) - 1);
	forget(worker, ask);
	return true;
}

void
asks_clear(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	struct ask *ask;

	if (extras == NULL)
		return;
	while ((ask = idmap_take_any(&extras->own.asks)) != NULL)
		forget(worker, ask);
	poke(&extras->asks, 0);
}
