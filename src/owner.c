/* owner.c - whose a system is. */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "owner.h"

#define MARK_BYTES 4096

int
owner_init(const volatile unsigned char **ret_owner)
{
	unsigned char *mark = mmap(NULL, MARK_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return -ENOMEM;
	/* A kernel before 4.14 refuses: then a child is as blind as ever. */
	(void)madvise(mark, MARK_BYTES, MADV_WIPEONFORK);
	*mark = 1;
	*ret_owner = mark;
	return 0;
}

void
owner_release(const volatile unsigned char *owner)
{
	if (owner != NULL)
		(void)munmap((void *)(uintptr_t)owner, MARK_BYTES);
}
