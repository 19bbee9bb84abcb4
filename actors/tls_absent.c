/* actors/tls_absent.c - no TLS: what stands for tls_engine.c and tls_context.c
 * in a library that was built without it. There is no engine, ever, so most of
 * this is never called.
 */
#include <errno.h>
#include <stdio.h>

#include <buskin/tls_engine.h>

bool
bsk_tls_engine_is_built(void)
{
	return false;
}

static int
refuse(struct bsk_tls_fault *fault)
{
	fault->error = -ENOTSUP;
	fault->field = NULL;
	(void)snprintf(fault->text, sizeof(fault->text),
	    "this library was built without TLS");
	return -ENOTSUP;
}

int
bsk_tls_context(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    struct ssl_ctx_st **ret_context)
{
	(void)os;
	(void)role;
	(void)terms;
	(void)ret_context;
	return refuse(ret_fault);
}

int
bsk_tls_engine_new(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    bsk_tls_engine **ret_engine)
{
	(void)os;
	(void)role;
	(void)terms;
	(void)ret_engine;
	return refuse(ret_fault);
}

void
bsk_tls_engine_free(bsk_tls_engine *engine)
{
	(void)engine;
}

int
bsk_tls_engine_feed(bsk_tls_engine *engine, const bsk_buf *bytes)
{
	(void)engine;
	(void)bytes;
	return -ENOTSUP;
}

size_t
bsk_tls_engine_unread(const bsk_tls_engine *engine)
{
	(void)engine;
	return 0;
}

int
bsk_tls_engine_shake(bsk_tls_engine *engine, struct bsk_tls_fault *ret_fault)
{
	(void)engine;
	return refuse(ret_fault);
}

ssize_t
bsk_tls_engine_read(bsk_tls_engine *engine, bsk_buf *ret_bytes,
    struct bsk_tls_fault *ret_fault)
{
	(void)engine;
	(void)ret_bytes;
	return refuse(ret_fault);
}

int
bsk_tls_engine_write(bsk_tls_engine *engine, const void *bytes, size_t size,
    struct bsk_tls_fault *ret_fault)
{
	(void)engine;
	(void)bytes;
	(void)size;
	return refuse(ret_fault);
}

void
bsk_tls_engine_farewell(bsk_tls_engine *engine)
{
	(void)engine;
}

int
bsk_tls_engine_take(bsk_tls_engine *engine, bsk_buf *ret_bytes)
{
	(void)engine;
	(void)ret_bytes;
	return -ENOTSUP;
}

struct bsk_tls_ready
bsk_tls_engine_describe(const bsk_tls_engine *engine)
{
	(void)engine;
	return (struct bsk_tls_ready){ 0 };
}
