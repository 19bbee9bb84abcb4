/* inspected.h - a system with an inspector, for tests.
 *
 * inspected_begin and inspected_end are a checked fixture: a system in a
 * directory of its own, which is the runtime directory, with a probe named
 * "owner" whose child the inspector will be. Nothing may be left in the
 * directory at the end.
 */
#ifndef BUSKIN_TESTS_INSPECTED_H
#define BUSKIN_TESTS_INSPECTED_H

#include <buskin/inspector.h>
#include <buskin/json.h>

#include "probe.h"

#define INSPECTED_STATS "{\"v\":1,\"id\":\"1\",\"op\":\"stats\"}"

struct inspected {
	char directory[32];
	char path[64];     /* where the inspector listens */
	bsk_system *system;
	struct probe_log heard; /* by the owner */
	bsk_ref owner;
};

extern struct inspected inspected;

void inspected_begin(void);
void inspected_end(void);

/* The same, but nng's threads are left running. */
void inspected_end_without_nng(void);

/* Has the owner spawn the inspector; `more` gives its limits. */
void inspected_by(struct bsk_inspector_config more);

/* How to make one at a URL. */
struct bsk_parcel *inspected_config(const char *url, uint32_t mode,
    struct bsk_inspector_config more);

/* The same at a URL of the test's. */
void inspected_at(const char *url, uint32_t mode,
    struct bsk_inspector_config more);

/* The answer to one request; the caller frees it. */
bsk_json *inspected_ask(const char *text);

/* A figure of the inspector's. */
unsigned long inspected_traffic(const char *what);

/* Whether a client is answered; else it is hung up on. */
bool inspected_answers(void);

#endif
