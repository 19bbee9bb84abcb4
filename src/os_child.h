/* os_child.h - what a parent and its child, still in one memory, share. */
#ifndef OS_CHILD_H
#define OS_CHILD_H

#include <buskin/os.h>

struct os_child {
	/* What the child reads. */
	const struct bsk_os_spawn *how;
	char *const *envp;
	pid_t parent; /* whose child it ought to be */
	int *sources; /* room for one descriptor for each of how->fds */

	/* What the child leaves for its parent to read. */
	enum bsk_os_spawn_step step; /* the one it has come to */
	int error; /* 0, or the negative errno that ended it at that step */
};

/* The child's life until it is another program: an entry for clone(2). It
 * runs in the parent's memory, on a stack of its own, with every signal
 * blocked; it never returns. `arg` is a struct os_child. */
int os_child_main(void *arg);

#endif
