/* buskin/tls_engine.h - TLS without a transport: bytes in, bytes out.
 *
 * An engine is one side of one connection. It takes what the peer sent and
 * gives what is to be sent to the peer as bytes in memory; nothing here touches
 * a descriptor, save the files of the terms. An engine belongs to one thread at
 * a time. What it allocates may fail: -ENOMEM, and the engine can then only be
 * freed.
 */
#ifndef BUSKIN_TLS_ENGINE_H
#define BUSKIN_TLS_ENGINE_H

#include <sys/types.h>

#include <buskin/os.h>
#include <buskin/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One side of a connection. */
typedef struct bsk_tls_engine bsk_tls_engine;

/* Whether there are engines: not in a library that was built without TLS. */
bool bsk_tls_engine_is_built(void);

/* What a library of TLS calls its settings. */
struct ssl_ctx_st;

/* Makes the settings that the terms (as bsk_tls_look lets pass) ask for; reads
 * their files through `os`. The caller frees them as the library says. Returns
 * 0 or ret_fault->error, as bsk_tls_check. */
int bsk_tls_context(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    struct ssl_ctx_st **ret_context);

/* Makes an engine; the terms are as bsk_tls_look lets pass, and outlive it.
 * Returns 0 or ret_fault->error, as bsk_tls_check. */
int bsk_tls_engine_new(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    bsk_tls_engine **ret_engine);

/* Frees it; NULL is let pass. */
void bsk_tls_engine_free(bsk_tls_engine *engine);

/* Takes what the peer sent. 0 or -ENOMEM. */
int bsk_tls_engine_feed(bsk_tls_engine *engine, const bsk_buf *bytes);

/* How many of those bytes are not read yet. */
size_t bsk_tls_engine_unread(const bsk_tls_engine *engine);

/* Goes on with the handshake. Returns 0: done; -EAGAIN: when more has come;
 * -EKEYREJECTED, -EPROTO or -ENOMEM: failed, and why is in `ret_fault`. */
int bsk_tls_engine_shake(bsk_tls_engine *engine,
    struct bsk_tls_fault *ret_fault);

/* Decrypts what has come. Returns the size of `ret_bytes`, the caller's; 0:
 * the peer has said close_notify; -EAGAIN: when more has come; -EPROTO or
 * -ENOMEM, as above. */
ssize_t bsk_tls_engine_read(bsk_tls_engine *engine, bsk_buf *ret_bytes,
    struct bsk_tls_fault *ret_fault);

/* Encrypts. 0, -EPROTO or -ENOMEM, as above. */
int bsk_tls_engine_write(bsk_tls_engine *engine, const void *bytes,
    size_t size, struct bsk_tls_fault *ret_fault);

/* Says close_notify. */
void bsk_tls_engine_farewell(bsk_tls_engine *engine);

/* Gives what is to be sent to the peer now, the caller's; empty: nothing.
 * 0 or -ENOMEM. */
int bsk_tls_engine_take(bsk_tls_engine *engine, bsk_buf *ret_bytes);

/* Tells what was agreed on, once the handshake is done. */
struct bsk_tls_ready bsk_tls_engine_describe(const bsk_tls_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
