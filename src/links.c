/* links.c - who ends with whom.
 *
 * Both sides remember a link. Each may have asked for it, so it has up to two
 * numbers: one that this side gave it, one of the other's. Every word about a
 * link carries both, in its sender's order, and counts only where one of them
 * is still known: so no word of a link that was taken back, or of a life that
 * is over, is taken for one of the link that came after it.
 *
 * When one side takes back what both have asked for at the same time, and has
 * not heard of the other's asking yet, that other's request comes after it and
 * links them again, at both sides.
 */
#include <errno.h>

#include "links.h"
#include "post.h"

static const struct bsk_field unlink_fields[] = {
	BSK_FIELD(links_unlink, number, "the link's"),
};
const struct bsk_type links_unlink_type = BSK_CONTROL_TYPE(links_unlink,
    "end without me", unlink_fields);

/* One side of a link; its actor's home's, but that the lock is held to write
 * to it. */
struct link {
	struct link *next;     /* of the system's */
	struct link *previous;
	bsk_ref self;
	bsk_ref peer;
	uint32_t asked;   /* the number of our request; 0: we have not asked */
	uint32_t granted; /* the number of the other's; 0: it has not asked */
};

int
links_init(struct links *links)
{
	return -pthread_mutex_init(&links->lock, NULL);
}

void
links_release(struct links *links)
{
	pthread_mutex_destroy(&links->lock);
}

/* --- one side ------------------------------------------------------------ */

static struct link *
find(struct cell *cell, bsk_ref peer)
{
	struct extras *extras = cell_has_extras(cell);

	return extras == NULL ? NULL :
	    idmap_get(&extras->own.links, peer.bits);
}

/* Makes one that has no number yet; NULL for want of memory. */
static struct link *
add(struct worker *worker, struct cell *cell, bsk_ref peer)
{
	struct links *links = &worker->system->links;
	struct extras *extras = cell_extras(cell);
	struct link *link = arena_get(&worker->arena, sizeof(*link));

	if (extras == NULL || link == NULL ||
	    idmap_put(&extras->own.links, peer.bits, link) < 0) {
		if (link != NULL)
			arena_put(&worker->arena, link, sizeof(*link));
		return NULL;
	}
	*link = (struct link){.self = cell_ref(cell), .peer = peer};
	pthread_mutex_lock(&links->lock);
	link->next = links->first;
	if (link->next != NULL)
		link->next->previous = link;
	links->first = link;
	pthread_mutex_unlock(&links->lock);
	return link;
}

/* Frees one that is in no map. */
static void
forget(struct worker *worker, struct link *link)
{
	struct links *links = &worker->system->links;

	pthread_mutex_lock(&links->lock);
	if (link->previous != NULL)
		link->previous->next = link->next;
	else
		links->first = link->next;
	if (link->next != NULL)
		link->next->previous = link->previous;
	pthread_mutex_unlock(&links->lock);
	arena_put(&worker->arena, link, sizeof(*link));
}

static void
take_out(struct worker *worker, struct cell *cell, struct link *link)
{
	(void)idmap_take(&cell_has_extras(cell)->own.links, link->peer.bits);
	forget(worker, link);
}

static void
set(struct worker *worker, struct link *link, uint32_t asked,
    uint32_t granted)
{
	pthread_mutex_lock(&worker->system->links.lock);
	link->asked = asked;
	link->granted = granted;
	pthread_mutex_unlock(&worker->system->links.lock);
}

/* --- what the two tell each other ---------------------------------------- */

/* What this side says of it. */
static uint64_t
number_of(const struct link *link)
{
	return (uint64_t)link->asked << 32 | link->granted;
}

/* What the other side says, who names its own number first. */
static bool
is_asked(const struct link *link, uint64_t number)
{
	return link->asked != 0 && link->asked == (uint32_t)number;
}

static bool
is_granted(const struct link *link, uint64_t number)
{
	return link->granted != 0 && link->granted == number >> 32;
}

int
links_make(struct worker *worker, struct cell *cell, bsk_ref peer)
{
	struct link *link;
	uint32_t number;
	int r;

	if (bsk_ref_equal(peer, cell_ref(cell)) || find(cell, peer) != NULL)
		return 0;
	link = add(worker, cell, peer);
	if (link == NULL)
		return -ENOMEM;
	do
		number = (uint32_t)++cell_has_extras(cell)->own.next_number;
	while (number == 0);
	set(worker, link, number, 0);
	r = post_runtime(worker, cell_ref(cell), peer,
	    BSK_NEW(post_link, .number = number));
	if (r < 0)
		take_out(worker, cell, link);
	return r;
}

int
links_cut(struct worker *worker, struct cell *cell, bsk_ref peer)
{
	struct link *link = find(cell, peer);
	int r;

	if (link == NULL)
		return -ENOENT;
	r = post_runtime(worker, cell_ref(cell), peer,
	    BSK_NEW(links_unlink, .number = number_of(link)));
	if (r == 0)
		take_out(worker, cell, link);
	return r;
}

/* Without memory to remember the other, it is told at once: better a wrong
 * alarm than none. */
void
links_accept(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number)
{
	struct link *link = find(cell, peer);

	if (link == NULL)
		link = add(worker, cell, peer);
	if (link == NULL)
		post_down(worker, &bsk_link_down_type, peer, number,
		    cell_ref(cell), -ENOMEM);
	else
		set(worker, link, link->asked, (uint32_t)number);
}

void
links_drop(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number)
{
	struct link *link = find(cell, peer);

	if (link == NULL)
		return;
	set(worker, link, is_asked(link, number) ? 0 : link->asked,
	    is_granted(link, number) ? 0 : link->granted);
	if (number_of(link) == 0)
		take_out(worker, cell, link);
}

bool
links_open(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number)
{
	struct link *link = find(cell, peer);

	if (link == NULL ||
	    (!is_asked(link, number) && !is_granted(link, number)))
		return false;
	take_out(worker, cell, link);
	return true;
}

void
links_tell(struct worker *worker, struct cell *cell, int reason)
{
	struct extras *extras = cell_has_extras(cell);
	struct link *link;

	if (extras == NULL)
		return;
	while ((link = idmap_take_any(&extras->own.links)) != NULL) {
		post_down(worker, &bsk_link_down_type, link->peer,
		    number_of(link), cell_ref(cell), reason);
		forget(worker, link);
	}
}

/* --- looking ------------------------------------------------------------- */

/* Whoever has asked tells of it; of two who have, one. */
static bool
tells(const struct link *link)
{
	return link->asked != 0 &&
	    (link->granted == 0 || link->self.bits < link->peer.bits);
}

int
links_each(struct links *links,
    bool (*on_link)(void *arg, const struct bsk_link_info *info), void *arg)
{
	const struct link *link;
	int r = 0;

	pthread_mutex_lock(&links->lock);
	for (link = links->first; r == 0 && link != NULL; link = link->next) {
		struct bsk_link_info info = {link->self, link->peer};

		if (tells(link) && !on_link(arg, &info))
			r = 1;
	}
	pthread_mutex_unlock(&links->lock);
	return r;
}
