/* harness.h - what every test program has in common.
 *
 * A test program is a suite and one line:
 *
 *	int main(void) { return harness_main(things_suite); }
 *
 * Each test runs in a process of its own (Check forks). Put harness_begin and
 * harness_end around every test as a checked fixture
 * (tcase_add_checked_fixture(tcase, harness_begin, harness_end)): what is open
 * or running or changed after a test and was not before it fails it.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include <buskin/sim.h>
#include <buskin/system.h>

/* Seconds that are waited for anything before a test gives up. Generous: only
 * a failing test ever waits so long. */
#define HARNESS_PATIENCE_S 60
#define HARNESS_PATIENCE_NS ((int64_t)HARNESS_PATIENCE_S * 1000000000)

/* Runs a suite with TAP on standard output. What main returns. */
int harness_main(Suite *(*suite)(void));

/* A test case with the fixture and a time limit that sanitizers can keep. */
TCase *harness_case(const char *name);

/* Remember, and compare: descriptors, threads, children, signal dispositions,
 * the signal mask. */
void harness_begin(void);
void harness_end(void);

/* Whether the build is one that is much slower: with a sanitizer, or with its
 * coverage counted. Loads are a tenth then. */
bool harness_is_instrumented(void);

/* Whether that is ThreadSanitizer. It keeps signals back while its thread is
 * busy, one of each number and no more, and for ever in a process that was
 * forked from several threads: so what handlers must do cannot be seen. */
bool harness_keeps_signals_back(void);

/* The seed of this run: $BUSKIN_SEED, or drawn. It is printed as the run
 * begins, in the form that repeats it. */
uint64_t harness_seed(void);

/* A system with `workers` workers and some classes to find, started. With one
 * worker every handler ends before the next begins: whoever counts on that
 * counts on it on a busy machine too. */
bsk_system *harness_system(uint32_t workers,
    const struct bsk_class *const *classes);

/* Stops it, waits for its end and destroys it. */
void harness_system_end(bsk_system *system);

/* Fails the test unless sent = ends + queued on every edge. For a system that
 * is at rest. As any system is freed, that is checked anyway: see books.h. */
void harness_check_books(bsk_system *system);

#endif
