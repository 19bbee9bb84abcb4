/* peer_epoll.c - the commands of bench/io by hand, with epoll and nothing
 * else: what the system lets one thread do. Here is its loop.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "peer.h"
#include "peer_epoll.h"

#define EVENTS 256

/* --- the loop --------------------------------------------------------- */

static struct {
	int epoll; /* 0: not opened */
	bool is_over;
	struct watch *dead;
} loop;

static void
control(struct watch *watch, int what, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (loop.epoll == 0)
		loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch->events = events;
	if (epoll_ctl(loop.epoll, what, watch->fd, &event) < 0)
		io_must(-errno, "epoll_ctl");
}

void
loop_add(struct watch *watch, uint32_t events)
{
	control(watch, EPOLL_CTL_ADD, events);
}

void
loop_change(struct watch *watch, uint32_t events)
{
	if (watch->events != events)
		control(watch, EPOLL_CTL_MOD, events);
}

/* A child that is just being started may have a copy of the descriptor, with
 * which epoll would keep it. */
void
loop_close(struct watch *watch)
{
	control(watch, EPOLL_CTL_DEL, 0);
	(void)close(watch->fd);
	watch->ready = NULL;
}

void
loop_free(struct watch *watch)
{
	watch->next_dead = loop.dead;
	loop.dead = watch;
}

static void
bury(void)
{
	while (loop.dead != NULL) {
		struct watch *watch = loop.dead;

		loop.dead = watch->next_dead;
		free(watch);
	}
}

void
loop_run(void)
{
	struct epoll_event events[EVENTS];

	while (!loop.is_over) {
		int count = epoll_wait(loop.epoll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			struct watch *watch = events[i].data.ptr;

			if (watch->ready != NULL)
				watch->ready(watch, events[i].events);
		}
		bury();
	}
}

void
loop_stop(void)
{
	loop.is_over = true;
}

const struct peer_command peer_commands[] = {
	{ "cat", 2, epoll_cat },
	{ "echo", 1, epoll_echo },
	{ "proxy", 2, epoll_proxy },
	{ "reap", 2, epoll_reap },
	{ "sendfile", 2, epoll_sendfile },
	{ "signals", 2, epoll_signals },
	{ "sink", 1, epoll_sink },
	{ "spawn", 2, epoll_spawn },
	{ NULL, 0, NULL },
};
