/* stock.h - large pieces of memory that are used again.
 *
 * A worker's messages with large buffers come and go by the thousand, and
 * malloc(3) gives the memory of each back to the kernel, which fills fresh
 * pages with zeros for the next: dearer than all that is done with the bytes.
 * So what was let go is kept, up to STOCK_KEEP, for who takes next; what nobody
 * takes makes room for what somebody does.
 *
 * One thread takes from a stock; any thread may put back, also after the owner
 * has left: the stock goes with the last piece that is out. Built with
 * BSK_PLAIN_MALLOC nothing is kept, so that sanitizers see each.
 */
#ifndef STOCK_H
#define STOCK_H

#include <stddef.h>

enum {
	STOCK_CLASSES = 7,
	STOCK_SMALLEST = 16384 + 64, /* bytes of the first class; twice as
	                              * many in each that follows */
	STOCK_NO_CLASS = STOCK_CLASSES, /* too large, or not worth it */
	STOCK_KEEP = 4 << 20         /* bytes that are kept at most */
};

struct stock;

/* A stock for the calling thread to take from; NULL for want of memory. */
struct stock *stock_new(void);

/* The owner takes nothing any more. NULL is let pass. */
void stock_leave(struct stock *stock);

/* In which class a piece of so many bytes is. */
unsigned stock_class(size_t bytes);

/* A piece of that class; NULL for want of memory. */
void *stock_get(struct stock *stock, unsigned index);

/* Puts it back. */
void stock_put(struct stock *stock, void *piece, unsigned index);

#endif
