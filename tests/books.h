/* books.h - every message in exactly one place: at its end, or in a queue.
 *
 * The books of every system that a test frees are checked as it is freed, when
 * all that lived there has ended: see books.c. Nobody needs to ask for that.
 */
#ifndef BUSKIN_TESTS_BOOKS_H
#define BUSKIN_TESTS_BOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include <buskin/system.h>

/* Whether on every edge sent = ends + queued, where what an actor holds counts
 * as queued. For a system that is at rest: nothing is on its way between
 * workers. If not, `ret_why` says where. */
bool books_balance(bsk_system *system, char *ret_why, size_t size);

/* Set by a test that has made the books of its systems wrong itself, and looks
 * at who sees that: they are freed without a look. */
extern bool books_are_cooked;

#endif
