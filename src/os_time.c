/* os_time.c - the clocks and the kernel's dice. */
#include "os_libc.h"

#include <sys/random.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec time = { 0, 0 };

	/* These clocks always exist, and the pointer is good. */
	(void)clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec;
}

int64_t
os_now(const struct bsk_os *os)
{
	(void)os;
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t
os_tick(const struct bsk_os *os)
{
	(void)os;
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

int64_t
os_wall(const struct bsk_os *os)
{
	(void)os;
	return clock_ns(CLOCK_REALTIME);
}

int
os_random(const struct bsk_os *os, void *ret_bytes, size_t size)
{
	unsigned char *next = ret_bytes;
	ssize_t got;

	(void)os;
	/* More than 256 bytes may come in parts. */
	for (; size > 0; next += got, size -= (size_t)got) {
		OS_REPEAT(got, getrandom(next, size, 0));
		if (got < 0)
			return -errno;
	}
	return 0;
}
