/* tests/fail_alloc.c - walks the n-th allocation's failure. */
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

static bool is_counting;
static unsigned counted;
static unsigned failing;

static bool
fails(void)
{
	return is_counting && ++counted == failing;
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
	is_counting = true;
	counted = 0;
	failing = n;
}

unsigned
fail_alloc_stop(void)
{
	is_counting = false;
	return counted;
}
