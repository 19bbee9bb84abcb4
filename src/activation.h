/* activation.h - the sockets that the process was started with. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stdint.h>

#include <buskin/os.h>

/* One of them. */
struct activated {
	int fd;     /* ours, close-on-exec */
	char *name; /* ours */
};

/* All of them. */
struct activation {
	struct activated *fds; /* `count` of them, ours */
	uint32_t count;
};

/* Copies the descriptors that the environment tells of, and leaves both as they
 * are; no other thread may change the environment meanwhile. 0, also when there
 * is nothing; -ENOMEM, or what dup fails with: nothing is copied then. */
int activation_copy(struct activation *activation, const struct bsk_os *os);

/* Closes the descriptors that were copied, and clears the environment of them:
 * no other thread may look at it meanwhile. */
void activation_take(
    const struct activation *activation, const struct bsk_os *os);

/* Closes the copies. */
void activation_release(
    struct activation *activation, const struct bsk_os *os);

#endif
