/* current.c - what this thread is to the system that it works for. */
#include "current.h"

_Thread_local struct hand current_hand;
