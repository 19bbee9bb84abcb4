/* sp_client.h - a client of nng's request protocol, byte by byte.
 *
 * It speaks to a Unix socket with no help of nng's, so that a test can also
 * say half of what a client says, or something else, or hang up at any time.
 * Whatever cannot be done within HARNESS_PATIENCE_S fails the test, unless a
 * function says otherwise.
 */
#ifndef BUSKIN_TESTS_SP_CLIENT_H
#define BUSKIN_TESTS_SP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <buskin/json.h>

/* What a client that asks says first. */
extern const unsigned char sp_greeting[8];

/* A blocking connection; waits for somebody to listen there. */
int sp_connect(const char *path);

/* Sends bytes; false when the other side has hung up. */
bool sp_send(int fd, const void *bytes, size_t size);

/* Reads exactly `size` bytes; false when the other side has hung up. */
bool sp_receive(int fd, void *bytes, size_t size);

/* Waits until the other side hangs up, and closes. What comes is let pass. */
void sp_expect_hang_up(int fd);

/* A connection on which both have greeted. */
int sp_open(const char *path);

/* Sends a request; its text is `size` bytes. sp_try_ask: false when the other
 * side hung up meanwhile. */
void sp_ask(int fd, const void *text, size_t size);
bool sp_try_ask(int fd, const void *text, size_t size);

/* Receives an answer as text, for the caller to free. */
char *sp_answer(int fd);

/* Both, on an open connection; the caller frees the document. */
bsk_json *sp_call(int fd, const char *text);

/* What is at a path like "error.code" or "result.nodes", where a number picks
 * an element; what is not there fails the test. */
const bsk_json *sp_at(const bsk_json *json, const char *path);

/* The string there. */
const char *sp_string_at(const bsk_json *json, const char *path);

#endif
