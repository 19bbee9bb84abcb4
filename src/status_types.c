/* status_types.c - the messages of buskin/status.h. */
#include <buskin/status.h>

static const struct bsk_field ask_fields[] = {
	BSK_FIELD(bsk_status_ask, reserved, "0"),
};
const struct bsk_type bsk_status_ask_type =
    BSK_CONTROL_TYPE(bsk_status_ask, "how do you stand?", ask_fields);

static const struct bsk_field resource_fields[] = {
	BSK_FIELD(bsk_resource, owner, "for whom"),
	BSK_FIELD(bsk_resource, number, "descriptor, process id, signal"),
	BSK_FIELD(bsk_resource, what, "a few words about it"),
};
const struct bsk_type bsk_resource_type = BSK_OWNING_TYPE(bsk_resource,
    "something of the process that is kept for an actor", resource_fields);
