/* sim_trace.h - what happens in a simulated system, in lines for people. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "system.h"

struct sim_trace;

/* Tells each line of what happens from now on, without its end; NULL for want
 * of memory. */
struct sim_trace *sim_trace_new(struct bsk_system *system,
    void (*say)(void *arg, const char *line), void *arg);

/* Tells no more. NULL is let pass. */
void sim_trace_free(struct sim_trace *trace);

/* A line of somebody else's, at its time. */
void sim_trace_tell(struct sim_trace *trace, const char *words);

#endif
