/* actors/child_strategies.c - the strategies of the child watcher. */
#include <buskin/child_strategy.h>

const struct bsk_class *const
    bsk_child_strategy_classes[BSK_CHILD_STRATEGIES] = {
	[BSK_CHILD_PIDFD] = &bsk_child_pidfd_class,
	[BSK_CHILD_SCAN] = &bsk_child_scan_class,
	[BSK_CHILD_REAP_ALL] = &bsk_child_reap_all_class,
	[BSK_CHILD_THREAD] = &bsk_child_thread_class,
};
