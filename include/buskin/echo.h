/* buskin/echo.h - an actor that sends back what it is sent.
 *
 * Its in port "bytes" takes bsk_bytes; each goes back to whoever sent it. What
 * is wired to its out port "copy" gets it as well.
 */
#ifndef BUSKIN_ECHO_H
#define BUSKIN_ECHO_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The ports of an echo. */
enum bsk_echo_port {
	BSK_ECHO_COPY, /* "copy", out: bsk_bytes */
	BSK_ECHO_BYTES /* "bytes", in: bsk_bytes */
};

/* The class "echo". It has no config. */
extern const struct bsk_class bsk_echo_class;

#ifdef __cplusplus
}
#endif

#endif
