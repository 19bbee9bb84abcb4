/* tls_peer.h - the other end of TLS: OpenSSL on a blocking descriptor, and
 * certificates that are made anew in each test.
 */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>

/* The name that the server's certificate is for. */
#define TLS_PEER_NAME "server.test"

/* Makes, as files that peer_path finds: "ca.pem", and of its making
 * "server.pem" and "server.key" for TLS_PEER_NAME, "locked.key" (the same, with
 * the passphrase "sesame"), "client.pem" and "client.key"; and "other.pem",
 * another issuer. */
void tls_peer_certificates(void);

/* What kind of a peer. */
struct tls_peer_how {
	bool is_server;
	bool is_known;    /* shows a certificate */
	const char *alpn; /* the one name that it wants; NULL: none */
	int version;      /* the only one that it speaks; 0: any */
};

struct tls_peer;

/* A peer on a connected socket, which it closes at its end. */
struct tls_peer *tls_peer_new(int fd, struct tls_peer_how how);
void tls_peer_free(struct tls_peer *);

/* Shakes hands; whether that came to a good end. */
bool tls_peer_shake(struct tls_peer *);

/* Writes; reads exactly that; reads so many bytes. */
void tls_peer_say(struct tls_peer *, const char *text);
void tls_peer_expect(struct tls_peer *, const char *text);
void tls_peer_write(struct tls_peer *, const void *bytes, size_t size);
void tls_peer_read(struct tls_peer *, void *ret_bytes, size_t size);

/* Says close_notify; fails unless the other says it next. */
void tls_peer_farewell(struct tls_peer *);
void tls_peer_expect_farewell(struct tls_peer *);

/* The application protocol that was agreed on, as text for this call; "". */
const char *tls_peer_alpn(struct tls_peer *);

#endif
