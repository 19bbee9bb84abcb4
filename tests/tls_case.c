/* tls_case.c - a tls actor on one end of a socket. */
#include <string.h>
#include <unistd.h>

#include <buskin/status.h>

#include "harness.h"
#include "peer.h"
#include "tls_case.h"

struct tls_case tls_case;

void
tls_case_begin(void)
{
	tls_peer_certificates();
	tls_case.system = harness_system(2, NULL);
	tls_case.clerk = clerk_new(tls_case.system);
	peer_socket(tls_case.fds);
}

void
tls_case_end(void)
{
	harness_system_end(tls_case.system);
	clerk_free(tls_case.clerk);
	if (tls_case.peer != NULL)
		tls_peer_free(tls_case.peer);
	else if (tls_case.fds[1] >= 0)
		(void)close(tls_case.fds[1]);
	if (tls_case.fds[0] >= 0)
		(void)close(tls_case.fds[0]);
	peer_clean();
}

bsk_text
tls_case_file(const char *name)
{
	return bsk_text_copy(peer_path(name));
}

struct bsk_tls_terms
tls_case_client(void)
{
	return (struct bsk_tls_terms){
		.server_name = bsk_text_copy(TLS_PEER_NAME),
		.ca = tls_case_file("ca.pem"),
	};
}

struct bsk_tls_terms
tls_case_server(void)
{
	return (struct bsk_tls_terms){
		.certificate = tls_case_file("server.pem"),
		.key = tls_case_file("server.key"),
	};
}

void
tls_case_spawn_with(struct bsk_tls_config config)
{
	config.stream.fd = bsk_fd_own(tls_case.fds[0]);
	tls_case.fds[0] = -1;
	tls_case.tls = clerk_spawn(tls_case.clerk, &bsk_tls_class,
	    bsk_parcel_new(&bsk_tls_config_type, &config));
}

void
tls_case_spawn(enum bsk_tls_role role, struct bsk_tls_terms terms)
{
	tls_case_spawn_with(
	    (struct bsk_tls_config){ .role = role, .terms = terms });
}

/* The other side, as the actor's needs it. */
void
tls_case_meet(bool is_server)
{
	tls_case.peer = tls_peer_new(tls_case.fds[1],
	    (struct tls_peer_how){ .is_server = is_server });
}

/* A client or a server that is ready, and its peer. */
void
tls_case_connect(enum bsk_tls_role role)
{
	tls_case_spawn(role,
	    role == BSK_TLS_CLIENT ? tls_case_client() : tls_case_server());
	tls_case_meet(role == BSK_TLS_CLIENT);
	ck_assert(tls_peer_shake(tls_case.peer));
	(void)clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);
}

const struct bsk_stream_ended *
tls_case_ended(void)
{
	return clerk_wait(tls_case.clerk, &bsk_stream_ended_type, 1);
}

const struct bsk_tls_failed *
tls_case_failed(void)
{
	return clerk_wait(tls_case.clerk, &bsk_tls_failed_type, 1);
}

const struct bsk_tls_status *
tls_case_status(void)
{
	unsigned count = clerk_count(tls_case.clerk, &bsk_tls_status_type);

	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(tls_case.clerk, &bsk_tls_status_type, count + 1);
}
