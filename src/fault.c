/* fault.c - what went wrong, told to whoever is there for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <buskin/life.h>

#include "fault.h"
#include "post.h"

#define STANDARD_ERROR 2
#define LINE_SIZE 512

static bool
is_about_faults(const struct bsk_type *type)
{
	return type == &bsk_fault_type || type == &bsk_overrun_type ||
	    type == &bsk_alarm_type;
}

/* The sink that a fault of `cell`'s, which came over a message of that type,
 * goes to; nobody: none is left. Always one further down than `cell` when the
 * message was a fault itself, so that no two sinks tell each other for ever. */
static bsk_ref
sink_for(struct bsk_system *system, struct cell *cell,
    const struct bsk_type *type)
{
	bsk_ref self = cell_ref(cell);
	bsk_ref taker = {peek(&system->fault_taker)};
	bool is_last = bsk_ref_equal(self, taker) && is_about_faults(type);
	bsk_ref named;

	if (system->fault_sink != NULL && !is_last &&
	    directory_find(&system->directory, system->fault_sink,
	    &named) == 0 && !bsk_ref_equal(named, self))
		return named;
	return bsk_ref_equal(self, taker) ? bsk_nobody() : taker;
}

/* The last resort. */
static void
write_line(struct bsk_system *system, const char *name,
    const char *class_name, const char *type, const char *what)
{
	const struct bsk_os *os = system->os;
	char line[LINE_SIZE];
	int size;

	if (!peek(&system->has_sink))
		return;
	size = snprintf(line, sizeof(line), "%s: actor %s%s(%s)%s%s: %s\n",
	    system->name, name, name[0] == '\0' ? "" : " ", class_name,
	    type[0] == '\0' ? "" : " on ", type, what);
	if (size > (int)sizeof(line) - 1)
		size = (int)sizeof(line) - 1;
	if (size > 0)
		(void)os->write(os, STANDARD_ERROR, line, (size_t)size);
}

/* One that was left at the end, with what it still held. */
static bool
is_left(const struct bsk_fault *fault)
{
	return fault->reason == -ETIMEDOUT && fault->content.chars != NULL &&
	    strcmp(bsk_text_chars(fault->type), bsk_drain_type.name) == 0;
}

static void
write_fault(struct bsk_system *system, const struct bsk_fault *fault)
{
	const char *why = strerrordesc_np(-fault->reason);
	const char *content = bsk_text_chars(fault->content);
	char what[LINE_SIZE];

	if (fault->reason == -EDEADLK && fault->type.chars == NULL)
		(void)snprintf(what, sizeof(what),
		    "waited for room in a ring with %s", content);
	else if (is_left(fault))
		(void)snprintf(what, sizeof(what), "did not end in time: %s",
		    content);
	else
		(void)snprintf(what, sizeof(what), "%s%s%s",
		    why == NULL ? "failed" : why, content[0] == '\0' ? "" :
		    "; it is not tried again: ", content);
	write_line(system, bsk_text_chars(fault->name),
	    bsk_text_chars(fault->class_name), bsk_text_chars(fault->type),
	    what);
}

static void
write_overrun(struct bsk_system *system, const struct bsk_overrun *overrun)
{
	const char *stack = bsk_text_chars(overrun->stack);
	char what[LINE_SIZE];

	(void)snprintf(what, sizeof(what), "%s for %" PRId64 " ms%s%s",
	    overrun->running ? "has been running" : "ran",
	    overrun->ran_ns / 1000000, stack[0] == '\0' ? "" : ", in ",
	    stack);
	write_line(system, bsk_text_chars(overrun->name),
	    bsk_text_chars(overrun->class_name),
	    bsk_text_chars(overrun->type), what);
}

static void
write_alarm(struct bsk_system *system, const struct bsk_alarm *alarm)
{
	char what[96];

	(void)snprintf(what, sizeof(what), "%s: %" PRIu32 " messages wait, "
	    "the oldest for %" PRId64 " ms", alarm->raised ?
	    "its mailbox fills" : "its mailbox empties", alarm->depth,
	    alarm->oldest_ns / 1000000);
	write_line(system, bsk_text_chars(alarm->name),
	    bsk_text_chars(alarm->class_name), "", what);
}

/* Takes the message. */
static void
hand_over(struct worker *worker, bsk_ref sink, struct bsk_message *message)
{
	if (message == NULL) {
		return;
	} else if (!bsk_ref_is_nobody(sink)) {
		(void)post_runtime(worker, bsk_nobody(), sink, message);
		return;
	} else if (message->type == &bsk_fault_type) {
		write_fault(worker->system, message_body(message));
	} else if (message->type == &bsk_alarm_type) {
		write_alarm(worker->system, message_body(message));
	} else {
		write_overrun(worker->system, message_body(message));
	}
	bsk_message_free(message);
}

/* Whether anybody is told, or ever was: then what to call the actor. */
static bool
name_of(struct bsk_system *system, struct cell *cell, char *ret_name,
    size_t size)
{
	if (!peek(&system->has_sink))
		return false;
	if (!directory_name_of(&system->directory, cell_ref(cell), ret_name,
	    size))
		ret_name[0] = '\0';
	return true;
}

static bsk_text
text(const char *chars)
{
	return bsk_text_copy(chars[0] == '\0' ? NULL : chars);
}

void
fault_tell(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int reason)
{
	fault_tell_content(worker, cell, type, reason, (bsk_text){NULL});
}

void
fault_tell_content(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int reason, bsk_text content)
{
	/* Another worker's cell may become free while we look. */
	const struct bsk_class *class_ = cell_class(cell);
	char name[DIRECTORY_NAME_MAX + 1];

	if (class_ != NULL &&
	    name_of(worker->system, cell, name, sizeof(name)))
		hand_over(worker, sink_for(worker->system, cell, type),
		    BSK_NEW(bsk_fault, .actor = cell_ref(cell),
			.name = text(name),
			.class_name = bsk_text_copy(class_->name),
			.type = bsk_text_copy(type == NULL ? NULL :
			    type->name),
			.reason = reason,
			.content = content));
	else
		bsk_text_drop(&content);
}

void
fault_overrun(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int64_t ran_ns, bsk_text stack,
    bool is_running)
{
	const struct bsk_class *class_ = cell_class(cell);
	char name[DIRECTORY_NAME_MAX + 1];

	if (class_ != NULL &&
	    name_of(worker->system, cell, name, sizeof(name)))
		hand_over(worker, sink_for(worker->system, cell, type),
		    BSK_NEW(bsk_overrun, .actor = cell_ref(cell),
			.name = text(name),
			.class_name = bsk_text_copy(class_->name),
			.type = bsk_text_copy(type->name),
			.ran_ns = ran_ns, .running = is_running,
			.stack = stack));
	else
		bsk_text_drop(&stack);
}

void
fault_alarm(struct worker *worker, struct cell *cell, bool is_raised)
{
	const struct bsk_class *class_ = cell_class(cell);
	const struct extras *extras = cell_has_extras(cell);
	char name[DIRECTORY_NAME_MAX + 1];

	if (name_of(worker->system, cell, name, sizeof(name)))
		hand_over(worker,
		    sink_for(worker->system, cell, &bsk_alarm_type),
		    BSK_NEW(bsk_alarm, .actor = cell_ref(cell),
			.name = text(name),
			.class_name = bsk_text_copy(class_->name),
			.raised = is_raised, .depth = peek(&cell->depth),
			.bytes = extras->own.bytes,
			.oldest_ns = worker->os->now(worker->os) -
			    peek(&extras->since_ns)));
}

void
fault_pass_on(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	if (is_about_faults(message->type))
		hand_over(worker, sink_for(worker->system, cell, message->type),
		    bsk_message_copy(message));
}
