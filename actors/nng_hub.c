/* actors/nng_hub.c - nng itself, behind a wall: what this file does not say to
 * nng, nobody does but the program's client.
 *
 * nng works on threads of its own. What it calls there touches the hub only:
 * it marks a context as done and rings a bell. That cannot fail for want of
 * memory. Closing is done by another thread too, for it may never return; then
 * the hub is left to it.
 *
 * nng 1.5 leaks, or aborts the process, where a socket closes while a peer
 * comes or goes, or while a context is in use. So first the peers must have
 * gone, then the contexts are closed, then the socket.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>

#include <buskin/nng.h>

#define CONTEXTS 8
#define CONTEXTS_MAX 64
#define MESSAGE_MAX (64 * 1024)
#define MILLISECOND_NS 1000000
#define CLOSE_NS (2000 * (int64_t)MILLISECOND_NS)
/* Without a peer for so long, none is on its way in or out. */
#define QUIET_MS 10
/* How long peers are waited for at most. */
#define PEERS_MS 1000

struct context {
	struct bsk_nng_hub *hub; /* whose */
	nng_ctx nng;             /* id 0: not open */
	nng_aio *operation;      /* one at a time; NULL: not made */
	atomic_bool done;        /* it has finished and was not looked at */
	bool receiving;          /* which kind it is */
};

struct bsk_nng_hub {
	nng_mtx *lock;           /* guards what follows */
	nng_cv *changed;         /* `peers` or `closed` */
	int peers;               /* connected now */
	bool closed;             /* nng has let go of everything */
	bool silent;             /* ring no more: the owner is gone */
	const struct bsk_os *os; /* to ring with */
	int bell;                /* the owner's eventfd */
	/* The owner's, then the closing thread's. */
	nng_socket socket;       /* id 0: not open */
	uint32_t count;          /* contexts */
	struct context contexts[];
};

/* How the socket of each protocol is opened. */
static int (*const openers[])(nng_socket *ret_socket) = {
	[BSK_NNG_REP] = nng_rep0_open,
};

/* nng's errors in the kernel's words. */
static int
error_of(int nng_error)
{
	static const struct {
		int nng;
		int error;
	} errors[] = {
		{ 0, 0 },
		{ NNG_ENOMEM, -ENOMEM },
		{ NNG_EADDRINUSE, -EADDRINUSE },
		{ NNG_EADDRINVAL, -EINVAL },
		{ NNG_EPERM, -EACCES },
		{ NNG_ENOENT, -ENOENT },
		{ NNG_ENOTSUP, -ENOTSUP },
		{ NNG_ENOFILES, -EMFILE },
	};
	size_t i;

	if ((nng_error & NNG_ESYSERR) != 0)
		return -(nng_error & ~NNG_ESYSERR);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].nng == nng_error)
			return errors[i].error;
	return -EIO;
}

/* --- on nng's threads --- */

static void
on_finished(void *arg)
{
	static const uint64_t once = 1;
	struct context *context = arg;
	struct bsk_nng_hub *hub = context->hub;

	/* Pairs with the exchange in bsk_nng_hub_take. */
	atomic_store_explicit(&context->done, true, memory_order_release);
	nng_mtx_lock(hub->lock);
	/* A bell that is too full to ring has been rung. */
	if (!hub->silent)
		(void)hub->os->write(hub->os, hub->bell, &once, sizeof(once));
	nng_mtx_unlock(hub->lock);
}

static void
on_peer(nng_pipe peer, nng_pipe_ev event, void *arg)
{
	struct bsk_nng_hub *hub = arg;

	(void)peer;
	nng_mtx_lock(hub->lock);
	hub->peers += event == NNG_PIPE_EV_ADD_PRE ? 1 : -1;
	nng_cv_wake(hub->changed);
	nng_mtx_unlock(hub->lock);
}

/* --- opening --- */

static void
free_hub(struct bsk_nng_hub *hub)
{
	if (hub->changed != NULL)
		nng_cv_free(hub->changed);
	if (hub->lock != NULL)
		nng_mtx_free(hub->lock);
	free(hub);
}

/* What is open after a failure is closed with the hub. */
static int
open_contexts(struct bsk_nng_hub *hub)
{
	int error = 0;
	uint32_t i;

	for (i = 0; error == 0 && i < hub->count; i++) {
		hub->contexts[i].hub = hub;
		error = nng_ctx_open(&hub->contexts[i].nng, hub->socket);
		if (error == 0)
			error = nng_aio_alloc(&hub->contexts[i].operation,
			    on_finished, &hub->contexts[i]);
	}
	return error;
}

/* Returns nng's error. */
static int
open_socket(struct bsk_nng_hub *hub, const struct bsk_nng_socket_config *config)
{
	int error = openers[config->protocol](&hub->socket);

	if (error == 0)
		error = nng_socket_set_size(hub->socket, NNG_OPT_RECVMAXSZ,
		    config->message_max > 0 ? config->message_max :
		    MESSAGE_MAX);
	if (error == 0)
		error = nng_pipe_notify(hub->socket, NNG_PIPE_EV_ADD_PRE,
		    on_peer, hub);
	if (error == 0)
		error = nng_pipe_notify(hub->socket, NNG_PIPE_EV_REM_POST,
		    on_peer, hub);
	if (error == 0)
		error = open_contexts(hub);
	if (error == 0)
		error = nng_listen(hub->socket, config->url.chars, NULL, 0);
	return error;
}

static int
make_hub(const struct bsk_os *os, int bell, uint32_t count,
    struct bsk_nng_hub **ret_hub)
{
	struct bsk_nng_hub *hub = calloc(1, sizeof(*hub) +
	    count * sizeof(hub->contexts[0]));

	if (hub == NULL)
		return -ENOMEM;
	hub->os = os;
	hub->bell = bell;
	hub->count = count;
	if (nng_mtx_alloc(&hub->lock) != 0 ||
	    nng_cv_alloc(&hub->changed, hub->lock) != 0) {
		free_hub(hub);
		return -ENOMEM;
	}
	*ret_hub = hub;
	return 0;
}

/* nng's threads must leave the process's signals to others: they are born with
 * the mask of the thread that makes the first socket. */
int
bsk_nng_hub_open(const struct bsk_os *os, int bell,
    const struct bsk_nng_socket_config *config, struct bsk_nng_hub **ret_hub)
{
	struct bsk_nng_hub *hub;
	bsk_os_signals old;
	int result;

	if (config->contexts > CONTEXTS_MAX || config->protocol != BSK_NNG_REP)
		return -EINVAL;
	result = make_hub(os, bell, config->contexts > 0 ? config->contexts :
	    CONTEXTS, &hub);
	if (result < 0)
		return result;
	/* In parentheses, for <signal.h> has a macro of that name. */
	result = (os->sigmask)(os, SIG_SETMASK, ~(bsk_os_signals)0, &old);
	if (result == 0) {
		result = error_of(open_socket(hub, config));
		(void)(os->sigmask)(os, SIG_SETMASK, old, NULL);
	}
	if (result == 0)
		*ret_hub = hub;
	else
		bsk_nng_hub_close(hub, 0);
	return result;
}

/* --- operations --- */

uint32_t
bsk_nng_hub_count(const struct bsk_nng_hub *hub)
{
	return hub->count;
}

void
bsk_nng_hub_receive(struct bsk_nng_hub *hub, uint32_t number)
{
	struct context *context = &hub->contexts[number];

	context->receiving = true;
	nng_ctx_recv(context->nng, context->operation);
}

int
bsk_nng_hub_send(struct bsk_nng_hub *hub, uint32_t number, const bsk_buf *body)
{
	struct context *context = &hub->contexts[number];
	nng_msg *message;

	if (nng_msg_alloc(&message, 0) != 0)
		return -ENOMEM;
	if (nng_msg_append(message, body->bytes, body->size) != 0) {
		nng_msg_free(message);
		return -ENOMEM;
	}
	context->receiving = false;
	nng_aio_set_msg(context->operation, message);
	nng_ctx_send(context->nng, context->operation);
	return 0;
}

/* A message that is still there was received, or could not be sent. */
static int
finish(struct context *context, bsk_buf *ret_body)
{
	int error = error_of(nng_aio_result(context->operation));
	nng_msg *message = nng_aio_get_msg(context->operation);

	nng_aio_set_msg(context->operation, NULL);
	if (context->receiving && error == 0)
		*ret_body = bsk_buf_copy(nng_msg_body(message),
		    nng_msg_len(message));
	if (message != NULL && (context->receiving || error < 0))
		nng_msg_free(message);
	return error;
}

bool
bsk_nng_hub_take(struct bsk_nng_hub *hub, uint32_t number, int *ret_result,
    bsk_buf *ret_body)
{
	struct context *context = &hub->contexts[number];

	/* Pairs with the store in on_finished. */
	if (!atomic_exchange_explicit(&context->done, false,
	    memory_order_acquire))
		return false;
	*ret_result = finish(context, ret_body);
	return true;
}

/* --- closing --- */

/* Waits, with the lock, until there has been no peer for a while. */
static void
await_quiet(struct bsk_nng_hub *hub)
{
	nng_time until = nng_clock() + PEERS_MS;
	nng_time quiet;

	do {
		while (hub->peers > 0 &&
		    nng_cv_until(hub->changed, until) == 0)
			continue;
		quiet = nng_clock() + QUIET_MS;
		while (hub->peers == 0 &&
		    nng_cv_until(hub->changed, quiet) == 0)
			continue;
	} while (hub->peers > 0 && nng_clock() < until);
}

static void
close_context(struct context *context)
{
	nng_msg *message;

	if (context->operation != NULL) {
		nng_aio_stop(context->operation);
		message = nng_aio_get_msg(context->operation);
		if (message != NULL)
			nng_msg_free(message);
	}
	if (context->nng.id > 0)
		(void)nng_ctx_close(context->nng);
	if (context->operation != NULL)
		nng_aio_free(context->operation);
}

/* The closing thread. */
static void
run_closing(void *arg)
{
	struct bsk_nng_hub *hub = arg;
	uint32_t i;

	nng_mtx_lock(hub->lock);
	await_quiet(hub);
	nng_mtx_unlock(hub->lock);
	for (i = 0; i < hub->count; i++)
		close_context(&hub->contexts[i]);
	(void)nng_close(hub->socket);
	nng_mtx_lock(hub->lock);
	hub->closed = true;
	nng_cv_wake(hub->changed);
	nng_mtx_unlock(hub->lock);
}

/* Returns whether nng has let go; if not, it will not ring any more. */
static bool
await_closed(struct bsk_nng_hub *hub, int64_t timeout_ns)
{
	nng_time until = nng_clock() + (nng_time)
	    ((timeout_ns > 0 ? timeout_ns : CLOSE_NS) / MILLISECOND_NS);
	bool closed;

	nng_mtx_lock(hub->lock);
	while (!hub->closed && nng_cv_until(hub->changed, until) !=
	    NNG_ETIMEDOUT)
		continue;
	closed = hub->closed;
	hub->silent = true;
	nng_mtx_unlock(hub->lock);
	return closed;
}

/* Without memory for the thread it is closed right here. */
void
bsk_nng_hub_close(struct bsk_nng_hub *hub, int64_t timeout_ns)
{
	nng_thread *closer = NULL;
	bool closed;

	if (nng_socket_id(hub->socket) > 0 &&
	    nng_thread_create(&closer, run_closing, hub) != 0)
		run_closing(hub);
	closed = closer == NULL || await_closed(hub, timeout_ns);
	if (closed && closer != NULL)
		nng_thread_destroy(closer);
	if (closed)
		free_hub(hub);
}
