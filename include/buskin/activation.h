/* buskin/activation.h - sockets that a process is started with.
 *
 * A service manager may make a service's sockets itself and start the service
 * with them: the descriptors from 3 on, $LISTEN_FDS of them, if $LISTEN_PID is
 * this process, with the names in $LISTEN_FDNAMES (see sd_listen_fds(3)). A
 * system that was made with the option `activation` takes them over: it owns
 * them as long as it lives, close-on-exec, and the variables are gone, so that
 * no child believes that they are meant for it. An actor gets a copy by name,
 * as often as it is started.
 */
#ifndef BUSKIN_ACTIVATION_H
#define BUSKIN_ACTIVATION_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A descriptor of that name (without $LISTEN_FDNAMES all are "unknown"), the
 * first if there are several: the caller's own, close-on-exec. -ENOENT: there
 * is none; or what dup(2) fails with. */
int bsk_listen_fd(bsk_ctx *ctx, const char *name, int *ret_fd);

#ifdef __cplusplus
}
#endif

#endif
