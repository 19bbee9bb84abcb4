/* current.c - which worker this thread is. */
#include "current.h"

_Thread_local struct worker *current_worker;
