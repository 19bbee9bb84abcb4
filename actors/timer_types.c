/* actors/timer_types.c - the words of the timer. */
#include <buskin/timer.h>

static const struct bsk_field set_fields[] = {
	BSK_FIELD(bsk_timer_set, id, "the sender's own number for it"),
	BSK_FIELD(bsk_timer_set, after_ns, "how long from now",
	    .json = "after", .unit = BSK_UNIT_NS, .max = INT64_MAX),
	BSK_FIELD(bsk_timer_set, every_ns, "and again each so long; 0: once",
	    .json = "every", .unit = BSK_UNIT_NS, .max = INT64_MAX),
};
const struct bsk_type bsk_timer_set_type = BSK_TYPE(bsk_timer_set,
    "set a timer of the sender's", set_fields);

static const struct bsk_field cancel_fields[] = {
	BSK_FIELD(bsk_timer_cancel, id, "which"),
};
const struct bsk_type bsk_timer_cancel_type = BSK_TYPE(bsk_timer_cancel,
    "cancel a timer of the sender's", cancel_fields);

static const struct bsk_field fired_fields[] = {
	BSK_FIELD(bsk_timer_fired, id, "which; 0 from the port"),
	BSK_FIELD(bsk_timer_fired, count, "periods since the last message",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_timer_fired, late_ns, "how long after it was due",
	    .json = "late", .unit = BSK_UNIT_NS),
};
const struct bsk_type bsk_timer_fired_type = BSK_TYPE(bsk_timer_fired,
    "a timer has fired", fired_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_timer_status, timers, "that others have set"),
	BSK_FIELD(bsk_timer_status, fired, "how often one has run out",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_timer_status_type = BSK_TYPE(bsk_timer_status,
    "how the timer stands", status_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_timer_config, every_ns,
	    "emit \"fired\" each so long; 0: never", .json = "every",
	    .unit = BSK_UNIT_NS, .max = INT64_MAX),
};
const struct bsk_type bsk_timer_config_type = BSK_TYPE(bsk_timer_config,
    "a timer's config", config_fields);
