/* number.c - the plainest messages, for tests that only count them. */
#include "number.h"

static const struct bsk_field number_fields[] = {
	BSK_FIELD(number, value, "which"),
};
const struct bsk_type number_type =
    BSK_TYPE(number, "a number", number_fields);

static const struct bsk_field shout_fields[] = {
	BSK_FIELD(shout, value, "which"),
};
const struct bsk_type shout_type =
    BSK_CONTROL_TYPE(shout, "a control message", shout_fields);
