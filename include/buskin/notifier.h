/* buskin/notifier.h - tells a service manager that the service is ready.
 *
 * The class "notifier" says READY=1 when it is opened and STOPPING=1 when it is
 * asked to stop, as sd_notify(3) does: so it is to be started last and stopped
 * first. A deployment does that by itself when $NOTIFY_SOCKET is set.
 */
#ifndef BUSKIN_NOTIFIER_H
#define BUSKIN_NOTIFIER_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whom to tell. */
struct bsk_notifier_config {
	bsk_text socket; /* the path of the manager's socket, 1 to 107 bytes;
	                  * "@" before an abstract name */
};
BSK_DECLARE(bsk_notifier_config);

/* The class "notifier". Whether anybody hears it is not known and not waited
 * for. */
extern const struct bsk_class bsk_notifier_class;

#ifdef __cplusplus
}
#endif

#endif
