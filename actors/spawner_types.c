/* actors/spawner_types.c - what the messages of the spawner are made of. */
#include <buskin/spawner.h>

static const struct bsk_field spawn_fields[] = {
	BSK_FIELD(bsk_process_spawn, how, "what to start",
	    .type = &bsk_process_config_type, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_process_spawn, life, "which life of the asker's wants it",
	    .unit = BSK_UNIT_COUNTER),
};

const struct bsk_type bsk_process_spawn_type =
	BSK_OWNING_TYPE(bsk_process_spawn, "start a program", spawn_fields);

static const struct bsk_field spawned_fields[] = {
	BSK_FIELD(bsk_process_spawned, pid, "the child"),
	BSK_FIELD(bsk_process_spawned, pidfd, "its pidfd"),
	BSK_FIELD(bsk_process_spawned, in, "to write to its stdin"),
	BSK_FIELD(bsk_process_spawned, out, "to read its stdout"),
	BSK_FIELD(bsk_process_spawned, err, "to read its stderr"),
};

/* Of the control lane: told to an actor whose mailbox may be full of data. */
const struct bsk_type bsk_process_spawned_type = {
	.name = "bsk_process_spawned",
	.doc = "a program runs",
	.size = sizeof(struct bsk_process_spawned),
	.fields = spawned_fields,
	.field_count = sizeof(spawned_fields) / sizeof(spawned_fields[0]),
	.marks = BSK_TYPE_OWNS | BSK_TYPE_CONTROL,
};

static const struct bsk_field taken_fields[] = {
	BSK_FIELD(bsk_process_taken, pid, "the child"),
};

const struct bsk_type bsk_process_taken_type =
	BSK_TYPE(bsk_process_taken, "the asker has the child in hand",
	    taken_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_spawner_status, started, "programs started",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_spawner_status, failed, "that could not be started",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_spawner_status, children, "started and not taken yet",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};

const struct bsk_type bsk_spawner_status_type =
	BSK_OWNING_TYPE(bsk_spawner_status, "how the spawner stands",
	    status_fields);
