/* current.h - which worker this thread is. */
#ifndef CURRENT_H
#define CURRENT_H

struct worker;

/* The worker whose work this thread is doing; NULL on a thread outside the
 * system. The one writable object of the library. */
extern _Thread_local struct worker *current_worker;

#endif
