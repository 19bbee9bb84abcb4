/* peer_epoll.h - the loop of the peer that is written by hand. */
#ifndef BUSKIN_BENCH_PEER_EPOLL_H
#define BUSKIN_BENCH_PEER_EPOLL_H

#include <stdint.h>

struct watch {
	int fd;
	uint32_t events; /* waited for now */
	void (*ready)(struct watch *watch, uint32_t events); /* NULL: dead */
	struct watch *next_dead;
};

void loop_add(struct watch *watch, uint32_t events);
void loop_change(struct watch *watch, uint32_t events);

/* Closes its descriptor. */
void loop_close(struct watch *watch);

/* Frees it once nobody can speak of it any more. */
void loop_free(struct watch *watch);

void loop_run(void);
void loop_stop(void);

void epoll_cat(char **arguments);
void epoll_echo(char **arguments);
void epoll_proxy(char **arguments);
void epoll_reap(char **arguments);
void epoll_sendfile(char **arguments);
void epoll_signals(char **arguments);
void epoll_sink(char **arguments);
void epoll_spawn(char **arguments);

#endif
