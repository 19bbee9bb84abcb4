/* actors/process_words.c - what is said of processes. */
#include <inttypes.h>

#include <buskin/log.h>
#include <buskin/process.h>

bsk_text
bsk_process_exited_text(const char *program,
    const struct bsk_process_exited *exited)
{
	const struct bsk_child_exited *child = &exited->child;
	bool is_killed = child->signal != 0;

	return bsk_text_format("%s: pid %" PRIi32 " %s %" PRIi32
	    "; of its stdin %" PRIu64 " bytes were not read, and %" PRIu64
	    " bytes in %" PRIu64 " messages not sent", program, child->pid,
	    is_killed ? "was killed by signal" : "ended with code",
	    is_killed ? child->signal : child->code, exited->unread_bytes,
	    exited->unsent_bytes, exited->unsent_messages);
}

void
bsk_process_exited_log(bsk_ctx *ctx, const bsk_list *command,
    const struct bsk_process_exited *exited)
{
	const bsk_text *words = command->items;
	bsk_text line =
	    bsk_process_exited_text(bsk_text_chars(words[0]), exited);

	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s", bsk_text_chars(line));
	bsk_text_drop(&line);
}
