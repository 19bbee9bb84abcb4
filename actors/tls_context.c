/* actors/tls_context.c - the settings that terms of TLS ask for.
 *
 * Every file is read through the seam and parsed from memory; only where no
 * issuers are named does OpenSSL itself look up those of the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <buskin/log.h>
#include <buskin/tls_engine.h>

#define FILE_MAX (1 << 20) /* bytes in a PEM file */

/* Settings in the making. */
struct draft {
	const struct bsk_os *os;
	const struct bsk_tls_terms *terms;
	enum bsk_tls_role role;
	SSL_CTX *context;
	struct bsk_tls_fault *fault; /* why not */
};

static int
refuse(struct draft *draft, int error, const char *field, const char *why)
{
	draft->fault->error = error;
	draft->fault->field = field;
	(void)snprintf(draft->fault->text, sizeof(draft->fault->text),
	    "%s%s%s", field == NULL ? "" : field, field == NULL ? "" : ": ",
	    why);
	return error;
}

/* As OpenSSL explains it. */
static int
refuse_as_told(struct draft *draft, const char *field)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(code);

	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return refuse(draft, -ENOMEM, NULL, "no memory");
	return refuse(draft, -EINVAL, field,
	    why == NULL ? "it cannot be used" : why);
}

/* --- files ------------------------------------------------------------ */

/* A file in memory, for OpenSSL to parse. */
struct pem {
	BIO *bio;
	char *bytes;
	size_t size; /* of these; there is room for one more */
};

static void
close_pem(struct pem *pem)
{
	BIO_free(pem->bio);
	if (pem->bytes != NULL)
		OPENSSL_cleanse(pem->bytes, pem->size);
	free(pem->bytes);
}

static int
read_pem(const struct bsk_os *os, int fd, struct pem *pem)
{
	struct stat status;
	size_t room;
	ssize_t got = os->fstat(os, fd, &status);

	if (got < 0)
		return (int)got;
	if (status.st_size > FILE_MAX || !S_ISREG(status.st_mode))
		return -EFBIG;
	room = (size_t)status.st_size;
	pem->bytes = malloc(room + 1);
	if (pem->bytes == NULL)
		return -ENOMEM;
	for (got = 1; got > 0 && pem->size < room; pem->size += (size_t)got) {
		got = os->read(
		    os, fd, pem->bytes + pem->size, room - pem->size);
		if (got < 0)
			return (int)got;
	}
	pem->bio = BIO_new_mem_buf(pem->bytes, (int)pem->size);
	return pem->bio == NULL ? -ENOMEM : 0;
}

static int
open_pem(struct draft *draft, const char *field, bsk_text path,
    struct pem *ret_pem)
{
	const struct bsk_os *os = draft->os;
	struct pem pem = { 0 };
	int fd = os->open(os, bsk_text_chars(path), O_RDONLY | O_NONBLOCK, 0);
	int error = fd;

	if (fd >= 0) {
		error = read_pem(os, fd, &pem);
		(void)os->close(os, fd);
	}
	if (error < 0) {
		close_pem(&pem);
		return refuse(draft, error, field, bsk_reason_text(error));
	}
	*ret_pem = pem;
	return 0;
}

/* The passphrase for a key; OpenSSL must never ask at a terminal. */
static int
say_passphrase(char *buffer, int size, int writing, void *arg)
{
	const char *passphrase = arg;
	size_t length = strlen(passphrase);

	(void)writing;
	if (length > (size_t)size)
		return -1;
	memcpy(buffer, passphrase, length);
	return (int)length;
}

/* --- our certificate -------------------------------------------------- */

/* Whether the file is at its end, and not broken. */
static bool
is_at_end(void)
{
	unsigned long code = ERR_peek_last_error();

	if (ERR_GET_LIB(code) != ERR_LIB_PEM ||
	    ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		return false;
	ERR_clear_error();
	return true;
}

/* Those between our certificate and its issuer. */
static int
use_chain(SSL_CTX *context, BIO *bio)
{
	X509 *next;

	while ((next = PEM_read_bio_X509(bio, NULL, say_passphrase, "")) !=
	    NULL)
		if (SSL_CTX_add0_chain_cert(context, next) != 1) {
			X509_free(next);
			return 0;
		}
	return is_at_end() ? 1 : 0;
}

static int
use_certificate(struct draft *draft)
{
	X509 *own;
	struct pem pem;
	int good;
	int error = open_pem(draft, "certificate", draft->terms->certificate,
	    &pem);

	if (error < 0)
		return error;
	own = PEM_read_bio_X509_AUX(pem.bio, NULL, say_passphrase, "");
	good = own == NULL ? 0 : SSL_CTX_use_certificate(draft->context, own);
	if (good == 1)
		good = use_chain(draft->context, pem.bio);
	X509_free(own);
	close_pem(&pem);
	return good == 1 ? 0 : refuse_as_told(draft, "certificate");
}

static int
use_key(struct draft *draft)
{
	EVP_PKEY *key;
	struct pem pem;
	int good;
	int error = open_pem(draft, "key", draft->terms->key, &pem);

	if (error < 0)
		return error;
	key = PEM_read_bio_PrivateKey(pem.bio, NULL, say_passphrase,
	    (void *)bsk_text_chars(draft->terms->passphrase));
	good = key == NULL ? 0 : SSL_CTX_use_PrivateKey(draft->context, key);
	EVP_PKEY_free(key);
	close_pem(&pem);
	return good == 1 ? 0 : refuse_as_told(draft, "key");
}

/* --- whom to trust ---------------------------------------------------- */

static int
add_issuers(SSL_CTX *context, BIO *bio)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	bool is_any = false;
	X509 *issuer;
	int good = 1;

	while (good == 1 && (issuer = PEM_read_bio_X509_AUX(
	    bio, NULL, say_passphrase, "")) != NULL) {
		good = X509_STORE_add_cert(store, issuer);
		if (good == 1)
			good = SSL_CTX_add_client_CA(context, issuer);
		X509_free(issuer);
		is_any = true;
	}
	if (good == 1 && is_any)
		return is_at_end() ? 1 : 0;
	return 0;
}

static int
trust(struct draft *draft)
{
	struct pem pem;
	int good;
	int error;

	if (bsk_text_chars(draft->terms->ca)[0] == '\0') {
		if (SSL_CTX_set_default_verify_paths(draft->context) == 1)
			return 0;
		return refuse_as_told(draft, "ca");
	}
	error = open_pem(draft, "ca", draft->terms->ca, &pem);
	if (error < 0)
		return error;
	good = add_issuers(draft->context, pem.bio);
	close_pem(&pem);
	return good == 1 ? 0 : refuse_as_told(draft, "ca");
}

/* A server asks for a certificate only where it was told whose to trust. */
static int
set_verify(struct draft *draft)
{
	const struct bsk_tls_terms *terms = draft->terms;
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(draft->context);
	bool is_client = draft->role == BSK_TLS_CLIENT;

	if (terms->verify == BSK_TLS_VERIFY_NONE ||
	    (!is_client && bsk_text_chars(terms->ca)[0] == '\0')) {
		SSL_CTX_set_verify(draft->context, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	SSL_CTX_set_verify(draft->context,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	X509_VERIFY_PARAM_set_time(
	    param, (time_t)(draft->os->wall(draft->os) / 1000000000));
	return trust(draft);
}

/* --- the rest --------------------------------------------------------- */

/* The server's choice: its own order decides. */
static int
choose_alpn(SSL *ssl, const unsigned char **ret_name,
    unsigned char *ret_size, const unsigned char *offered,
    unsigned offered_size, void *arg)
{
	const struct bsk_list *ours = SSL_get_app_data(ssl);
	const bsk_text *names = ours == NULL ? NULL : ours->items;

	(void)arg;
	for (uint32_t i = 0; names != NULL && i < ours->count; i++) {
		const char *name = bsk_text_chars(names[i]);
		size_t size = strlen(name);
		unsigned at = 0;

		for (; at < offered_size; at += 1U + offered[at])
			if (offered[at] == size &&
			    memcmp(offered + at + 1, name, size) == 0) {
				*ret_name = offered + at + 1;
				*ret_size = (unsigned char)size;
				return SSL_TLSEXT_ERR_OK;
			}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* As they go over the wire: each with its size before it. */
static int
set_alpn(struct draft *draft)
{
	const bsk_text *names = draft->terms->alpn.items;
	unsigned char wire[BSK_TLS_ALPN_MAX * (UINT8_MAX + 1)];
	unsigned size = 0;

	if (draft->terms->alpn.count == 0)
		return 0;
	for (uint32_t i = 0; i < draft->terms->alpn.count; i++) {
		size_t length = strlen(bsk_text_chars(names[i]));

		wire[size++] = (unsigned char)length;
		memcpy(wire + size, bsk_text_chars(names[i]), length);
		size += (unsigned)length;
	}
	if (draft->role == BSK_TLS_SERVER)
		SSL_CTX_set_alpn_select_cb(draft->context, choose_alpn, NULL);
	else if (SSL_CTX_set_alpn_protos(draft->context, wire, size) != 0)
		return refuse(draft, -ENOMEM, NULL, "no memory");
	return 0;
}

/* Nobody resumes a session: the settings live no longer than the connection.
 * A ticket that nobody reads would only make its sender's end a broken one. */
static int
fill_in(struct draft *draft)
{
	SSL_CTX *context = draft->context;
	int error = 0;

	(void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_num_tickets(context, 0);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	if (bsk_text_chars(draft->terms->certificate)[0] != '\0') {
		error = use_certificate(draft);
		if (error == 0)
			error = use_key(draft);
	}
	if (error == 0)
		error = set_verify(draft);
	return error < 0 ? error : set_alpn(draft);
}

int
bsk_tls_context(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault,
    struct ssl_ctx_st **ret_context)
{
	struct draft draft = {
		.os = os, .terms = terms, .role = role, .fault = ret_fault,
	};
	int error;

	ERR_clear_error();
	draft.context = SSL_CTX_new(role == BSK_TLS_SERVER
	    ? TLS_server_method() : TLS_client_method());
	if (draft.context == NULL)
		return refuse(&draft, -ENOMEM, NULL, "no memory");
	error = fill_in(&draft);
	if (error < 0)
		SSL_CTX_free(draft.context);
	else
		*ret_context = draft.context;
	ERR_clear_error();
	return error;
}
