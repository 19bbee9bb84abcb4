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

/* Takes over what the environment tells of, and clears it there: no other
 * thread may look at the environment meanwhile. 0, also when there is nothing;
 * -ENOMEM, or what dup fails with: nothing is taken then. */
int activation_take(struct activation *activation, const struct bsk_os *os);

/* Closes them. */
void activation_release(
    struct activation *activation, const struct bsk_os *os);

#endif
