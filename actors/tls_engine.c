/* actors/tls_engine.c - TLS between two pieces of memory.
 *
 * OpenSSL reads from one memory BIO and writes to another, so it meets no
 * descriptor and never blocks. Its queue of errors belongs to the thread: it is
 * empty before each call and after it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <buskin/tls_engine.h>

#define READ_MAX (64 * 1024) /* plain bytes given at a time */
#define NAME_SIZE 512        /* the most that is told of a subject */

struct bsk_tls_engine {
	SSL *ssl;      /* owns both ends of memory: */
	BIO *from;     /* what the peer sent */
	BIO *to;       /* what is to be sent to it */
	bsk_list alpn; /* of bsk_text: ours; borrowed */
	bool verifies; /* the peer */
	int broken;    /* what reading failed with, not told yet; 0: nothing */
	struct bsk_tls_fault fault; /* and why */
};

/* --- making and freeing ----------------------------------------------- */

bool
bsk_tls_engine_is_built(void)
{
	return true;
}

static int
fail(struct bsk_tls_fault *fault, int error, const char *field,
    const char *why)
{
	fault->error = error;
	fault->field = field;
	(void)snprintf(fault->text, sizeof(fault->text), "%s", why);
	ERR_clear_error();
	return error;
}

/* The name that the peer's certificate must be for. */
static int
expect_name(SSL *ssl, const struct bsk_tls_terms *terms)
{
	const char *name = bsk_text_chars(terms->server_name);
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	bool is_address;

	if (name[0] == '\0')
		return 1;
	is_address = X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	ERR_clear_error();
	if (is_address)
		return 1;
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, name) != 1)
		return 0;
	return SSL_set_tlsext_host_name(ssl, name) == 1;
}

/* Gives the session its two pieces of memory, which it owns from then on. */
static bool
attach(bsk_tls_engine *engine)
{
	engine->from = BIO_new(BIO_s_mem());
	engine->to = BIO_new(BIO_s_mem());
	if (engine->from == NULL || engine->to == NULL) {
		BIO_free(engine->from);
		BIO_free(engine->to);
		return false;
	}
	SSL_set_bio(engine->ssl, engine->from, engine->to);
	return true;
}

static int
begin(bsk_tls_engine *engine, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *fault)
{
	if (!attach(engine))
		return fail(fault, -ENOMEM, NULL, "no memory");
	engine->alpn = terms->alpn;
	engine->verifies = SSL_get_verify_mode(engine->ssl) != SSL_VERIFY_NONE;
	(void)SSL_set_app_data(engine->ssl, (void *)&engine->alpn);
	if (role == BSK_TLS_SERVER) {
		SSL_set_accept_state(engine->ssl);
		return 0;
	}
	SSL_set_connect_state(engine->ssl);
	if (expect_name(engine->ssl, terms))
		return 0;
	return fail(fault, -EINVAL, "server_name",
	    "server_name: it is no name of a host");
}

int
bsk_tls_engine_new(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    bsk_tls_engine **ret_engine)
{
	bsk_tls_engine *engine;
	SSL_CTX *context;
	int error = bsk_tls_context(os, role, terms, ret_fault, &context);

	if (error < 0)
		return error;
	engine = calloc(1, sizeof(*engine));
	if (engine != NULL)
		engine->ssl = SSL_new(context);
	SSL_CTX_free(context);
	if (engine == NULL || engine->ssl == NULL)
		error = fail(ret_fault, -ENOMEM, NULL, "no memory");
	else
		error = begin(engine, role, terms, ret_fault);
	if (error < 0)
		bsk_tls_engine_free(engine);
	else
		*ret_engine = engine;
	return error;
}

void
bsk_tls_engine_free(bsk_tls_engine *engine)
{
	if (engine == NULL)
		return;
	SSL_free(engine->ssl);
	free(engine);
}

/* --- what goes wrong -------------------------------------------------- */

/* The verifier's own words. */
static int
fail_verify(const bsk_tls_engine *engine, struct bsk_tls_fault *fault)
{
	long result = SSL_get_verify_result(engine->ssl);

	return fail(fault, -EKEYREJECTED, NULL,
	    X509_verify_cert_error_string(result));
}

/* What a call has failed with; -EAGAIN: it has not. */
static int
fail_call(const bsk_tls_engine *engine, int result,
    struct bsk_tls_fault *fault)
{
	int kind = SSL_get_error(engine->ssl, result);
	unsigned long code = ERR_peek_error();
	const char *why = ERR_reason_error_string(code);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
		ERR_clear_error();
		return -EAGAIN;
	}
	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return fail(fault, -ENOMEM, NULL, "no memory");
	if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
	    SSL_get_verify_result(engine->ssl) != X509_V_OK)
		return fail_verify(engine, fault);
	return fail(fault, -EPROTO, NULL, why == NULL ? "it broke off" : why);
}

/* --- bytes ------------------------------------------------------------ */

int
bsk_tls_engine_feed(bsk_tls_engine *engine, const bsk_buf *bytes)
{
	size_t done = 0;

	while (done < bytes->size) {
		size_t left = bytes->size - done;
		int most = left < INT_MAX ? (int)left : INT_MAX;
		int got = BIO_write(engine->from, bytes->bytes + done, most);

		if (got <= 0) {
			ERR_clear_error();
			return -ENOMEM;
		}
		done += (size_t)got;
	}
	return 0;
}

size_t
bsk_tls_engine_unread(const bsk_tls_engine *engine)
{
	return BIO_ctrl_pending(engine->from) +
	    (size_t)SSL_pending(engine->ssl);
}

int
bsk_tls_engine_shake(bsk_tls_engine *engine, struct bsk_tls_fault *ret_fault)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(engine->ssl);
	return result == 1 ? 0 : fail_call(engine, result, ret_fault);
}

/* Fills `bytes` as far as what has come goes. What is wrong after them is told
 * next time. */
static ssize_t
read_into(bsk_tls_engine *engine, unsigned char *bytes, size_t size)
{
	size_t done = 0;
	int error = 0;
	int result = 1;

	while (done < size && result > 0) {
		ERR_clear_error();
		result = SSL_read(engine->ssl, bytes + done,
		    (int)(size - done));
		done += result > 0 ? (size_t)result : 0;
	}
	if (result <= 0 &&
	    SSL_get_error(engine->ssl, result) != SSL_ERROR_ZERO_RETURN)
		error = fail_call(engine, result, &engine->fault);
	if (error < 0 && error != -EAGAIN)
		engine->broken = error;
	return done > 0 ? (ssize_t)done : error;
}

ssize_t
bsk_tls_engine_read(bsk_tls_engine *engine, bsk_buf *ret_bytes,
    struct bsk_tls_fault *ret_fault)
{
	/* Never fewer than what they are decrypted to. */
	size_t size = bsk_tls_engine_unread(engine);
	unsigned char *bytes;
	bsk_buf all;
	ssize_t got;

	if (size == 0 && engine->broken == 0 &&
	    (SSL_get_shutdown(engine->ssl) & SSL_RECEIVED_SHUTDOWN) == 0)
		return -EAGAIN;
	size = size < READ_MAX ? size + 1 : READ_MAX;
	if (bsk_buf_new(size, &all, &bytes) < 0)
		return fail(ret_fault, -ENOMEM, NULL, "no memory");
	got = engine->broken;
	if (got == 0)
		got = read_into(engine, bytes, size);
	if (got < 0)
		*ret_fault = engine->fault;
	if (got > 0)
		*ret_bytes = bsk_buf_slice(&all, 0, (size_t)got);
	bsk_buf_drop(&all);
	return got;
}

int
bsk_tls_engine_write(bsk_tls_engine *engine, const void *bytes, size_t size,
    struct bsk_tls_fault *ret_fault)
{
	size_t done;
	int result;

	if (size == 0)
		return 0;
	ERR_clear_error();
	result = SSL_write_ex(engine->ssl, bytes, size, &done);
	if (result == 1)
		return 0;
	result = fail_call(engine, result, ret_fault);
	/* Memory takes all, and a handshake anew is refused. */
	return result == -EAGAIN
	    ? fail(ret_fault, -EPROTO, NULL, "it must not write now") : result;
}

void
bsk_tls_engine_farewell(bsk_tls_engine *engine)
{
	ERR_clear_error();
	(void)SSL_shutdown(engine->ssl);
	ERR_clear_error();
}

int
bsk_tls_engine_take(bsk_tls_engine *engine, bsk_buf *ret_bytes)
{
	size_t size = BIO_ctrl_pending(engine->to);
	unsigned char *bytes;
	bsk_buf all = { 0 };
	size_t got = 0;

	if (size > 0 && bsk_buf_new(size, &all, &bytes) < 0)
		return -ENOMEM;
	if (size > 0)
		(void)BIO_read_ex(engine->to, bytes, size, &got);
	*ret_bytes = all;
	return 0;
}

/* --- what was agreed on ----------------------------------------------- */

/* A name of a certificate, as one line in the order of RFC 2253. */
static bsk_text
text_of_name(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char line[NAME_SIZE];
	int size = 0;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		size = BIO_read(bio, line, sizeof(line));
	BIO_free(bio);
	ERR_clear_error();
	return size > 0 ? bsk_text_copy_n(line, (size_t)size)
	    : bsk_text_copy(NULL);
}

static bsk_text
chosen_alpn(const SSL *ssl)
{
	const unsigned char *name = NULL;
	unsigned size = 0;

	SSL_get0_alpn_selected(ssl, &name, &size);
	if (size == 0)
		return bsk_text_copy(NULL);
	return bsk_text_copy_n((const char *)name, size);
}

struct bsk_tls_ready
bsk_tls_engine_describe(const bsk_tls_engine *engine)
{
	const X509 *peer = SSL_get0_peer_certificate(engine->ssl);
	struct bsk_tls_ready ready = {
		.version = bsk_text_copy(SSL_get_version(engine->ssl)),
		.cipher = bsk_text_copy(SSL_get_cipher_name(engine->ssl)),
		.alpn = chosen_alpn(engine->ssl),
		.verified = engine->verifies &&
		    SSL_get_verify_result(engine->ssl) == X509_V_OK,
	};

	if (peer != NULL) {
		ready.subject = text_of_name(X509_get_subject_name(peer));
		ready.issuer = text_of_name(X509_get_issuer_name(peer));
	}
	return ready;
}
