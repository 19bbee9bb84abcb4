/* proxied.h - a client, its upstream side, and a proxy between them, for tests:
 * both sides are the test. The world counts what a read or a write gets from a
 * socket: nothing, as long as bytes are spliced.
 */
#ifndef BUSKIN_TESTS_PROXIED_H
#define BUSKIN_TESTS_PROXIED_H

#include <stdatomic.h>

#include <buskin/proxy.h>

#include "clerk.h"
#include "faulty_os.h"

#define MS INT64_C(1000000)
#define HOUR (INT64_C(3600000) * MS)
#define MIB ((size_t)1 << 20)
#define PIECE 65536

extern struct faulty_os world;
extern atomic_uint socket_bytes; /* calls that had bytes of sockets here */
extern bsk_system *system_;
extern struct clerk *clerk;      /* is told of ends */
extern bsk_ref proxy;
extern struct bsk_unix_socket server; /* the upstream socket */
extern char front[128], back[128];    /* where one connects, and it does */
extern int client, upstream;     /* one connection, the test's ends */

/* The fixture. */
void begin(void);
void end(void);

/* Makes the upstream socket; a proxy with a listener before it. */
void serve(int backlog);
void stand_between(struct bsk_proxy_config config);
#define PROXY(...) stand_between((struct bsk_proxy_config){ __VA_ARGS__ })

/* Makes the kernel refuse to splice. */
void refuse_to_splice(void);

/* A client with its upstream side; the latter alone; the end of one. */
void meet(void);
int accept_one(void);
void hang_up(int *fd);

/* Both sides say so many bytes at once and end; each hears all, and the end. */
void exchange(size_t size);

/* Writes until there has been no room for a while; how much it took. */
size_t write_until_stopped(int fd, size_t most);

/* What the clerk is told; how the proxy stands; the only relay, and how a relay
 * stands. */
const struct bsk_relay_ended *ended(unsigned nth);
const struct bsk_proxy_status *status(void);
bsk_ref relay(void);
const struct bsk_relay_status *relay_status(bsk_ref which);

/* Has the proxy stop; waits for its end, and gives the reason. */
void stop(void);
int proxy_end(void);

#endif
