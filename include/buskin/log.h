/* buskin/log.h - the log: an actor that writes lines for people.
 *
 * The log is a service, like the reactor; it takes the system's faults too.
 */
#ifndef BUSKIN_LOG_H
#define BUSKIN_LOG_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How much it matters: the words and numbers of syslog(3). */
enum bsk_log_level {
	BSK_LOG_EMERGENCY,
	BSK_LOG_ALERT,
	BSK_LOG_CRITICAL,
	BSK_LOG_ERROR,
	BSK_LOG_WARNING,
	BSK_LOG_NOTICE,
	BSK_LOG_INFO,
	BSK_LOG_DEBUG
};

/* One line. */
struct bsk_log_line {
	int32_t level;  /* enum bsk_log_level */
	bsk_text text;  /* without a line end; control characters are shown as \xNN */
};
BSK_DECLARE(bsk_log_line);

/* Where lines go and which. */
struct bsk_log_config {
	int32_t level;   /* the least urgent that is written; enum bsk_log_level */
	int32_t format;  /* 0: text; 1: JSON, one object a line */
	int32_t fd;      /* where to: 1 or 2, or another open descriptor, borrowed */
};
BSK_DECLARE(bsk_log_config);

/* Says a line to the log: makes the text as printf(3) would and sends it to
 * the log service. Returns as bsk_send. */
int bsk_log(bsk_ctx *ctx, enum bsk_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The class "log". Its in port "in" also takes bsk_bytes, as text, and any
 * counts: what is wired to it is written as a line. */
extern const struct bsk_class bsk_log_class;

#ifdef __cplusplus
}
#endif

#endif
