/* actors/process_words.c - what is said of processes. */
#include <inttypes.h>
#include <string.h>

#include <buskin/log.h>
#include <buskin/spawner.h>

/* What the pipe still holds the child has never seen; what the outbox holds
 * the kernel has not either. */
struct bsk_process_exited
bsk_process_exited_of(bsk_ctx *ctx, const struct bsk_child_exited *child,
    const struct bsk_outbox *outbox, int fd)
{
	return (struct bsk_process_exited){
		.child = *child,
		.written_bytes = outbox->written_bytes,
		.unread_bytes = bsk_outbox_unread(ctx, fd),
		.unsent_bytes = outbox->waiting_bytes + outbox->lost_bytes,
		.unsent_messages = outbox->count + outbox->lost_messages,
	};
}

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

/* What was asked for is worth a line only when something was lost by it. */
void
bsk_process_exited_log(bsk_ctx *ctx, const struct bsk_process_config *how,
    const struct bsk_process_exited *exited, bool is_wanted)
{
	const bsk_text *words = how->command.items;
	uint64_t lost_bytes = exited->unread_bytes + exited->unsent_bytes;
	bsk_text line;

	if (is_wanted ? lost_bytes == 0 : exited->child.code == 0)
		return;
	line = bsk_process_exited_text(bsk_text_chars(words[0]), exited);
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s", bsk_text_chars(line));
	bsk_text_drop(&line);
}

/* Arguments may be secrets. */
void
bsk_process_started_log(bsk_ctx *ctx, const struct bsk_process_config *how,
    int32_t pid)
{
	const bsk_text *words = how->command.items;
	uint32_t shown = how->log_command ? how->command.count : 1;
	bsk_text line = bsk_text_copy("");

	for (uint32_t i = 0; i < shown; i++) {
		bsk_text longer = bsk_text_format("%s%s%s",
		    bsk_text_chars(line), i == 0 ? "" : " ",
		    bsk_text_chars(words[i]));

		bsk_text_drop(&line);
		line = longer;
	}
	(void)bsk_log(ctx, BSK_LOG_DEBUG, "%s: pid %" PRIi32 " started",
	    bsk_text_chars(line), pid);
	bsk_text_drop(&line);
}

struct bsk_result
bsk_process_fault(const struct bsk_process_config *how, int error,
    const char *step, const char *field)
{
	bool about_directory = field != NULL && strcmp(field, "directory") == 0;
	const bsk_text *words = how->command.items;
	const char *program = how->command.count == 0 ? "" :
	    bsk_text_chars(words[0]);

	return (struct bsk_result){
		.error = error,
		.text = bsk_text_format("cannot start \"%s\": %s%s%s: %s",
		    program, step, about_directory ? " " : "",
		    about_directory ? bsk_text_chars(how->directory) : "",
		    strerror(-error)),
		.field = bsk_text_copy(field),
	};
}
