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

/* A descriptor that does not block, for the same as `fd`, which stays its
 * owner's and open. `ret_fd` is the caller's; it is lent (see bsk_fd) if the
 * open file was changed. Two actors that borrow one blocking socket must agree:
 * when the first of them ends, the socket blocks again. Negative: what fcntl(2)
 * fails with; nothing has changed. Any thread may call it. */
int bsk_unblock(const struct bsk_os *os, int fd, bool is_write, bsk_fd *ret_fd);

/* Has a lent descriptor's open file block again; it is owned as before, and no
 * longer lent. Of any other: does nothing. Of a body or config likewise, as
 * bsk_fd_take. */
void bsk_block_again(const struct bsk_os *os, const bsk_fd *fd);

#ifdef __cplusplus
}
#endif

#endif
