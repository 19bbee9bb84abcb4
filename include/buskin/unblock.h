/* buskin/unblock.h - a borrowed descriptor, without waiting for it and without
 * others noticing.
 *
 * O_NONBLOCK is a flag of the open file, not of the descriptor: whoever shares
 * the file (the shell, that has the same terminal; a parent, that has the same
 * pipe) is changed by it too, and goes on being so after we have ended. So a
 * terminal, and a pipe that is written, are opened a second time, and that open
 * file is ours alone. Where that cannot be, the flag is set, and set back.
 */
#ifndef BUSKIN_UNBLOCK_H
#define BUSKIN_UNBLOCK_H

#include <buskin/os.h>
#include <buskin/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is needed to set an open file back. All zeros: nothing. */
struct bsk_unblock {
	bsk_fd keeper; /* private: of that open file */
};

/* A descriptor that does not block, for the same as `fd`, which stays its
 * owner's and open. `ret_fd` is the caller's to close. Two actors that borrow
 * one blocking socket must agree: when the first of them ends, the socket
 * blocks again. Negative: what fcntl(2) fails with; nothing has changed. */
int bsk_unblock_begin(struct bsk_unblock *unblock, const struct bsk_os *os,
    int fd, bool is_write, int *ret_fd);

/* Whether the open file was changed, and has to be set back. */
bool bsk_unblock_is_due(const struct bsk_unblock *unblock);

/* Sets the open file back, if it was changed. Twice is once. */
void bsk_unblock_end(struct bsk_unblock *unblock, const struct bsk_os *os);

/* Does not: whoever has another descriptor of the file does. */
void bsk_unblock_leave(struct bsk_unblock *unblock, const struct bsk_os *os);

/* Has an open file block again, by any descriptor of it. */
void bsk_block_again(const struct bsk_os *os, int fd);

#ifdef __cplusplus
}
#endif

#endif
