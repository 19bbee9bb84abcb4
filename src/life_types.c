/* life_types.c - the messages of every actor's life. */
#include <buskin/actor.h>
#include <buskin/life.h>

#include "post.h"

static const struct bsk_field open_fields[] = {
	BSK_FIELD(bsk_open, incarnation, "0 at first, then counts restarts"),
};
const struct bsk_type bsk_open_type =
    BSK_CONTROL_TYPE(bsk_open, "begin", open_fields);

static const struct bsk_field drain_fields[] = {
	BSK_FIELD(bsk_drain, system, "the whole system is stopping"),
};
const struct bsk_type bsk_drain_type =
    BSK_NEWS_TYPE(bsk_drain, "finish what has begun, then end", drain_fields);

static const struct bsk_field close_fields[] = {
	BSK_FIELD(bsk_close, reason, "why this life ends"),
};
const struct bsk_type bsk_close_type =
    BSK_CONTROL_TYPE(bsk_close, "let go of everything", close_fields);

static const struct bsk_field down_fields[] = {
	BSK_FIELD(bsk_down, actor, "which"),
	BSK_FIELD(bsk_down, monitor, "the monitor's number"),
	BSK_FIELD(bsk_down, reason, "why"),
};
const struct bsk_type bsk_down_type =
    BSK_CONTROL_TYPE(bsk_down, "an actor has ended", down_fields);

static const struct bsk_field link_down_fields[] = {
	BSK_FIELD(bsk_link_down, actor, "which"),
	BSK_FIELD(bsk_link_down, link, "the link's number"),
	BSK_FIELD(bsk_link_down, reason, "why"),
};
const struct bsk_type bsk_link_down_type = BSK_CONTROL_TYPE(bsk_link_down,
    "an actor that was linked has ended", link_down_fields);

static const struct bsk_field child_ended_fields[] = {
	BSK_FIELD(bsk_child_ended, child, "which"),
	BSK_FIELD(bsk_child_ended, reason, "why"),
	BSK_FIELD(bsk_child_ended, incarnation, "which life it was"),
	BSK_FIELD(bsk_child_ended, ended_ns, "when"),
};
const struct bsk_type bsk_child_ended_type = BSK_CONTROL_TYPE(bsk_child_ended,
    "a supervised child waits for a verdict", child_ended_fields);

static const struct bsk_field child_opened_fields[] = {
	BSK_FIELD(bsk_child_opened, child, "which"),
	BSK_FIELD(bsk_child_opened, incarnation, "which life it is"),
};
const struct bsk_type bsk_child_opened_type = BSK_CONTROL_TYPE(
    bsk_child_opened, "a child has handled its bsk_open", child_opened_fields);

static const struct bsk_field monitor_fields[] = {
	BSK_FIELD(post_monitor, number, "the watching actor's own"),
};
const struct bsk_type post_monitor_type =
    BSK_CONTROL_TYPE(post_monitor, "tell me of your end", monitor_fields);

static const struct bsk_field link_fields[] = {
	BSK_FIELD(post_link, number, "the asking actor's own"),
};
const struct bsk_type post_link_type =
    BSK_CONTROL_TYPE(post_link, "end with me", link_fields);

static const struct bsk_field fault_fields[] = {
	BSK_FIELD(bsk_fault, actor, "whose handler"),
	BSK_FIELD(bsk_fault, name, "its name"),
	BSK_FIELD(bsk_fault, class_name, "its class", .json = "class"),
	BSK_FIELD(bsk_fault, type, "the message's type"),
	BSK_FIELD(bsk_fault, reason, "what the handler returned"),
	BSK_FIELD(bsk_fault, content, "of a message that is not tried again"),
};
const struct bsk_type bsk_fault_type =
    BSK_OWNING_TYPE(bsk_fault, "a handler failed", fault_fields);

static const struct bsk_field overrun_fields[] = {
	BSK_FIELD(bsk_overrun, actor, "whose handler"),
	BSK_FIELD(bsk_overrun, name, "its name"),
	BSK_FIELD(bsk_overrun, class_name, "its class", .json = "class"),
	BSK_FIELD(bsk_overrun, type, "the message's type"),
	BSK_FIELD(bsk_overrun, ran_ns, "how long it ran", .json = "ran",
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_overrun, running, "it has not ended yet"),
	BSK_FIELD(bsk_overrun, stack, "where it is"),
};
const struct bsk_type bsk_overrun_type =
    BSK_OWNING_TYPE(bsk_overrun, "a handler ran too long", overrun_fields);

static const struct bsk_field alarm_fields[] = {
	BSK_FIELD(bsk_alarm, actor, "whose mailbox"),
	BSK_FIELD(bsk_alarm, name, "its name"),
	BSK_FIELD(bsk_alarm, class_name, "its class", .json = "class"),
	BSK_FIELD(bsk_alarm, raised, "or no longer"),
	BSK_FIELD(bsk_alarm, depth, "messages that wait"),
	BSK_FIELD(bsk_alarm, bytes, "in these, and in those held",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_alarm, oldest_ns, "how long the oldest has waited",
	    .json = "oldest", .unit = BSK_UNIT_NS),
};
const struct bsk_type bsk_alarm_type =
    BSK_OWNING_TYPE(bsk_alarm, "a mailbox fills", alarm_fields);

static const struct bsk_field ask_failed_fields[] = {
	BSK_FIELD(bsk_ask_failed, ask, "the ask's number"),
	BSK_FIELD(bsk_ask_failed, reason, "why"),
};
const struct bsk_type bsk_ask_failed_type = BSK_TYPE(bsk_ask_failed,
    "an ask will not be answered", ask_failed_fields);

static const struct bsk_field timer_due_fields[] = {
	BSK_FIELD(bsk_timer_due, timer, "the timer's number"),
	BSK_FIELD(bsk_timer_due, count, "periods due since the last message"),
};
const struct bsk_type bsk_timer_due_type =
    BSK_TYPE(bsk_timer_due, "a timer has run out", timer_due_fields);

static const struct bsk_field result_fields[] = {
	BSK_FIELD(bsk_result, error, "0 or a negative errno"),
	BSK_FIELD(bsk_result, text, "why"),
	BSK_FIELD(bsk_result, field, "the field at fault"),
};
const struct bsk_type bsk_result_type =
    BSK_OWNING_TYPE(bsk_result, "it worked, or it did not", result_fields);

static const struct bsk_field bytes_fields[] = {
	BSK_FIELD(bsk_bytes, bytes, "a piece of a stream, or a frame"),
};
const struct bsk_type bsk_bytes_type =
    BSK_OWNING_TYPE(bsk_bytes, "some bytes", bytes_fields);

static const char *const on_full_names[] = {
	"default", "suspend", "refuse", "drop_new", "drop_old", NULL,
};
static const struct bsk_field wire_fields[] = {
	BSK_FIELD(bsk_wire, port, "the out port's name"),
	BSK_FIELD(bsk_wire, to, "who gets what is emitted"),
	BSK_FIELD(bsk_wire, on_full, "what a full mailbox does",
	    .names = on_full_names),
};
const struct bsk_type bsk_wire_type =
    BSK_OWNING_TYPE(bsk_wire, "a wire from an out port", wire_fields);
