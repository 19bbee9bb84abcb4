/* published.h - counters that one thread writes and any thread reads.
 *
 * A published object has a single writer at any time, so writing needs no
 * read-modify-write and no order: poke is a plain store and peek a plain load
 * that the compiler may not tear. What is read is a figure for people, or is
 * checked again under the rule of whoever reads it; nothing else is inferred
 * from it. Order relaxed on both sides throughout.
 */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include <stdatomic.h>

#define peek(object) \
	atomic_load_explicit(object, memory_order_relaxed)
#define poke(object, value) \
	atomic_store_explicit(object, value, memory_order_relaxed)
#define bump(object, amount) poke(object, peek(object) + (amount))

#endif
