/* buskin/file.h - a file that is appended to.
 *
 * What a file actor is sent as bsk_bytes it writes at the end of its file, in
 * order, every byte; it adds nothing of its own, no line end either. Since a
 * disk may keep one waiting, its actors run on a thread of their own.
 *
 * When a write fails the actor says why to the log and fails with that errno.
 * What was written of the message in hand is taken back off the file first,
 * and the message stays in the mailbox: a supervisor's restart goes on with it
 * as if nothing had been. Only where somebody else has written to the file in
 * between, or the file is a device, the piece cannot be taken back; it is
 * named in the log, and the message is written again in full behind it.
 *
 * The path may lead to a regular file, over a symbolic link too, or to a
 * character device such as /dev/null or a terminal. A directory is -EISDIR;
 * FIFOs, sockets and block devices are -EINVAL, or -ENXIO while nobody reads
 * them: the class "pipe" is for those.
 */
#ifndef BUSKIN_FILE_H
#define BUSKIN_FILE_H

#include <buskin/class.h>
#include <buskin/life.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When what was written is forced to the disk, by fsync(2). In every case but
 * the first also when the actor is asked to stop. */
enum bsk_file_sync {
	BSK_FILE_SYNC_NONE,    /* never: the kernel decides */
	BSK_FILE_SYNC_MESSAGE, /* after each message */
	BSK_FILE_SYNC_SECOND   /* within a second */
};

/* Which file, and how. */
struct bsk_file_config {
	bsk_text path;  /* which; 1..4095 bytes */
	bool append;    /* keep what is in it; else it is emptied when the actor
	                 * is opened first, not when it is restarted */
	bool create;    /* make it when it is not there; else -ENOENT */
	uint32_t mode;  /* of a file that is made, less the umask; 0: 0644 */
	int32_t sync;   /* enum bsk_file_sync */
};
BSK_DECLARE(bsk_file_config);

/* Open the path anew, after it has been renamed away: what comes later goes to
 * the new file, which is never emptied. When it is an ask it is answered by
 * bsk_result; where the new one cannot be opened, the old one stays in use. */
struct bsk_file_reopen {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_file_reopen);

/* The class "file". Its in port "in" takes bsk_bytes. */
extern const struct bsk_class bsk_file_class;

#ifdef __cplusplus
}
#endif

#endif
