/* actors/pressure_types.c - the words about how much waits to be written. */
#include <buskin/pressure.h>

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(bsk_stream_pressure_watch, reserved, "0"),
};
const struct bsk_type bsk_stream_pressure_watch_type =
	BSK_CONTROL_TYPE(bsk_stream_pressure_watch,
	    "tell me when too much waits to be written", watch_fields);

static const struct bsk_field pressure_fields[] = {
	BSK_FIELD(bsk_stream_pressure, on, "too much waits"),
	BSK_FIELD(bsk_stream_pressure, waiting_bytes, "to be written, now",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_stream_pressure_type = BSK_CONTROL_TYPE(
    bsk_stream_pressure, "too much waits, or little", pressure_fields);

static const struct bsk_field limit_fields[] = {
	BSK_FIELD(bsk_stream_limit, high_water, "more is too much",
	    .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
	BSK_FIELD(bsk_stream_limit, low_water, "no more is little",
	    .unit = BSK_UNIT_BYTES),
};
const struct bsk_type bsk_stream_limit_type = BSK_CONTROL_TYPE(
    bsk_stream_limit, "set the marks of what may wait", limit_fields);
