/* actors/counter_types.c - the words of the counter. */
#include <buskin/counter.h>

static const struct bsk_field count_fields[] = {
	BSK_FIELD(bsk_count, messages, "messages in all",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_count, bytes, "bytes in all of them",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_count, lines, "line ends among those",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_count, rate, "messages per second of late"),
};
const struct bsk_type bsk_count_type = BSK_TYPE(bsk_count,
    "what has passed", count_fields);

static const struct bsk_field get_fields[] = {
	BSK_FIELD(bsk_counter_get, reserved, "0"),
};
const struct bsk_type bsk_counter_get_type = BSK_TYPE(bsk_counter_get,
    "ask what has passed so far", get_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_counter_config, every_ns,
	    "how often to tell; 0: only when asked, and at the end",
	    .json = "every", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"1s\""),
};
const struct bsk_type bsk_counter_config_type = BSK_TYPE(bsk_counter_config,
    "how often a counter tells", config_fields);
