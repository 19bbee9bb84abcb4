/* sp_client.c - a client of nng's request protocol, byte by byte. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "sp_client.h"

const unsigned char sp_greeting[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
static const unsigned char their_greeting[8] =
    { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };

#define HEADER 9
#define REQUEST_ID 4

static int
try_connect(const char *path)
{
	const struct timeval patience = { .tv_sec = HARNESS_PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
sp_connect(const char *path)
{
	int64_t until = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;
	int fd = try_connect(path);

	/* Nothing tells when somebody has called listen(2). */
	while (fd < 0 && bsk_os_libc.now(&bsk_os_libc) < until) {
		(void)sched_yield();
		fd = try_connect(path);
	}
	if (fd < 0)
		ck_abort_msg("nobody listens at %s", path);
	return fd;
}

bool
sp_send(int fd, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	ssize_t sent;

	for (; size > 0; at += sent, size -= (size_t)sent) {
		sent = send(fd, at, size, MSG_NOSIGNAL);
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return false;
		ck_assert_msg(sent > 0, "send: %s", strerror(errno));
	}
	return true;
}

bool
sp_receive(int fd, void *bytes, size_t size)
{
	unsigned char *at = bytes;
	ssize_t got;

	for (; size > 0; at += got, size -= (size_t)got) {
		got = recv(fd, at, size, 0);
		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return false;
		ck_assert_msg(got > 0, "recv: %s", strerror(errno));
	}
	return true;
}

void
sp_expect_hang_up(int fd)
{
	unsigned char byte;

	while (sp_receive(fd, &byte, 1))
		continue;
	close(fd);
}

int
sp_open(const char *path)
{
	unsigned char greeting[8];
	int fd = sp_connect(path);

	ck_assert(sp_send(fd, sp_greeting, sizeof(sp_greeting)));
	ck_assert(sp_receive(fd, greeting, sizeof(greeting)));
	ck_assert_mem_eq(greeting, their_greeting, sizeof(greeting));
	return fd;
}

bool
sp_try_ask(int fd, const void *text, size_t size)
{
	unsigned char header[HEADER + REQUEST_ID] = { 1 };
	uint64_t length = REQUEST_ID + size;
	size_t i;

	for (i = 0; i < 8; i++)
		header[1 + i] = (unsigned char)(length >> (56 - 8 * i));
	header[HEADER] = 0x80;
	header[HEADER + 3] = 7;
	return sp_send(fd, header, sizeof(header)) && sp_send(fd, text, size);
}

void
sp_ask(int fd, const void *text, size_t size)
{
	ck_assert(sp_try_ask(fd, text, size));
}

char *
sp_answer(int fd)
{
	unsigned char header[HEADER + REQUEST_ID];
	uint64_t length = 0;
	char *text;
	size_t i;

	ck_assert(sp_receive(fd, header, sizeof(header)));
	ck_assert_uint_eq(header[0], 1);
	for (i = 0; i < 8; i++)
		length = length << 8 | header[1 + i];
	ck_assert_uint_ge(length, REQUEST_ID);
	ck_assert_uint_lt(length, 1 << 24);
	ck_assert_mem_eq(header + HEADER, "\x80\0\0\7", REQUEST_ID);
	length -= REQUEST_ID;
	text = calloc(1, (size_t)length + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert(sp_receive(fd, text, (size_t)length));
	return text;
}

bsk_json *
sp_call(int fd, const char *text)
{
	struct bsk_json_error error;
	bsk_json *json = NULL;
	char *answer;

	sp_ask(fd, text, strlen(text));
	answer = sp_answer(fd);
	if (bsk_json_read(answer, strlen(answer), &json, &error) < 0)
		ck_abort_msg("no JSON: %s: %s", error.text, answer);
	free(answer);
	return json;
}

static const bsk_json *
child_at(const bsk_json *json, const char *key)
{
	char *end;
	unsigned long index = strtoul(key, &end, 10);

	if (*end != '\0' || *key == '\0')
		return bsk_json_member(json, key);
	for (json = bsk_json_first(json); json != NULL && index > 0; index--)
		json = bsk_json_next(json);
	return json;
}

const bsk_json *
sp_at(const bsk_json *json, const char *path)
{
	const bsk_json *at = json;
	char copy[128];
	char *rest = copy;
	char *key;

	ck_assert_uint_lt(strlen(path), sizeof(copy));
	strcpy(copy, path);
	while (at != NULL && (key = strsep(&rest, ".")) != NULL)
		at = child_at(at, key);
	if (at == NULL) {
		char *text = bsk_json_text(json);

		ck_abort_msg("no %s in %s", path, text);
	}
	return at;
}

const char *
sp_string_at(const bsk_json *json, const char *path)
{
	const char *string = bsk_json_string(sp_at(json, path));

	if (string == NULL)
		ck_abort_msg("%s is no string", path);
	return string;
}
