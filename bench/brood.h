/* brood.h - many actors of one class, children of one parent, all at home where
 * it is.
 */
#ifndef BUSKIN_BENCH_BROOD_H
#define BUSKIN_BENCH_BROOD_H

#include "workload.h"

/* Spawns `count` of them and waits until all are there. Their refs, to be
 * freed by free(3). One brood is born at a time. */
bsk_ref *brood_spawn(const struct bench *bench,
    const struct bsk_class *class_, uint64_t count,
    const struct bsk_spawn_options *options);

#endif
