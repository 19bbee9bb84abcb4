/* buskin/nng.h - nng sockets: messages to and from programs that speak nng.
 *
 * An nng-socket actor owns one nng socket. The first one in a process makes
 * nng start its own threads (a dozen), which stay until the process ends or
 * calls nng_fini(3); so spawn one only where it is wanted.
 *
 * Protocol "rep": each request of a peer is told as bsk_nng_request, through
 * the port "requests" where that is wired, else to the parent; bsk_nng_answer
 * with the same number, sent to the nng-socket, answers it.
 *
 * nng 1.5's ipc:// listener is stuck for good once a peer connects and hangs
 * up before it has greeted: do not show one to peers that are not trusted, but
 * stand before it, as the inspector does.
 */
#ifndef BUSKIN_NNG_H
#define BUSKIN_NNG_H

#include <buskin/class.h>
#include <buskin/os.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which side of which of nng's protocols a socket speaks. */
enum bsk_nng_protocol {
	BSK_NNG_REP /* answers requests */
};

/* How to make an nng socket. */
struct bsk_nng_socket_config {
	bsk_text url;         /* where to listen: "ipc://PATH", PATH at most 107
	                       * bytes. A socket there that nobody serves is
	                       * removed; all else is left: -EADDRINUSE */
	int32_t protocol;     /* enum bsk_nng_protocol */
	bool own_directory;   /* PATH's directory is made first, mode 0700, and
	                       * must not exist; it is removed at the end */
	uint32_t contexts;    /* requests served at once, 1..64; 0: 8 */
	uint64_t message_max; /* bytes of a message; a peer that sends a longer
	                       * one is hung up on; 0: 64 KiB */
	int64_t answer_ns;    /* after so long without an answer a request is
	                       * given up; 0: 10 s */
	int64_t close_ns;     /* how long nng may take to close before it is
	                       * left to itself; 0: 2 s */
};
BSK_DECLARE(bsk_nng_socket_config);

/* To the parent: the socket listens. */
struct bsk_nng_listening {
	bsk_text url; /* where */
};
BSK_DECLARE(bsk_nng_listening);

/* A peer asks. */
struct bsk_nng_request {
	uint64_t request; /* the number that the answer must bear; never 0 */
	bsk_buf body;     /* what it asks */
};
BSK_DECLARE(bsk_nng_request);

/* The answer to a request. One that comes too late, or a second time, is let
 * go. */
struct bsk_nng_answer {
	uint64_t request; /* which */
	bsk_buf body;     /* what the peer gets */
};
BSK_DECLARE(bsk_nng_answer);

/* The class "nng-socket". */
extern const struct bsk_class bsk_nng_socket_class;

/* The out port of an nng-socket. */
enum bsk_nng_port {
	BSK_NNG_REQUESTS /* bsk_nng_request */
};

/* --- what an nng-socket is made of ------------------------------------- */

/* The class "nng-rep", which an nng-socket spawns to speak "rep". It has a
 * thread of its own, because nng's closing blocks. It takes the path as it
 * finds it. Its requests are numbered n * 64 + context. */
extern const struct bsk_class bsk_nng_rep_class;

/* nng itself, behind a wall: one socket that listens, and its contexts, each
 * with one operation at a time. Its functions are for one actor. */
struct bsk_nng_hub;

/* Opens and listens. `bell` is an eventfd that is written to, by threads of
 * nng's, whenever an operation has finished; it must stay open until the hub
 * is closed. All signals are blocked in those threads. -EINVAL, -EADDRINUSE,
 * -EACCES, -ENOENT, -ENOMEM, -EIO. */
int bsk_nng_hub_open(const struct bsk_os *os, int bell,
    const struct bsk_nng_socket_config *config, struct bsk_nng_hub **ret_hub);

/* How many contexts there are. */
uint32_t bsk_nng_hub_count(const struct bsk_nng_hub *hub);

/* Starts to receive in a context. */
void bsk_nng_hub_receive(struct bsk_nng_hub *hub, uint32_t number);

/* Starts to send there, in answer to what was received. -ENOMEM: it has not
 * been started. */
int bsk_nng_hub_send(struct bsk_nng_hub *hub, uint32_t number,
    const bsk_buf *body);

/* Whether the operation of a context has finished since this was asked.
 * `ret_result` is then 0 or a negative errno, and `ret_body` what was
 * received, the caller's; it is untouched when that was none. */
bool bsk_nng_hub_take(struct bsk_nng_hub *hub, uint32_t number,
    int *ret_result, bsk_buf *ret_body);

/* Waits until the peers have gone, but not for ever, and closes; blocks for at
 * most `timeout_ns` (0: 2 s). What nng has not let go of by then stays its
 * own, and nothing is written to the bell any more in any case. */
void bsk_nng_hub_close(struct bsk_nng_hub *hub, int64_t timeout_ns);

/* --- nng's messages on the wire --------------------------------------- */

/* Cuts what is too long, so that nng need not hold it. After the greetings a
 * connection by ipc:// carries messages, each as a byte 1, its length in eight
 * bytes, most significant first, and its bytes. All zeros but `message_max` is
 * a new cutter. */
struct bsk_nng_cutter {
	uint64_t message_max; /* bytes of a message that are let through */
	uint64_t pass;        /* of the one in hand, still to let through */
	uint64_t skip;        /* and to cut off after those */
	uint64_t cut;         /* messages that were cut, ever */
};

/* Takes what came next: `*size` bytes at `bytes`, and moves them together so
 * that cut ones are gone and their messages' lengths are right. `*size` is
 * then how many are left and `ret_ready` how many of them may go on; the rest,
 * fewer than nine, is to stand before what comes next time. Returns 0, or
 * -EPROTO where these are no messages. Any thread. */
int bsk_nng_cut(struct bsk_nng_cutter *cutter, unsigned char *bytes,
    size_t *size, size_t *ret_ready);

#ifdef __cplusplus
}
#endif

#endif
