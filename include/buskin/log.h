/* buskin/log.h - the log: an actor that writes lines for people.
 *
 * The log is a service, like the reactor; it takes the system's faults too and
 * writes each as an error, overruns and alarms as warnings. A line of text is
 *
 *	2026-11-22T10:00:00.123Z notice NAME: what happened
 *
 * in UTC, with the sender's registered name if it has one; in JSON it is an
 * object with the keys "time", "level", "actor" (if it has a name) and "text".
 * Control characters and bytes that are no UTF-8 are shown as \xNN, and a line
 * of more than BSK_LOG_LINE_SIZE bytes is cut and says so.
 *
 * Lines that come together are written together. Where they go may be full or
 * broken: the log tries again, keeps what fits into 64 KiB, and says how many
 * lines it had to lose as soon as it can.
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

/* How lines look. */
enum bsk_log_format {
	BSK_LOG_TEXT, /* for people */
	BSK_LOG_JSON  /* one object a line */
};

/* One line. */
struct bsk_log_line {
	int32_t level; /* enum bsk_log_level */
	bsk_text text; /* without a line end */
};
BSK_DECLARE(bsk_log_line);

/* Where lines go and which. Without a config: from "info" on, as text, to
 * standard error. */
struct bsk_log_config {
	/* The least urgent that is written; enum bsk_log_level. */
	int32_t level;
	/* How lines look; enum bsk_log_format. */
	int32_t format;
	/* Where to: 1 or 2, or another open descriptor, borrowed; 0: 2. Its
	 * flags are left alone, yet nobody waits for who reads it. */
	int32_t fd;
};
BSK_DECLARE(bsk_log_config);

/* Says a line to the log: makes the text as printf(3) would and sends it to
 * the log service. Returns as bsk_send. */
int bsk_log(bsk_ctx *ctx, enum bsk_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The words for a reason: "in order" for 0, else what strerror(3) says in
 * English. Never NULL; lives for ever. Any thread may call it. */
const char *bsk_reason_text(int reason);

/* What the log says of a fault: "actor ann (clerk) failed on bsk_bytes: Broken
 * pipe". The caller's to drop; NULL for want of memory. Any thread. */
bsk_text bsk_fault_text(const struct bsk_fault *fault);

/* The same for an overrun: "actor ann (clerk) ran for 200 ms on bsk_bytes". */
bsk_text bsk_overrun_text(const struct bsk_overrun *overrun);

/* The same for an alarm: "the mailbox of ann (clerk) fills: 820 messages wait,
 * the oldest for 35 ms". */
bsk_text bsk_alarm_text(const struct bsk_alarm *alarm);

/* The most bytes that a line takes, with its end; a longer one is cut. */
#define BSK_LOG_LINE_SIZE 16384

/* A line as it is to be written. */
struct bsk_log_entry {
	int64_t wall_ns;            /* when, since 1970; 0 and up */
	enum bsk_log_level level;   /* how much it matters */
	enum bsk_log_format format; /* how it looks */
	const char *name; /* of who says it, borrowed; NULL or "": nobody */
	const void *text; /* borrowed; any bytes */
	size_t size;      /* of the text, bytes */
};

/* Makes the line that the log would write, with its end but no zero byte, in
 * `ret_line` of at least BSK_LOG_LINE_SIZE bytes, and returns its length. For
 * logs that go elsewhere. Any thread may call it. */
size_t bsk_log_compose(const struct bsk_log_entry *entry, char *ret_line);

/* The class "log". Its in ports are "in" for bsk_log_line, "bytes" for
 * bsk_bytes and "count" for bsk_count: the lines of what is wired to the
 * latter two are written at the level "info". */
extern const struct bsk_class bsk_log_class;

#ifdef __cplusplus
}
#endif

#endif
