/* peer_uv.h - the commands of the peer that is made with libuv. */
#ifndef BUSKIN_BENCH_PEER_UV_H
#define BUSKIN_BENCH_PEER_UV_H

#include <uv.h>

void uv_peer_cat(char **arguments);
void uv_peer_echo(char **arguments);
void uv_peer_proxy(char **arguments);
void uv_peer_reap(char **arguments);
void uv_peer_sendfile(char **arguments);
void uv_peer_signals(char **arguments);
void uv_peer_sink(char **arguments);
void uv_peer_spawn(char **arguments);
void uv_peer_timers_arm(char **arguments);
void uv_peer_timers_fire(char **arguments);

/* Runs the loop to its end. */
void uv_peer_run(void);

/* Ends the program with a word unless libuv says it is well. */
void uv_peer_must(int result, const char *what);

#endif
