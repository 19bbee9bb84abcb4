/* actors/notifier_types.c - the notifier's config, as a field table. */
#include <buskin/notifier.h>

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_notifier_config, socket,
	    "the service manager's socket", .min = 1, .max = 107,
	    .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_notifier_config_type =
	BSK_OWNING_TYPE(bsk_notifier_config, "a notifier", config_fields);
