/* tls_door.c - rows E, F and H: TLS in listeners and connectors; what a config
 * may say of it; and peers that nobody here wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/json.h>
#include <buskin/unix.h>

#include "../harness.h"
#include "../peer.h"
#include "../tls_case.h"

#define MS INT64_C(1000000)

/* --- what a config may say -------------------------------------------- */

static const char *first; /* the code of the first mistake */

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	(void)arg;
	if (first == NULL)
		first = fault->code;
}

/* The code of what is wrong with a config in JSON; of what its class finds
 * beyond that, its text; "" when nothing is. */
static const char *
judge(const struct bsk_class *class_, const char *text)
{
	static struct bsk_config_fault found;
	_Alignas(16) char body[BSK_TYPE_SIZE_MAX];
	bsk_json *json = NULL;
	int error;

	first = NULL;
	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, NULL), 0);
	error = bsk_type_from_json(class_->config, json, body, on_fault, NULL);
	bsk_json_free(json);
	if (error < 0)
		return first;
	error = class_->check(body, &found);
	bsk_type_drop(class_->config, body);
	if (error == 0)
		return "";
	ck_assert_int_eq(error, -EINVAL);
	ck_assert_str_eq(found.field, "tls");
	return found.text;
}

struct said {
	const char *config;
	const char *begin; /* of what is said */
};

static void
check_said(const struct bsk_class *class_, const struct said *said)
{
	const char *heard = judge(class_, said->config);

	ck_assert_msg(said->begin[0] == '\0' ? heard[0] == '\0' :
	    strncmp(heard, said->begin, strlen(said->begin)) == 0,
	    "%s: \"%s\"", said->config, heard);
}

static const struct said connectors[] = {
	{ "{\"path\":\"a\",\"tls\":{}}", "missing-key" },
	{ "{\"path\":\"a\",\"server_name\":\"b\"}", "unknown-key" },
	{ "{\"path\":\"a\",\"handshake_timeout\":\"1s\"}", "unknown-key" },
	{ "{\"path\":\"a\",\"shutdown_timeout\":\"1s\"}", "unknown-key" },
	{ "{\"path\":\"a\",\"tls\":true}", "wrong-kind" },
	{ "{\"path\":\"a\",\"tls\":null}", "" },
	{ "{\"path\":\"a\",\"tls\":{\"server_name\":\"b\"}}", "" },
	{ "{\"path\":\"a\",\"tls\":{\"server_name\":\"b\",\"key\":\"c\"}}",
	    "certificate: " },
};

START_TEST(E01)
{
	check_said(&bsk_unix_connector_class, &connectors[_i]);
}
END_TEST

static const struct said nameless[] = {
	{ "{\"path\":\"a\",\"tls\":{\"server_name\":\"\"}}", "server_name: " },
	{ "{\"path\":\"a\",\"tls\":{\"server_name\":\"\","
	    "\"verify\":\"full\"}}", "server_name: " },
	{ "{\"path\":\"a\",\"tls\":{\"server_name\":\"\","
	    "\"verify\":\"none\"}}", "" },
};

START_TEST(E02)
{
	check_said(&bsk_unix_connector_class, &nameless[_i]);
}
END_TEST

static const struct said listeners[] = {
	{ "{\"path\":\"a\",\"tls\":true}", "wrong-kind" },
	{ "{\"path\":\"a\",\"tls\":false}", "wrong-kind" },
	{ "{\"path\":\"a\",\"handshake_timeout\":\"1s\"}", "unknown-key" },
	{ "{\"path\":\"a\",\"shutdown_timeout\":\"1s\"}", "unknown-key" },
};

START_TEST(F01_tls)
{
	check_said(&bsk_unix_listener_class, &listeners[_i]);
}
END_TEST

static const struct said servers[] = {
	{ "{\"path\":\"a\",\"tls\":{}}", "missing-key" },
	{ "{\"path\":\"a\",\"tls\":{\"certificate\":\"b\"}}", "missing-key" },
	{ "{\"path\":\"a\",\"tls\":{\"key\":\"b\"}}", "missing-key" },
	{ "{\"path\":\"a\",\"tls\":{\"certificate\":\"b\",\"key\":\"c\","
	    "\"server_name\":\"d\"}}", "unknown-key" },
	{ "{\"path\":\"a\",\"tls\":{\"certificate\":\"b\",\"key\":\"c\"}}",
	    "" },
	{ "{\"path\":\"a\",\"tls\":{\"certificate\":\"b\",\"key\":\"c\","
	    "\"alpn\":[\"\"]}}", "alpn: " },
};

START_TEST(H20)
{
	check_said(&bsk_unix_listener_class, &servers[_i]);
}
END_TEST

static const struct {
	const char *certificate;
	const char *key;
	const char *passphrase;
	int error;
	const char *field;
} files[] = {
	{ "server.pem", "server.key", NULL, 0, NULL },
	{ "server.pem", "locked.key", "sesame", 0, NULL },
	{ "server.pem", "locked.key", "open", -EINVAL, "key" },
	{ "server.pem", "locked.key", NULL, -EINVAL, "key" },
	{ "server.pem", "ca.key", NULL, -EINVAL, "key" },
	{ "server.pem", "server.pem", NULL, -EINVAL, "key" },
	{ "server.key", "server.key", NULL, -EINVAL, "certificate" },
	{ "nowhere.pem", "server.key", NULL, -ENOENT, "certificate" },
	{ "server.pem", "nowhere.key", NULL, -ENOENT, "key" },
	{ ".", "server.key", NULL, -EFBIG, "certificate" },
};

START_TEST(H20_files)
{
	struct bsk_tls_terms terms = {
		.certificate = tls_case_file(files[_i].certificate),
		.key = tls_case_file(files[_i].key),
		.passphrase = bsk_text_copy(files[_i].passphrase),
	};
	struct bsk_tls_fault fault = { .error = 0 };

	ck_assert_int_eq(bsk_tls_check(&bsk_os_libc, BSK_TLS_SERVER, &terms,
	    &fault), files[_i].error);
	ck_assert_int_eq(fault.error, files[_i].error);
	if (files[_i].error < 0)
		ck_assert_str_eq(fault.field, files[_i].field);
	bsk_type_drop(&bsk_tls_terms_type, &terms);
}
END_TEST

START_TEST(H20_the_passphrase_is_secret)
{
	struct bsk_tls_terms terms = tls_case_server();
	char shown[1024];

	terms.passphrase = bsk_text_copy("sesame");
	(void)bsk_type_print(
	    &bsk_tls_server_type, &terms, shown, sizeof(shown));
	ck_assert_ptr_null(strstr(shown, "sesame"));
	bsk_type_drop(&bsk_tls_terms_type, &terms);
}
END_TEST

/* --- peers that nobody here wrote ------------------------------------- */

struct program {
	pid_t pid;
	int in;  /* what it reads */
	int out; /* what it writes */
};

static struct program
run(const char *const *arguments)
{
	struct program program;
	int in[2];
	int out[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	program = (struct program){ .pid = fork(), .in = in[1],
	    .out = out[0] };
	if (program.pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	ck_assert_int_gt(program.pid, 0);
	(void)close(in[0]);
	(void)close(out[1]);
	return program;
}

static int
finish(struct program program)
{
	int code;

	(void)close(program.in);
	(void)close(program.out);
	ck_assert_int_eq(waitpid(program.pid, &code, 0), program.pid);
	return code;
}

static bsk_ref echo;

static void
do_listen(bsk_ctx *ctx, void *arg)
{
	const struct bsk_tls_terms terms = tls_case_server();
	struct bsk_wire wire = { .port = { "data" } };
	struct bsk_spawn_options options = { .wires = &wire, .wire_count = 1 };
	bsk_ref listener;

	ck_assert_int_eq(
	    bsk_spawn(ctx, &bsk_echo_class, NULL, NULL, &echo), 0);
	wire.to = echo;
	ck_assert_int_eq(bsk_spawn(ctx, &bsk_unix_listener_class, BSK_PARCEL(
	    bsk_unix_listener_config, .path = tls_case_file("sock"),
	    .to = bsk_self(ctx), .frame = *(const int *)arg,
	    .linger_ns = 1000 * MS,
	    .tls = bsk_parcel_new(&bsk_tls_server_type, &terms)), &options,
	    &listener), 0);
}

START_TEST(H17_s_client)
{
	static const enum bsk_frame frames[] = { BSK_FRAME_NONE,
		BSK_FRAME_LINES };
	char ca[128];
	char where[128];
	const char *const arguments[] = { "openssl", "s_client", "-unix",
		where, "-CAfile", ca, "-verify_hostname", TLS_PEER_NAME,
		"-verify_return_error", "-quiet", "-no_ign_eof", NULL };
	int frame = frames[_i];
	struct program client;

	(void)snprintf(ca, sizeof(ca), "%s", peer_path("ca.pem"));
	(void)snprintf(where, sizeof(where), "%s", peer_path("sock"));
	clerk_do(tls_case.clerk, do_listen, &frame);
	(void)clerk_wait(tls_case.clerk, &bsk_listener_ready_type, 1);
	client = run(arguments);
	peer_say(client.in, "hello\n");
	peer_expect(client.out, "hello\n");
	ck_assert_int_eq(finish(client), 0);
}
END_TEST

START_TEST(H17_s_server)
{
	char where[128];
	char certificate[128];
	char key[128];
	const char *const arguments[] = { "openssl", "s_server", "-unix",
		where, "-cert", certificate, "-key", key, "-quiet", "-rev",
		NULL };
	struct bsk_tls_terms terms = tls_case_client();
	struct program server;
	bsk_ref connector;

	(void)snprintf(where, sizeof(where), "%s", peer_path("sock"));
	(void)snprintf(
	    certificate, sizeof(certificate), "%s", peer_path("server.pem"));
	(void)snprintf(key, sizeof(key), "%s", peer_path("server.key"));
	server = run(arguments);
	connector = clerk_spawn(tls_case.clerk, &bsk_unix_connector_class,
	    BSK_PARCEL(bsk_unix_connector_config,
		.path = bsk_text_copy(where), .reconnect_first_ns = 10 * MS,
		.reconnect_max_ns = 50 * MS,
		.tls = bsk_parcel_new(&bsk_tls_client_type, &terms)));
	clerk_say(tls_case.clerk, connector, "hello\n");
	clerk_expect(tls_case.clerk, "olleh\n");
	clerk_stop(tls_case.clerk, connector);
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	ck_assert(WIFSIGNALED(finish(server)));
}
END_TEST

#define LOOP(tcase, test, table) \
	tcase_add_loop_test( \
	    tcase, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

static Suite *
suite(void)
{
	Suite *s = suite_create("tls_door");
	TCase *tcase = harness_case("tls_door");

	tcase_add_checked_fixture(tcase, tls_case_begin, tls_case_end);
	LOOP(tcase, E01, connectors);
	LOOP(tcase, E02, nameless);
	LOOP(tcase, F01_tls, listeners);
	LOOP(tcase, H20, servers);
	LOOP(tcase, H20_files, files);
	tcase_add_test(tcase, H20_the_passphrase_is_secret);
	tcase_add_loop_test(tcase, H17_s_client, 0, 2);
	tcase_add_test(tcase, H17_s_server);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
