/* tls_peer.c - the other end of TLS. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "harness.h"
#include "peer.h"
#include "tls_peer.h"

#define DAY 86400L

/* --- certificates ----------------------------------------------------- */

static void
write_key(const char *name, EVP_PKEY *key, const char *passphrase)
{
	FILE *file = fopen(peer_path(name), "we");
	int length = passphrase == NULL ? 0 : (int)strlen(passphrase);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_PKCS8PrivateKey(file, key,
	    passphrase == NULL ? NULL : EVP_aes_128_cbc(), passphrase, length,
	    NULL, NULL), 1);
	(void)fclose(file);
}

static void
write_certificate(const char *name, X509 *certificate)
{
	FILE *file = fopen(peer_path(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_X509(file, certificate), 1);
	(void)fclose(file);
}

static void
extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension =
	    X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* A certificate of `key` for a name, of the issuer's making; of its own where
 * that is NULL. */
static X509 *
certify(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	static long serial;
	X509 *made = X509_new();
	char alternative[128];

	ck_assert_ptr_nonnull(made);
	ck_assert_int_eq(X509_set_version(made, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(made), -DAY);
	X509_gmtime_adj(X509_getm_notAfter(made), DAY);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN",
	    MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(made,
	    X509_get_subject_name(issuer == NULL ? made : issuer));
	X509_set_pubkey(made, key);
	(void)snprintf(alternative, sizeof(alternative), "DNS:%s", name);
	if (issuer == NULL)
		extend(made, NID_basic_constraints, "critical,CA:TRUE");
	else
		extend(made, NID_subject_alt_name, alternative);
	ck_assert_int_gt(X509_sign(made,
	    issuer == NULL ? key : issuer_key, EVP_sha256()), 0);
	return made;
}

void
tls_peer_certificates(void)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = certify("buskin test issuer", ca_key, NULL, NULL);
	X509 *server = certify(TLS_PEER_NAME, key, ca, ca_key);
	X509 *client = certify("client.test", key, ca, ca_key);
	X509 *other = certify("another issuer", key, NULL, NULL);

	write_certificate("ca.pem", ca);
	write_certificate("server.pem", server);
	write_certificate("client.pem", client);
	write_certificate("other.pem", other);
	write_key("server.key", key, NULL);
	write_key("client.key", key, NULL);
	write_key("ca.key", ca_key, NULL);
	write_key("locked.key", key, "sesame");
	X509_free(ca);
	X509_free(server);
	X509_free(client);
	X509_free(other);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

/* --- the peer --------------------------------------------------------- */

struct tls_peer {
	SSL *ssl;
	int fd;
	char alpn[256];
	unsigned char wire[256]; /* what it wants, as it goes over the wire */
	unsigned wire_size;
};

static int
choose(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_size,
    const unsigned char *offered, unsigned offered_size, void *arg)
{
	const struct tls_peer *peer = arg;
	unsigned char *name;

	(void)ssl;
	if (SSL_select_next_proto(&name, ret_size, peer->wire,
	    peer->wire_size, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	return SSL_TLSEXT_ERR_OK;
}

static void
want(struct tls_peer *peer, SSL_CTX *context, const char *alpn)
{
	peer->wire[0] = (unsigned char)strlen(alpn);
	memcpy(peer->wire + 1, alpn, strlen(alpn));
	peer->wire_size = 1U + peer->wire[0];
	ck_assert_int_eq(SSL_CTX_set_alpn_protos(
	    context, peer->wire, peer->wire_size), 0);
	SSL_CTX_set_alpn_select_cb(context, choose, peer);
}

static void
use(SSL_CTX *context, bool is_server)
{
	const char *name = is_server ? "server.pem" : "client.pem";

	ck_assert_int_eq(SSL_CTX_use_certificate_file(
	    context, peer_path(name), SSL_FILETYPE_PEM), 1);
	name = is_server ? "server.key" : "client.key";
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(
	    context, peer_path(name), SSL_FILETYPE_PEM), 1);
}

struct tls_peer *
tls_peer_new(int fd, struct tls_peer_how how)
{
	const struct timeval patience = { .tv_sec = HARNESS_PATIENCE_S };
	struct tls_peer *peer = calloc(1, sizeof(*peer));
	SSL_CTX *context = SSL_CTX_new(
	    how.is_server ? TLS_server_method() : TLS_client_method());

	ck_assert_ptr_nonnull(peer);
	ck_assert_ptr_nonnull(context);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (how.is_server || how.is_known)
		use(context, how.is_server);
	if (how.version != 0)
		(void)SSL_CTX_set_max_proto_version(context, how.version);
	if (how.alpn != NULL)
		want(peer, context, how.alpn);
	(void)SSL_CTX_set_num_tickets(context, 0);
	peer->fd = fd;
	peer->ssl = SSL_new(context);
	SSL_CTX_free(context);
	ck_assert_ptr_nonnull(peer->ssl);
	ck_assert_int_eq(SSL_set_fd(peer->ssl, fd), 1);
	if (how.is_server)
		SSL_set_accept_state(peer->ssl);
	else
		SSL_set_connect_state(peer->ssl);
	return peer;
}

void
tls_peer_free(struct tls_peer *peer)
{
	SSL_free(peer->ssl);
	(void)close(peer->fd);
	free(peer);
}

bool
tls_peer_shake(struct tls_peer *peer)
{
	bool is_good = SSL_do_handshake(peer->ssl) == 1;

	ERR_clear_error();
	return is_good;
}

void
tls_peer_write(struct tls_peer *peer, const void *bytes, size_t size)
{
	ck_assert_int_eq(SSL_write(peer->ssl, bytes, (int)size), (int)size);
}

void
tls_peer_read(struct tls_peer *peer, void *ret_bytes, size_t size)
{
	unsigned char *at = ret_bytes;
	int got;

	for (; size > 0; size -= (size_t)got, at += got) {
		got = SSL_read(peer->ssl, at, (int)size);
		ck_assert_int_gt(got, 0);
	}
}

void
tls_peer_say(struct tls_peer *peer, const char *text)
{
	tls_peer_write(peer, text, strlen(text));
}

void
tls_peer_expect(struct tls_peer *peer, const char *text)
{
	char heard[4096];

	ck_assert_uint_lt(strlen(text), sizeof(heard));
	tls_peer_read(peer, heard, strlen(text));
	ck_assert_mem_eq(heard, text, strlen(text));
}

void
tls_peer_farewell(struct tls_peer *peer)
{
	ck_assert_int_ge(SSL_shutdown(peer->ssl), 0);
}

void
tls_peer_expect_farewell(struct tls_peer *peer)
{
	char byte;
	int got = SSL_read(peer->ssl, &byte, 1);

	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(
	    SSL_get_error(peer->ssl, got), SSL_ERROR_ZERO_RETURN);
}

const char *
tls_peer_alpn(struct tls_peer *peer)
{
	const unsigned char *name = NULL;
	unsigned size = 0;

	SSL_get0_alpn_selected(peer->ssl, &name, &size);
	(void)snprintf(peer->alpn, sizeof(peer->alpn), "%.*s", (int)size,
	    name == NULL ? "" : (const char *)name);
	return peer->alpn;
}
