/* actors/on_signal_types.c - signals and what they do, as field tables. */
#include <buskin/on_signal.h>

static const char *const action_words[] = {"stop", "reload", "ignore", NULL};

static const struct bsk_field on_signal_fields[] = {
	BSK_FIELD(bsk_on_signal, number, "the signal", .json = "signal",
	    .unit = BSK_UNIT_SIGNAL, .min = 1, .max = 64,
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_on_signal, action, "what it does",
	    .names = action_words),
};
const struct bsk_type bsk_on_signal_type =
	BSK_TYPE(bsk_on_signal, "a signal and what it does",
	    on_signal_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_on_signal_config, signals, "the signals",
	    .element = BSK_KIND_STRUCT, .type = &bsk_on_signal_type),
};
const struct bsk_type bsk_on_signal_config_type =
	BSK_OWNING_TYPE(bsk_on_signal_config,
	    "signals that stop the system or do nothing", config_fields);
