/* actors/nng_handle.c - nng's own socket: opened, listening, closed in time.
 *
 *   hears   bsk_down           from its children, who speak on the socket
 *   says    bsk_nng_listening  to its parent
 *
 * Closing an nng socket blocks and may never return. So it is done by another
 * thread, which is waited for, but not for ever; what they share is on the
 * heap, and is left to that thread when the wait is over.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>

#include <buskin/actor.h>
#include <buskin/nng.h>

#define CONTEXTS 8
#define CONTEXTS_MAX 64
#define MESSAGE_MAX (64 * 1024)
#define CLOSE_NS INT64_C(2000000000)
#define MILLISECOND_NS 1000000

struct nng_handle {
	nng_socket socket; /* id 0: not open */
	bool draining;     /* the speakers were asked to stop */
	uint32_t count;    /* speakers alive */
	bsk_ref speakers[CONTEXTS_MAX];
};

BSK_HANDLER(on_open, nng_handle, bsk_open);
BSK_HANDLER(on_down, nng_handle, bsk_down);
BSK_HANDLER(on_drain, nng_handle, bsk_drain);
BSK_HANDLER(on_close, nng_handle, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_nng_handle_class = BSK_CLASS(nng_handle,
    "nng-handle", "nng's own socket, opened and closed", handlers,
    .config = &bsk_nng_socket_config_type, .placement = BSK_PLACE_THREAD);

/* A protocol: how its socket is opened, and who speaks on it. */
static const struct protocol {
	int (*open)(nng_socket *ret_socket);
	const struct bsk_class *speaker;
} protocols[] = {
	[BSK_NNG_REP] = { nng_rep0_open, &bsk_nng_rep_class },
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

/* --- opening --- */

static int
open_socket(struct nng_handle *self,
    const struct bsk_nng_socket_config *config)
{
	int result = protocols[config->protocol].open(&self->socket);

	if (result == 0)
		result = nng_socket_set_size(self->socket, NNG_OPT_RECVMAXSZ,
		    config->message_max > 0 ? config->message_max :
		    MESSAGE_MAX);
	if (result == 0)
		result = nng_listen(self->socket, config->url.chars, NULL, 0);
	return error_of(result);
}

/* nng's threads must leave the process's signals to others: they are born with
 * the mask of the thread that makes the first socket. */
static int
open_unsignalled(struct nng_handle *self, bsk_ctx *ctx,
    const struct bsk_nng_socket_config *config)
{
	const struct bsk_os *os = bsk_os(ctx);
	bsk_os_signals old;
	/* In parentheses, for <signal.h> has a macro of that name. */
	int result = (os->sigmask)(os, SIG_SETMASK, ~(bsk_os_signals)0, &old);

	if (result < 0)
		return result;
	result = open_socket(self, config);
	(void)(os->sigmask)(os, SIG_SETMASK, old, NULL);
	return result;
}

static int
spawn_speakers(struct nng_handle *self, bsk_ctx *ctx,
    const struct bsk_nng_socket_config *config)
{
	const struct bsk_class *speaker = protocols[config->protocol].speaker;
	const struct bsk_spawn_options options =
	    { .placement = BSK_PLACE_POOL };
	uint32_t count = config->contexts > 0 ? config->contexts : CONTEXTS;
	int result = 0;

	for (; result == 0 && self->count < count; self->count++)
		result = bsk_spawn(ctx, speaker, BSK_PARCEL(bsk_nng_rep_config,
		    .socket = self->socket.id, .place = self->count,
		    .owner = bsk_parent(ctx), .answer_ns = config->answer_ns),
		    &options, &self->speakers[self->count]);
	return result;
}

static int
on_open(struct nng_handle *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);
	int result;

	(void)open;
	if (config == NULL || config->contexts > CONTEXTS_MAX)
		return -EINVAL;
	result = open_unsignalled(self, ctx, config);
	if (result == 0)
		result = spawn_speakers(self, ctx, config);
	if (result < 0)
		return result;
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_nng_listening,
	    .url = bsk_text_copy(config->url.chars)));
}

/* --- ending --- */

static int
on_drain(struct nng_handle *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	uint32_t i;

	(void)drain;
	self->draining = true;
	for (i = 0; i < self->count; i++)
		(void)bsk_stop(ctx, self->speakers[i]);
	return 0;
}

/* A speaker ends by itself only when something is broken. */
static int
on_down(struct nng_handle *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!self->draining)
		return down->reason < 0 ? down->reason : -EIO;
	if (--self->count == 0)
		bsk_exit(ctx, 0);
	return 0;
}

/* What is shared with the thread that closes. */
struct closing {
	nng_mtx *lock;     /* guards `closed` */
	nng_cv *closed_cv;
	bool closed;
	nng_socket socket;
};

static void
free_closing(struct closing *closing)
{
	if (closing->closed_cv != NULL)
		nng_cv_free(closing->closed_cv);
	if (closing->lock != NULL)
		nng_mtx_free(closing->lock);
	free(closing);
}

static struct closing *
new_closing(nng_socket socket)
{
	struct closing *closing = calloc(1, sizeof(*closing));

	if (closing == NULL)
		return NULL;
	closing->socket = socket;
	if (nng_mtx_alloc(&closing->lock) == 0 &&
	    nng_cv_alloc(&closing->closed_cv, closing->lock) == 0)
		return closing;
	free_closing(closing);
	return NULL;
}

/* The thread that closes. */
static void
run_closing(void *arg)
{
	struct closing *closing = arg;

	(void)nng_close(closing->socket);
	nng_mtx_lock(closing->lock);
	closing->closed = true;
	nng_cv_wake(closing->closed_cv);
	nng_mtx_unlock(closing->lock);
}

static bool
wait_until_closed(struct closing *closing, int64_t timeout_ns)
{
	nng_time until = nng_clock() + (nng_time)(timeout_ns / MILLISECOND_NS);
	bool closed;

	nng_mtx_lock(closing->lock);
	while (!closing->closed && nng_cv_until(closing->closed_cv, until) == 0)
		continue;
	closed = closing->closed;
	nng_mtx_unlock(closing->lock);
	return closed;
}

/* Without memory for the thread it is closed right here. */
static void
close_within(nng_socket socket, int64_t timeout_ns)
{
	struct closing *closing = new_closing(socket);
	nng_thread *thread;

	if (closing == NULL) {
		(void)nng_close(socket);
		return;
	}
	if (nng_thread_create(&thread, run_closing, closing) != 0) {
		run_closing(closing);
		free_closing(closing);
		return;
	}
	if (!wait_until_closed(closing, timeout_ns))
		return;
	nng_thread_destroy(thread);
	free_closing(closing);
}

static int
on_close(struct nng_handle *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);

	(void)close;
	if (self->socket.id > 0)
		close_within(self->socket,
		    config->close_ns > 0 ? config->close_ns : CLOSE_NS);
	return 0;
}
