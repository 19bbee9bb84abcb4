/* src/os_fd.h - descriptors in values: what dropping and copying need of the
 * kernel. */
#ifndef BUSKIN_SRC_OS_FD_H
#define BUSKIN_SRC_OS_FD_H

#include <buskin/value.h>

/* A duplicate that is close-on-exec; none of none. Returns 0 or what
 * fcntl(2) F_DUPFD_CLOEXEC fails with. */
int os_fd_copy(bsk_fd fd, bsk_fd *ret_copy);

#endif
