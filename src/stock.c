/* stock.c - large pieces of memory that are used again. */
#include <stdatomic.h>
#include <stdlib.h>

#include "stock.h"

/* A piece that is kept. */
struct piece {
	struct piece *next;
	unsigned index; /* of its class */
};

struct stock {
	struct piece *ready[STOCK_CLASSES]; /* the owner's */
	/* What was put back. Pushed with release, taken whole with acquire. On
	 * a line of its own: others write it. */
	_Alignas(64) _Atomic(struct piece *) returned;
	atomic_size_t kept;  /* bytes, ready and returned */
	atomic_size_t users; /* the owner, and each piece that is out */
};

static size_t
class_bytes(unsigned index)
{
	return (size_t)(STOCK_SMALLEST - 64) << index | 64;
}

unsigned
stock_class(size_t bytes)
{
	unsigned index = 0;

	if (bytes <= class_bytes(0) / 2)
		return STOCK_NO_CLASS;
	while (index < STOCK_CLASSES && class_bytes(index) < bytes)
		index++;
	return index;
}

struct stock *
stock_new(void)
{
	struct stock *stock = aligned_alloc(_Alignof(struct stock),
	    sizeof(*stock));

	if (stock == NULL)
		return NULL;
	for (unsigned i = 0; i < STOCK_CLASSES; i++)
		stock->ready[i] = NULL;
	atomic_init(&stock->returned, NULL);
	atomic_init(&stock->kept, 0);
	atomic_init(&stock->users, 1);
	return stock;
}

static void
free_all(struct piece *piece)
{
	while (piece != NULL) {
		struct piece *next = piece->next;

		free(piece);
		piece = next;
	}
}

static void
forget_user(struct stock *stock)
{
	/* Release what was done to the stock, acquire what others did: pairs
	 * with itself in whoever is the last. */
	if (atomic_fetch_sub_explicit(&stock->users, 1,
	    memory_order_acq_rel) > 1)
		return;
	free_all(atomic_load_explicit(&stock->returned, memory_order_relaxed));
	free(stock);
}

static void
take_returned(struct stock *stock)
{
	/* Acquire: pairs with the release in keep. */
	struct piece *piece = atomic_exchange_explicit(&stock->returned, NULL,
	    memory_order_acquire);

	while (piece != NULL) {
		struct piece *next = piece->next;

		piece->next = stock->ready[piece->index];
		stock->ready[piece->index] = piece;
		piece = next;
	}
}

static void
evict(struct stock *stock, unsigned index)
{
	struct piece *piece = stock->ready[index];

	stock->ready[index] = piece->next;
	free(piece);
	/* Relaxed, here and below: a figure alone. */
	atomic_fetch_sub_explicit(&stock->kept, class_bytes(index),
	    memory_order_relaxed);
}

/* What nobody asks for any more makes room for what is asked for. */
static void
make_room(struct stock *stock, unsigned wanted)
{
	for (unsigned i = 0; i < STOCK_CLASSES; i++)
		while (i != wanted && stock->ready[i] != NULL &&
		    atomic_load_explicit(&stock->kept, memory_order_relaxed) +
		    class_bytes(wanted) > STOCK_KEEP)
			evict(stock, i);
}

/* The figure is raised for good: what comes back later is not kept. */
void
stock_leave(struct stock *stock)
{
	if (stock == NULL)
		return;
	take_returned(stock);
	for (unsigned i = 0; i < STOCK_CLASSES; i++)
		while (stock->ready[i] != NULL)
			evict(stock, i);
	atomic_fetch_add_explicit(&stock->kept, STOCK_KEEP,
	    memory_order_relaxed);
	forget_user(stock);
}

void *
stock_get(struct stock *stock, unsigned index)
{
	struct piece *piece;

	if (stock->ready[index] == NULL)
		take_returned(stock);
	piece = stock->ready[index];
	if (piece != NULL) {
		stock->ready[index] = piece->next;
		atomic_fetch_sub_explicit(&stock->kept, class_bytes(index),
		    memory_order_relaxed);
	} else {
		make_room(stock, index);
		piece = malloc(class_bytes(index));
	}
	if (piece != NULL)
		atomic_fetch_add_explicit(&stock->users, 1,
		    memory_order_relaxed);
	return piece;
}

static void
keep(struct stock *stock, struct piece *piece)
{
	struct piece *top = atomic_load_explicit(&stock->returned,
	    memory_order_relaxed);

	do {
		piece->next = top;
		/* Release: pairs with the acquire in take_returned. */
	} while (!atomic_compare_exchange_weak_explicit(&stock->returned, &top,
	    piece, memory_order_release, memory_order_relaxed));
}

/* The figure is raised first, so that no two think that theirs still fits. */
void
stock_put(struct stock *stock, void *address, unsigned index)
{
	struct piece *piece = address;
	size_t bytes = class_bytes(index);
	size_t kept = atomic_fetch_add_explicit(&stock->kept, bytes,
	    memory_order_relaxed);

	piece->index = index;
	if (kept + bytes <= STOCK_KEEP) {
		keep(stock, piece);
	} else {
		atomic_fetch_sub_explicit(&stock->kept, bytes,
		    memory_order_relaxed);
		free(piece);
	}
	forget_user(stock);
}
