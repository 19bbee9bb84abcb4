/* tls.c - rows H: TLS over a stream, against OpenSSL as the other end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <buskin/json.h>
#include <buskin/status.h>
#include <buskin/tls.h>

#include "../clerk.h"
#include "../harness.h"
#include "../peer.h"
#include "../tls_case.h"
#include "../tls_peer.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

static void
expect_in(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in \"%s\"",
	    part, text);
}

/* --- time-outs -------------------------------------------------------- */

static char told[256];

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	(void)arg;
	(void)snprintf(told, sizeof(told), "%s: %s", fault->code, fault->text);
}

/* What is wrong with terms in JSON; "" when nothing is. */
static const char *
read_terms(const struct bsk_type *type, const char *text)
{
	struct bsk_tls_terms terms;
	bsk_json *json = NULL;

	told[0] = '\0';
	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, NULL), 0);
	if (bsk_type_from_json(type, json, &terms, on_fault, NULL) == 0)
		bsk_type_drop(type, &terms);
	bsk_json_free(json);
	return told;
}

static const struct {
	const char *member;
	const char *code;
} times[] = {
	{ "\"handshake_timeout\":\"0s\"", "out-of-range" },
	{ "\"handshake_timeout\":\"-1s\"", "out-of-range" },
	{ "\"shutdown_timeout\":\"0s\"", "out-of-range" },
	{ "\"shutdown_timeout\":\"-1s\"", "out-of-range" },
	{ "\"handshake_timeout\":5", "wrong-kind" },
	{ "\"handshake_timeout\":\"1ns\"", "" },
};

START_TEST(H01_and_H04_take_positive_times)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "{\"server_name\":\"a\",%s}", times[_i].member);
	ck_assert_int_eq(strncmp(read_terms(&bsk_tls_client_type, text),
	    times[_i].code, strlen(times[_i].code)), 0);
	ck_assert_int_eq(told[0] == '\0', times[_i].code[0] == '\0');
}
END_TEST

static void
check_defaults(const struct bsk_type *type, const char *text)
{
	struct bsk_tls_terms terms;
	bsk_json *json = NULL;

	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, NULL), 0);
	ck_assert_int_eq(bsk_type_from_json(type, json, &terms, NULL, NULL), 0);
	bsk_json_free(json);
	ck_assert_int_eq(terms.handshake_timeout_ns, 60 * SECOND);
	ck_assert_int_eq(terms.shutdown_timeout_ns, 30 * SECOND);
	bsk_type_drop(type, &terms);
}

START_TEST(H01_defaults)
{
	check_defaults(&bsk_tls_client_type, "{\"server_name\":\"a\"}");
	check_defaults(&bsk_tls_server_type,
	    "{\"certificate\":\"a\",\"key\":\"b\"}");
}
END_TEST

START_TEST(H01_no_such_role)
{
	tls_case_spawn((enum bsk_tls_role)7, tls_case_server());
	ck_assert_int_eq(tls_case_failed()->error, -EINVAL);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_CONFIG);
	ck_assert_str_eq(bsk_text_chars(tls_case_failed()->field), "role");
}
END_TEST

START_TEST(H01_refused_in_C)
{
	struct bsk_tls_terms terms = tls_case_client();

	terms.handshake_timeout_ns = -1;
	tls_case_spawn(BSK_TLS_CLIENT, terms);
	ck_assert_int_eq(tls_case_failed()->error, -EINVAL);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_CONFIG);
	ck_assert_str_eq(
	    bsk_text_chars(tls_case_failed()->field), "handshake_timeout");
	expect_in(bsk_text_chars(tls_case_failed()->text), "positive");
	ck_assert_int_eq(tls_case_ended()->reason, -EINVAL);
	peer_expect_eof(tls_case.fds[1]);
}
END_TEST

static void
wait_in_vain(enum bsk_tls_role role, struct bsk_tls_terms terms)
{
	terms.handshake_timeout_ns = 50 * MS;
	tls_case_spawn(role, terms);
	ck_assert_int_eq(tls_case_failed()->error, -ETIMEDOUT);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_TIMEOUT);
	ck_assert_str_eq(bsk_text_chars(tls_case_failed()->text),
	    "the TLS handshake took longer than 0.05 s");
	ck_assert_int_eq(tls_case_ended()->reason, -ETIMEDOUT);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_ready_type), 0);
}

START_TEST(H02)
{
	char hello[4096];
	size_t size;

	wait_in_vain(BSK_TLS_CLIENT, tls_case_client());
	size = peer_read(tls_case.fds[1], hello, sizeof(hello));
	ck_assert_uint_gt(size, 0);
	ck_assert_uint_lt(size, sizeof(hello)); /* the end has come */
	ck_assert_int_eq(hello[0], 22); /* a handshake */
}
END_TEST

START_TEST(H03)
{
	wait_in_vain(BSK_TLS_SERVER, tls_case_server());
	peer_expect_eof(tls_case.fds[1]);
}
END_TEST

START_TEST(H04)
{
	struct bsk_tls_terms terms = tls_case_server();

	terms.shutdown_timeout_ns = 50 * MS;
	tls_case_spawn(BSK_TLS_SERVER, terms);
	tls_case_meet(false);
	ck_assert(tls_peer_shake(tls_case.peer));
	(void)clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);
	clerk_stop(tls_case.clerk, tls_case.tls);
	tls_peer_expect_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, -ETIMEDOUT);
	ck_assert_str_eq(bsk_text_chars(tls_case_failed()->text),
	    "the TLS shutdown took longer than 0.05 s");
}
END_TEST

/* --- verification ----------------------------------------------------- */

static const struct {
	const char *name;
	const char *ca;
	int verify;
	const char *text; /* why not; NULL: all is well */
} verified[] = {
	{ TLS_PEER_NAME, "ca.pem", BSK_TLS_VERIFY_FULL, NULL },
	{ "wrong.test", "ca.pem", BSK_TLS_VERIFY_FULL, "hostname mismatch" },
	{ "127.0.0.1", "ca.pem", BSK_TLS_VERIFY_FULL, "IP address mismatch" },
	{ TLS_PEER_NAME, "other.pem", BSK_TLS_VERIFY_FULL,
	    "unable to get local issuer certificate" },
	{ TLS_PEER_NAME, NULL, BSK_TLS_VERIFY_FULL,
	    "unable to get local issuer certificate" },
	{ "wrong.test", "other.pem", BSK_TLS_VERIFY_NONE, NULL },
	{ "", NULL, BSK_TLS_VERIFY_NONE, NULL },
};

START_TEST(H05)
{
	struct bsk_tls_terms terms = {
		.server_name = bsk_text_copy(verified[_i].name),
		.verify = verified[_i].verify,
	};

	if (verified[_i].ca != NULL)
		terms.ca = tls_case_file(verified[_i].ca);
	tls_case_spawn(BSK_TLS_CLIENT, terms);
	tls_case_meet(true);
	(void)tls_peer_shake(tls_case.peer);
	if (verified[_i].text == NULL) {
		const struct bsk_tls_ready *ready =
		    clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);

		ck_assert_int_eq(ready->verified,
		    verified[_i].verify == BSK_TLS_VERIFY_FULL);
		return;
	}
	ck_assert_int_eq(tls_case_failed()->error, -EKEYREJECTED);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_UNTRUSTED);
	ck_assert_str_eq(
	    bsk_text_chars(tls_case_failed()->text), verified[_i].text);
	ck_assert_int_eq(tls_case_ended()->reason, -EKEYREJECTED);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_failed_type), 1);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_ready_type), 0);
}
END_TEST

START_TEST(H05_of_clients)
{
	struct bsk_tls_terms terms = tls_case_server();
	bool is_known = _i == 1;

	terms.ca = tls_case_file("ca.pem");
	tls_case_spawn(BSK_TLS_SERVER, terms);
	tls_case.peer = tls_peer_new(tls_case.fds[1],
	    (struct tls_peer_how){ .is_known = is_known });
	(void)tls_peer_shake(tls_case.peer);
	if (is_known) {
		const struct bsk_tls_ready *ready =
		    clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);

		ck_assert(ready->verified);
		ck_assert_str_eq(
		    bsk_text_chars(ready->subject), "CN=client.test");
		return;
	}
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_PROTOCOL);
	expect_in(bsk_text_chars(tls_case_failed()->text), "certificate");
	ck_assert_int_lt(tls_case_ended()->reason, 0);
}
END_TEST

/* --- handshakes that fail --------------------------------------------- */

START_TEST(H06)
{
	struct bsk_tls_terms terms = tls_case_server();
	char byte;

	terms.alpn = bsk_list_of_texts((const char *const[]){ "one" }, 1);
	tls_case_spawn(BSK_TLS_SERVER, terms);
	tls_case.peer = tls_peer_new(
	    tls_case.fds[1], (struct tls_peer_how){ .alpn = "two" });
	ck_assert(!tls_peer_shake(tls_case.peer));
	ck_assert_int_eq(tls_case_failed()->error, -EPROTO);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_PROTOCOL);
	expect_in(bsk_text_chars(tls_case_failed()->text),
	    "application protocol");
	ck_assert_int_eq(tls_case_ended()->reason, -EPROTO);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_failed_type), 1);
	ck_assert_uint_eq(
	    clerk_count(tls_case.clerk, &bsk_stream_ended_type), 1);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_stream_eof_type), 0);
	/* It is closed by force. */
	ck_assert_int_eq(recv(tls_case.fds[1], &byte, 1, 0), 0);
}
END_TEST

START_TEST(H06_alpn_agreed)
{
	static const char *const names[] = { "one", "two" };
	struct bsk_tls_terms terms =
	    _i == 0 ? tls_case_server() : tls_case_client();
	const struct bsk_tls_ready *ready;

	terms.alpn = bsk_list_of_texts(names, 2);
	tls_case_spawn(_i == 0 ? BSK_TLS_SERVER : BSK_TLS_CLIENT, terms);
	tls_case.peer = tls_peer_new(tls_case.fds[1], (struct tls_peer_how){
	    .is_server = _i == 1, .alpn = "two" });
	ck_assert(tls_peer_shake(tls_case.peer));
	ready = clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);
	ck_assert_str_eq(bsk_text_chars(ready->alpn), "two");
	ck_assert_str_eq(tls_peer_alpn(tls_case.peer), "two");
}
END_TEST

static const char *const plain[] = {
	"GET / HTTP/1.0\r\n\r\n", "hello, this is no TLS at all\n",
	"\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff",
};

START_TEST(H07)
{
	tls_case_spawn(BSK_TLS_SERVER, tls_case_server());
	peer_say(tls_case.fds[1], plain[_i]);
	ck_assert_int_eq(tls_case_failed()->error, -EPROTO);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_PROTOCOL);
	ck_assert_str_ne(bsk_text_chars(tls_case_failed()->text), "");
	ck_assert_int_eq(tls_case_ended()->reason, -EPROTO);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_ready_type), 0);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_bytes_type), 0);
}
END_TEST

/* --- ready ------------------------------------------------------------ */

START_TEST(H08)
{
	const struct bsk_tls_ready *ready;
	const struct bsk_tls_status *now;
	bool is_old = _i == 1;

	tls_case_spawn(BSK_TLS_CLIENT, tls_case_client());
	tls_case.peer = tls_peer_new(tls_case.fds[1], (struct tls_peer_how){
	    .is_server = true, .version = is_old ? TLS1_2_VERSION : 0 });
	ck_assert(tls_peer_shake(tls_case.peer));
	tls_peer_say(tls_case.peer, "hello");
	clerk_expect(tls_case.clerk, "hello");
	clerk_say(tls_case.clerk, tls_case.tls, "goodbye");
	tls_peer_expect(tls_case.peer, "goodbye");
	ready = clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_ready_type), 1);
	ck_assert_str_eq(bsk_text_chars(ready->version),
	    is_old ? "TLSv1.2" : "TLSv1.3");
	expect_in(bsk_text_chars(ready->cipher), "AES");
	ck_assert_str_eq(
	    bsk_text_chars(ready->subject), "CN=" TLS_PEER_NAME);
	ck_assert_str_eq(
	    bsk_text_chars(ready->issuer), "CN=buskin test issuer");
	now = tls_case_status();
	ck_assert_int_eq(now->state, BSK_TLS_WRAPPED);
	ck_assert_str_eq(
	    bsk_text_chars(now->cipher), bsk_text_chars(ready->cipher));
	ck_assert_str_eq(
	    bsk_text_chars(now->subject), bsk_text_chars(ready->subject));
	ck_assert_uint_eq(now->read_bytes, 5);
	ck_assert_uint_eq(now->written_bytes, 7);
	ck_assert_uint_gt(now->received_bytes, now->read_bytes);
}
END_TEST

/* --- a peer that is torn off -------------------------------------------- */

/* Something waits in the socket for the peer. */
static void
leave_unread(void)
{
	int waiting = 0;

	clerk_say(tls_case.clerk, tls_case.tls, "unread");
	while (waiting == 0)
		ck_assert_int_eq(
		    ioctl(tls_case.fds[1], FIONREAD, &waiting), 0);
}

/* The peer is gone and has not read that, and said no farewell. */
static void
reset(void)
{
	tls_peer_free(tls_case.peer);
	tls_case.peer = NULL;
	tls_case.fds[1] = -1;
}

START_TEST(H21_by_a_reset)
{
	tls_case_connect(BSK_TLS_CLIENT);
	leave_unread();
	if (_i == 1)
		clerk_stop(tls_case.clerk, tls_case.tls);
	while (_i == 1 && tls_case_status()->state != BSK_TLS_SHUTDOWN)
		continue;
	reset();
	ck_assert_int_eq(tls_case_ended()->reason, -ECONNRESET);
	ck_assert_int_eq(tls_case_ended()->truncated, _i == 0);
}
END_TEST

/* All that comes is noted while our reader is paused, even the end. */
START_TEST(H16_behind_a_pause)
{
	int fd = tls_case.fds[0];

	tls_case_connect(BSK_TLS_CLIENT);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_pause, .reserved = 0));
	ck_assert(tls_case_status()->paused);
	tls_peer_say(tls_case.peer, "never read");
	leave_unread();
	reset();
	while (fcntl(fd, F_GETFD) >= 0)
		(void)tls_case_status();
	ck_assert_uint_gt(tls_case_status()->unread_bytes, 0);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_abort, .reserved = 0));
	ck_assert_int_eq(tls_case_ended()->reason, -ECONNRESET);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_bytes_type), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tls");
	TCase *tcase = harness_case("tls");

	tcase_add_checked_fixture(tcase, tls_case_begin, tls_case_end);
	tcase_add_loop_test(tcase, H01_and_H04_take_positive_times, 0,
	    sizeof(times) / sizeof(times[0]));
	tcase_add_test(tcase, H01_defaults);
	tcase_add_test(tcase, H01_no_such_role);
	tcase_add_test(tcase, H01_refused_in_C);
	tcase_add_test(tcase, H02);
	tcase_add_test(tcase, H03);
	tcase_add_test(tcase, H04);
	tcase_add_loop_test(tcase, H05, 0,
	    sizeof(verified) / sizeof(verified[0]));
	tcase_add_loop_test(tcase, H05_of_clients, 0, 2);
	tcase_add_test(tcase, H06);
	tcase_add_loop_test(tcase, H06_alpn_agreed, 0, 2);
	tcase_add_loop_test(tcase, H07, 0, sizeof(plain) / sizeof(plain[0]));
	tcase_add_loop_test(tcase, H08, 0, 2);
	tcase_add_test(tcase, H16_behind_a_pause);
	tcase_add_loop_test(tcase, H21_by_a_reset, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
