/* tests/fail_alloc.c - walks the n-th allocation's failure. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "fail_alloc.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Relaxed: whoever starts or stops it sees to the order. */
static atomic_bool is_counting;
static atomic_uint counted;
static atomic_uint failing;

static bool
fails(void)
{
	return atomic_load_explicit(&is_counting, memory_order_relaxed) &&
	    atomic_fetch_add_explicit(&counted, 1, memory_order_relaxed) + 1 ==
	    atomic_load_explicit(&failing, memory_order_relaxed);
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void
fail_alloc_start(unsigned n)
{
	cJSON_Hooks hooks = {malloc, free};

	cJSON_InitHooks(&hooks);
	atomic_store(&counted, 0);
	atomic_store(&failing, n);
	atomic_store(&is_counting, true);
}

unsigned
fail_alloc_stop(void)
{
	atomic_store(&is_counting, false);
	return atomic_load(&counted);
}
