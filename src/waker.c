/* waker.c - what a park that sleeps in the kernel is woken by. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/park.h>

struct bsk_waker {
	const struct bsk_os *os;
	int fd; /* an eventfd */
};

int
bsk_waker_new(const struct bsk_os *os, struct bsk_waker **ret_waker)
{
	struct bsk_waker *waker = malloc(sizeof(*waker));

	if (waker == NULL)
		return -ENOMEM;
	waker->os = os;
	waker->fd = os->eventfd(os, 0);
	if (waker->fd < 0) {
		int error = waker->fd;

		free(waker);
		return error;
	}
	*ret_waker = waker;
	return 0;
}

int
bsk_waker_fd(const struct bsk_waker *waker)
{
	return waker->fd;
}

void
bsk_waker_wake(void *waker)
{
	const struct bsk_waker *self = waker;
	const uint64_t one = 1;

	(void)self->os->write(self->os, self->fd, &one, sizeof(one));
}

void
bsk_waker_free(struct bsk_waker *waker)
{
	if (waker == NULL)
		return;
	(void)waker->os->close(waker->os, waker->fd);
	free(waker);
}
