/* src/cli/client.c - asking a running system, in nng's request protocol. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

#include <buskin/json.h>

#include "cli.h"
#include "client.h"

#define SCHEME "ipc://"
#define SCHEME_LENGTH (sizeof(SCHEME) - 1)
#define MILLISECOND_NS 1000000

/* --- where to ask --- */

static int
take_url(const char *url, char *ret_url)
{
	if (strlen(url) >= CLI_URL_SIZE) {
		(void)fprintf(stderr, "buskin: the URL is too long: %s\n",
		    url);
		return CLI_USAGE;
	}
	(void)strcpy(ret_url, url);
	return 0;
}

/* The sockets among the paths come first; returns how many. */
static size_t
keep_sockets(glob_t *paths)
{
	struct stat status;
	size_t kept = 0;
	size_t i;

	for (i = 0; i < paths->gl_pathc; i++) {
		char *path = paths->gl_pathv[i];

		if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
			continue;
		paths->gl_pathv[i] = paths->gl_pathv[kept];
		paths->gl_pathv[kept++] = path;
	}
	return kept;
}

static int
choose(const glob_t *paths, size_t count, const char *directory,
    char *ret_url)
{
	char url[sizeof(SCHEME) + 4096];
	size_t i;

	if (count == 1) {
		(void)snprintf(url, sizeof(url), SCHEME "%s",
		    paths->gl_pathv[0]);
		return take_url(url, ret_url);
	}
	(void)fprintf(stderr, count == 0 ?
	    "buskin: nothing listens in %s\n" :
	    "buskin: several systems listen in %s\n", directory);
	for (i = 0; i < count; i++)
		(void)fprintf(stderr, "  " SCHEME "%s\n", paths->gl_pathv[i]);
	(void)fprintf(stderr,
	    "hint: say which with -s URL, or in $BUSKIN_URL\n");
	return count == 0 ? CLI_UNAVAILABLE : CLI_USAGE;
}

static int
search(char *ret_url)
{
	const char *base = getenv("RUNTIME_DIRECTORY");
	char pattern[4096];
	glob_t paths;
	int length;
	int status;

	if (base == NULL || base[0] == '\0')
		base = "/tmp";
	length = (int)strcspn(base, ":");
	(void)snprintf(pattern, sizeof(pattern), "%.*s/*.ipc", length, base);
	if (glob(pattern, 0, NULL, &paths) != 0)
		paths = (glob_t){ 0 };
	pattern[length] = '\0';
	status = choose(&paths, keep_sockets(&paths), pattern, ret_url);
	globfree(&paths);
	return status;
}

int
cli_client_find(const char *given, char ret_url[CLI_URL_SIZE])
{
	const char *url = given != NULL ? given : getenv("BUSKIN_URL");

	if (url != NULL && url[0] != '\0')
		return take_url(url, ret_url);
	return search(ret_url);
}

/* --- what can go wrong --- */

static int
fail(const char *url, int status, const char *why)
{
	(void)fprintf(stderr, "buskin: %s: %s\n", url, why);
	return status;
}

/* nng would wait for whoever may listen there some day. */
static int
check_path(const char *url)
{
	const char *path = url + SCHEME_LENGTH;
	struct stat status;

	if (strncmp(url, SCHEME, SCHEME_LENGTH) != 0)
		return 0;
	if (stat(path, &status) < 0)
		return errno == EACCES ?
		    fail(url, CLI_NOT_PERMITTED, "not permitted") :
		    fail(url, CLI_UNAVAILABLE, "nothing listens there");
	if (!S_ISSOCK(status.st_mode))
		return fail(url, CLI_UNAVAILABLE, "that is no socket");
	if (access(path, W_OK) < 0)
		return fail(url, CLI_NOT_PERMITTED, "not permitted");
	return 0;
}

static int
fail_nng(const char *url, int error)
{
	static const char hung_up[] = "it hung up: it may be another user's, "
	    "or too busy";
	static const struct {
		int error;
		int status;
		const char *why;
	} ends[] = {
		{ NNG_ECONNREFUSED, CLI_UNAVAILABLE, "nothing listens there" },
		{ NNG_ENOENT, CLI_UNAVAILABLE, "nothing listens there" },
		{ NNG_ETIMEDOUT, CLI_TIMED_OUT, "no answer in time" },
		{ NNG_EAGAIN, CLI_TIMED_OUT, "too many are waiting there" },
		{ NNG_EPERM, CLI_NOT_PERMITTED, "not permitted" },
		{ NNG_ECLOSED, CLI_NOT_PERMITTED, hung_up },
		{ NNG_ECONNSHUT, CLI_NOT_PERMITTED, hung_up },
		{ NNG_ECONNRESET, CLI_NOT_PERMITTED, hung_up },
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].error == error)
			return fail(url, ends[i].status, ends[i].why);
	return fail(url, CLI_FAILED, nng_strerror(error));
}

static int
fail_refused(const char *url, const bsk_json *error)
{
	const bsk_json *code = bsk_json_member(error, "code");
	const bsk_json *message = bsk_json_member(error, "message");
	const bsk_json *hint = bsk_json_member(error, "hint");
	const char *word = code == NULL ? NULL : bsk_json_string(code);

	if (word == NULL || message == NULL || hint == NULL ||
	    bsk_json_string(message) == NULL)
		return fail(url, CLI_FAILED, "an answer of another kind");
	(void)fail(url, CLI_FAILED, bsk_json_string(message));
	if (bsk_json_string(hint) != NULL && bsk_json_string(hint)[0] != '\0')
		(void)fprintf(stderr, "hint: %s\n", bsk_json_string(hint));
	if (strcmp(word, "not-permitted") == 0)
		return CLI_NOT_PERMITTED;
	return strcmp(word, "no-such-actor") == 0 ? CLI_NO_ACTOR :
	    CLI_FAILED;
}

/* --- asking --- */

/* The request as text, from malloc(3); NULL for want of memory. */
static char *
request_text(const char *op, bsk_json *args)
{
	bsk_json *request = bsk_json_new_object();
	char *text = NULL;

	if (args == NULL)
		args = bsk_json_new_object();
	if (request == NULL)
		bsk_json_free(args);
	else if (bsk_json_put(request, "args", args) == 0 &&
	    bsk_json_put(request, "v", bsk_json_new_number(1)) == 0 &&
	    bsk_json_put(request, "id", bsk_json_new_string("1")) == 0 &&
	    bsk_json_put(request, "op", bsk_json_new_string(op)) == 0)
		text = bsk_json_text(request);
	bsk_json_free(request);
	return text;
}

/* One question and its answer; returns nng's error. */
static int
exchange(nng_socket socket, const char *url, const char *text,
    int64_t timeout_ns, nng_msg **ret_answer)
{
	nng_duration timeout = (nng_duration)(timeout_ns / MILLISECOND_NS);
	int error = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, 0);

	if (error == 0)
		error = nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, timeout);
	if (error == 0)
		error = nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, timeout);
	if (error == 0)
		error = nng_dial(socket, url, NULL, 0);
	if (error == 0)
		error = nng_send(socket, (void *)(uintptr_t)text, strlen(text),
		    0);
	if (error == 0)
		error = nng_recvmsg(socket, ret_answer, 0);
	return error;
}

static int
read_answer(const char *url, nng_msg *message, bsk_json **ret_result)
{
	const bsk_json *result;
	bsk_json *answer;
	int status = 0;

	if (bsk_json_read(nng_msg_body(message), nng_msg_len(message), &answer,
	    NULL) < 0)
		return fail(url, CLI_FAILED, "the answer is no JSON");
	result = bsk_json_member(answer, "result");
	if (result == NULL)
		status = fail_refused(url, bsk_json_member(answer, "error"));
	else
		*ret_result = bsk_json_copy(result);
	if (result != NULL && *ret_result == NULL)
		status = fail(url, CLI_FAILED, strerror(ENOMEM));
	bsk_json_free(answer);
	return status;
}

/* The socket is left to the end of the program: nng 1.5 may abort where one is
 * closed while its peer hangs up. */
static int
ask(const char *url, const char *text, int64_t timeout_ns,
    bsk_json **ret_result)
{
	nng_socket socket;
	nng_msg *answer;
	int status;
	int error = nng_req0_open(&socket);

	if (error != 0)
		return fail_nng(url, error);
	error = exchange(socket, url, text, timeout_ns, &answer);
	if (error != 0)
		status = fail_nng(url, error);
	else {
		status = read_answer(url, answer, ret_result);
		nng_msg_free(answer);
	}
	return status;
}

int
cli_client_ask(const char *url, const char *op, bsk_json *args,
    int64_t timeout_ns, bsk_json **ret_result)
{
	char *text = request_text(op, args);
	int status = check_path(url);

	if (text == NULL)
		return fail(url, CLI_FAILED, strerror(ENOMEM));
	if (status == 0)
		status = ask(url, text, timeout_ns, ret_result);
	free(text);
	return status;
}
