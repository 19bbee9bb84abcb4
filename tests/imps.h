/* imps.h - supervisors with small imps, which do mischief to each other: they
 * send, ask, hold, pass on, monitor, stop and kill, fail, exit, and have
 * children. Their mailboxes are small and do whatever a full one may do.
 */
#ifndef BUSKIN_TESTS_IMPS_H
#define BUSKIN_TESTS_IMPS_H

#include <stdatomic.h>

#include <buskin/system.h>

#define SUPERVISORS 10u
#define IMPS_EACH 49u
#define IMPS (SUPERVISORS * IMPS_EACH)

/* What starts mischief. */
struct poke {
	uint32_t hops; /* how often it is passed on */
};
BSK_DECLARE(poke);

struct imp_config {
	uint32_t slot; /* where others find it; IMPS and up: nowhere */
};
BSK_DECLARE(imp_config);

/* The class of an imp; it must be among those of its system. */
extern const struct bsk_class imp_class;

/* Where they are, of one system: their refs' bits. Each test has a process of
 * its own. */
extern _Atomic uint64_t imps[IMPS];

/* What came twice, or unasked: told on standard error. */
extern _Atomic uint32_t imp_mistakes;

/* Makes the supervisors, and has them make their imps. 0, or what
 * bsk_system_spawn says. */
int imps_populate(bsk_system *system);

/* Pokes one of them from outside. */
void imps_poke(bsk_system *system, uint64_t chance);

#endif
