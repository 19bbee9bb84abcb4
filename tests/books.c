/* books.c - every message in exactly one place: at its end, or in a queue.
 *
 * Test programs are linked with --wrap=threads_release: so this is called where
 * a system has been brought to its end and nothing of it is freed yet, in
 * whichever test that is. It takes no memory from malloc(3), which a test may
 * have told to fail.
 */
#include "books.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "system.h"

#define WHY_SIZE 256

bool books_are_cooked; /* each test has a process of its own */

/* One edge as one worker counts it. */
struct account {
	uint64_t from; /* 0, with the two below: the rest */
	uint64_t to;
	const struct bsk_type *type;
	int64_t sent;
	int64_t ended;
	int64_t queued; /* in mailboxes and hands at that worker */
};

struct books {
	bsk_system *system;
	bool folds; /* a worker has folded edges of actors that are gone */
	struct account *accounts; /* by worker and number of its edge */
	size_t count;
	size_t size;              /* bytes */
	size_t first[WORKERS_MAX]; /* of each worker's */
};

static void
open_account(struct books *books, struct edge *edge, struct account *account)
{
	bsk_ref from = {peek(&edge->from)};
	bsk_ref to = {peek(&edge->to)};

	account->sent = (int64_t)peek(&edge->sent);
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		account->ended += (int64_t)peek(&edge->ends[i]);
	if (peek(&edge->type) == NULL || (books->folds &&
	    (system_is_gone(books->system, from) ||
	    system_is_gone(books->system, to))))
		return;
	account->from = from.bits;
	account->to = to.bits;
	account->type = peek(&edge->type);
}

static void
open_accounts(struct books *books)
{
	bsk_system *system = books->system;
	unsigned workers = peek(&system->worker_count);

	for (unsigned w = 0; w < workers; w++) {
		books->first[w] = books->count;
		books->count += peek(&system->workers[w]->edges.count);
		books->folds = books->folds ||
		    peek(&system->workers[w]->edges.is_swept);
	}
	books->size = (books->count + 1) * sizeof(*books->accounts);
	books->accounts = mmap(NULL, books->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(books->accounts, MAP_FAILED);
	for (unsigned w = 0; w < workers; w++) {
		struct edges *edges = &system->workers[w]->edges;

		for (uint32_t i = 0; i < peek(&edges->count); i++)
			open_account(books, edges_at(edges, i),
			    &books->accounts[books->first[w] + i]);
	}
}

static void
count_queue(struct books *books, unsigned home,
    const struct message_queue *queue)
{
	const struct bsk_message *message = queue->last;

	while (message != NULL) {
		books->accounts[books->first[home] + message->edge].queued++;
		message = message->next == queue->last ? NULL : message->next;
	}
}

static void
count_queued(struct books *books)
{
	struct cells *cells = &books->system->cells;
	uint32_t count = cells_count(cells);

	for (uint32_t i = 1; i < count; i++) {
		struct cell *cell = cells_find(cells, (bsk_ref){i});
		unsigned home = cells_home(cells, i);
		struct extras *extras;
		struct bsk_message *held;

		if (cell == NULL)
			continue;
		extras = cell_has_extras(cell);
		count_queue(books, home, &cell->control);
		count_queue(books, home, &cell->data);
		held = extras == NULL ? NULL : extras->own.held;
		for (; held != NULL; held = held->next)
			books->accounts[books->first[home] +
			    held->edge].queued++;
	}
}

static int
compare(const void *one, const void *other)
{
	const struct account *a = one;
	const struct account *b = other;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	if (a->type != b->type)
		return (uintptr_t)a->type < (uintptr_t)b->type ? -1 : 1;
	return 0;
}

/* Sums up the workers' accounts of one edge, from `first` on. The number of
 * those that follow. */
static size_t
sum_up(const struct books *books, size_t first, struct account *ret_sum)
{
	size_t next = first;

	*ret_sum = books->accounts[first];
	while (++next < books->count && compare(&books->accounts[first],
	    &books->accounts[next]) == 0) {
		ret_sum->sent += books->accounts[next].sent;
		ret_sum->ended += books->accounts[next].ended;
		ret_sum->queued += books->accounts[next].queued;
	}
	return next;
}

bool
books_balance(bsk_system *system, char *ret_why, size_t size)
{
	struct books books = {.system = system};
	bool all = true;
	size_t next = 0;

	open_accounts(&books);
	count_queued(&books);
	qsort(books.accounts, books.count, sizeof(*books.accounts), compare);
	while (all && next < books.count) {
		struct account sum;

		next = sum_up(&books, next, &sum);
		all = sum.sent == sum.ended + sum.queued;
		if (!all)
			(void)snprintf(ret_why, size, "%#llx to %#llx, %s: "
			    "%lld sent, %lld ended, %lld queued",
			    (unsigned long long)sum.from,
			    (unsigned long long)sum.to,
			    sum.type == NULL ? "the rest" : sum.type->name,
			    (long long)sum.sent, (long long)sum.ended,
			    (long long)sum.queued);
	}
	(void)munmap(books.accounts, books.size);
	return all;
}

void __real_threads_release(struct bsk_system *system);
void __wrap_threads_release(struct bsk_system *system);

void
__wrap_threads_release(struct bsk_system *system)
{
	uint64_t messages = bsk_system_messages(system);
	char why[WHY_SIZE];

	if (!books_are_cooked && !books_balance(system, why, sizeof(why)))
		ck_abort_msg("the books of a system do not balance: %s", why);
	if (messages != 0)
		ck_abort_msg("%llu messages outlive their system",
		    (unsigned long long)messages);
	__real_threads_release(system);
}
