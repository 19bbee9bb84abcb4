/* src/buf.c - counted slices of bytes. */
#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/value.h>

#include "inside.h"
#include "stock.h"

struct bsk_block {
	atomic_uint slices;  /* how many slices share the bytes */
	unsigned index;      /* of its class in the stock */
	struct stock *stock; /* where it comes from; NULL: malloc(3) */
	alignas(max_align_t) unsigned char bytes[];
};

/* A lost buffer is empty and points here. */
static const unsigned char lost_bytes[1];

static bsk_buf
lost(void)
{
	return (bsk_buf){.bytes = lost_bytes};
}

/* That of the worker, whose work this thread is doing. */
static struct bsk_block *
get_from_stock(struct worker *worker, unsigned index)
{
	INSIDE(worker);
	struct bsk_block *block;

	if (worker->stock == NULL)
		worker->stock = stock_new();
	if (worker->stock == NULL)
		return NULL;
	block = stock_get(worker->stock, index);
	if (block != NULL) {
		block->index = index;
		block->stock = worker->stock;
	}
	return block;
}

static struct bsk_block *
new_block(size_t bytes)
{
	unsigned index = stock_class(bytes);
	struct bsk_block *block;

	if (!ARENA_IS_PLAIN && index != STOCK_NO_CLASS &&
	    current_worker != NULL)
		return get_from_stock(current_worker, index);
	block = malloc(bytes);
	if (block != NULL)
		block->stock = NULL;
	return block;
}

static void
free_block(struct bsk_block *block)
{
	if (block->stock != NULL)
		stock_put(block->stock, block, block->index);
	else
		free(block);
}

int
bsk_buf_new(size_t size, bsk_buf *ret_buf, unsigned char **ret_bytes)
{
	struct bsk_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return -ENOMEM;
	block = new_block(sizeof(*block) + size);
	if (block == NULL)
		return -ENOMEM;
	atomic_init(&block->slices, 1);
	*ret_buf = (bsk_buf){block, block->bytes, size};
	*ret_bytes = block->bytes;
	return 0;
}

bsk_buf
bsk_buf_copy(const void *bytes, size_t size)
{
	unsigned char *to;
	bsk_buf copy;

	if (bytes == lost_bytes)
		return lost();
	if (size == 0)
		return (bsk_buf){0};
	if (bsk_buf_new(size, &copy, &to) < 0)
		return lost();
	memcpy(to, bytes, size);
	return copy;
}

bsk_buf
bsk_buf_static(const void *bytes, size_t size)
{
	return (bsk_buf){NULL, bytes, size};
}

bsk_buf
bsk_buf_share(const bsk_buf *buf)
{
	/* Relaxed: whoever shares holds a slice already, and hands the new one
	 * to another thread by a message, which orders everything. */
	if (buf->block != NULL)
		atomic_fetch_add_explicit(&buf->block->slices, 1,
		    memory_order_relaxed);
	return *buf;
}

bsk_buf
bsk_buf_slice(const bsk_buf *buf, size_t offset, size_t size)
{
	bsk_buf slice;

	if (bsk_buf_is_lost(buf))
		return lost();
	if (offset >= buf->size || size == 0)
		return (bsk_buf){0};
	slice = bsk_buf_share(buf);
	slice.bytes += offset;
	slice.size = size < buf->size - offset ? size : buf->size - offset;
	return slice;
}

/* Whether the caller was the last to let go. */
static bool
was_last(struct bsk_block *block)
{
	unsigned before;

	/* Acquire: pairs with the release half below in whoever let go before.
	 * A count of one cannot grow any more, as only a holder can share; so
	 * the sole owner is spared the locked operation. */
	if (atomic_load_explicit(&block->slices, memory_order_acquire) == 1)
		return true;
	/* Release what this thread read of the bytes, acquire what the others
	 * did: pairs with itself in the other holders. */
	before = atomic_fetch_sub_explicit(&block->slices, 1,
	    memory_order_acq_rel);
	assert(before != 0);
	return before == 1;
}

void
bsk_buf_drop(bsk_buf *buf)
{
	if (buf->block != NULL && was_last(buf->block))
		free_block(buf->block);
	*buf = (bsk_buf){0};
}

bool
bsk_buf_is_lost(const bsk_buf *buf)
{
	return buf->bytes == lost_bytes;
}
