/* seeds.c - one scenario under many seeds, and the seed that broke it. */
#include "seeds.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>

#include "harness.h"

#define SEEDS 200u
/* A simulation is one thread, and under a sanitizer a seed costs some eight
 * times as much. */
#define SEEDS_INSTRUMENTED 40u
#define TIMEOUT_S 600

/* Shared with the process that the test runs in; 0: at no seed. */
static uint64_t *seed_shared;

static void
begin(void)
{
	seed_shared = mmap(NULL, sizeof(*seed_shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seed_shared == MAP_FAILED)
		abort();
	*seed_shared = 0;
}

static void
end(void)
{
	if (*seed_shared != 0)
		printf("# failed at seed %" PRIu64
		    ": run it alone with BUSKIN_SEED=%" PRIu64 "\n",
		    *seed_shared, *seed_shared);
	(void)munmap(seed_shared, sizeof(*seed_shared));
}

void
seeds_add(Suite *suite, const char *name, const TTest *test)
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, begin, end);
	tcase_add_test(tcase, test);
	tcase_set_timeout(tcase, TIMEOUT_S);
	suite_add_tcase(suite, tcase);
}

void
seeds_walk(void (*scenario)(uint64_t seed))
{
	const char *alone = getenv("BUSKIN_SEED");
	bool is_alone = alone != NULL && alone[0] != '\0';
	uint64_t first = is_alone ? strtoull(alone, NULL, 10) : 1;
	uint64_t last = is_alone ? first :
	    harness_is_instrumented() ? SEEDS_INSTRUMENTED : SEEDS;

	for (*seed_shared = first; *seed_shared <= last; ++*seed_shared)
		scenario(*seed_shared);
	*seed_shared = 0;
}
