/* src/cli/client.h - asking a running system. */
#ifndef BUSKIN_CLI_CLIENT_H
#define BUSKIN_CLI_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <buskin/json.h>

/* Room for the URL of an inspector: "ipc://", a path, and the zero byte. */
#define CLI_URL_SIZE 120

/* How long an answer may take, where nobody says. */
#define CLI_TIMEOUT_NS INT64_C(5000000000)

/* These return enum cli_exit; what is not CLI_DONE they have told on stderr. */

/* The URL to ask: `given` (NULL: not given), else $BUSKIN_URL, else the one
 * socket *.ipc in the runtime directory, or in /tmp where there is none. */
int cli_client_find(const char *given, char ret_url[CLI_URL_SIZE]);

/* Asks for one operation. `args` is taken; NULL: none. The caller frees the
 * result. */
int cli_client_ask(const char *url, const char *op, bsk_json *args,
    int64_t timeout_ns, bsk_json **ret_result);

#endif
