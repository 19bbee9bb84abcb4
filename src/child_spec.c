/* child_spec.c - whether what a supervisor is asked for can work. */
#include <errno.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/child_spec.h>

#define NAME_MAX_BYTES 63u
#define RESTARTS_MAX 100000u
#define WITHIN_MIN_NS INT64_C(1000000)

/* An enumeration whose words are 0 to `last`. */
struct word {
	const char *field;
	int32_t value;
	int32_t last;
};

static int
check_words(const struct word *words, size_t count,
    struct bsk_config_fault *fault)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (words[i].value < 0 || words[i].value > words[i].last)
			return bsk_config_refuse(fault, words[i].field,
			    "there is no %s number %d", words[i].field,
			    (int)words[i].value);
	return 0;
}

/* --- a child -------------------------------------------------------------- */

static int
check_fields(const struct bsk_child_start *start,
    struct bsk_config_fault *fault)
{
	const struct word words[] = {
		{ "restart", start->restart, BSK_TEMPORARY },
		{ "placement", start->placement, BSK_PLACE_HOST },
		{ "on_full", start->on_full, BSK_DROP_OLD },
		{ "mailbox", start->mailbox, BSK_MAILBOX_DROP },
	};
	size_t length = strlen(bsk_text_chars(start->name));

	if (length == 0 || length > NAME_MAX_BYTES)
		return bsk_config_refuse(fault, "name",
		    "a name has 1 to %u bytes", NAME_MAX_BYTES);
	if (start->grace_ns < 0)
		return bsk_config_refuse(fault, "grace_ns",
		    "a grace is not negative");
	if (start->alarm > 100 && start->alarm != BSK_ALARM_NONE)
		return bsk_config_refuse(fault, "alarm",
		    "an alarm is 1 to 100 percent");
	if (start->poison > UINT8_MAX)
		return bsk_config_refuse(fault, "poison",
		    "a message may cost 1 to 255 lives");
	return check_words(words, sizeof(words) / sizeof(words[0]), fault);
}

int
bsk_budget_check(uint32_t restarts, int64_t within_ns,
    struct bsk_config_fault *ret_fault)
{
	if (restarts > RESTARTS_MAX)
		return bsk_config_refuse(ret_fault, "restarts",
		    "at most %u restarts", RESTARTS_MAX);
	if (within_ns < WITHIN_MIN_NS)
		return bsk_config_refuse(ret_fault, "within_ns",
		    "restarts are counted over 1 ms and up");
	return 0;
}

int
bsk_backoff_check(int64_t first_ns, int64_t max_ns,
    struct bsk_config_fault *ret_fault)
{
	const char *field = first_ns < 0 ? "backoff_first_ns" :
	    "backoff_max_ns";

	return first_ns < 0 || max_ns < 0 ? bsk_config_refuse(ret_fault,
	    field, "a delay is not negative") : 0;
}

static int
check_redelivery(const struct bsk_child_start *start,
    struct bsk_config_fault *fault)
{
	if (start->poison > 0 && !start->redeliver)
		return bsk_config_refuse(fault, "poison",
		    "without redelivery a message costs one life at most");
	if (start->redeliver && start->restart == BSK_TEMPORARY)
		return bsk_config_refuse(fault, "redeliver",
		    "a temporary child has no next life");
	if (start->redeliver && start->mailbox == BSK_MAILBOX_DROP)
		return bsk_config_refuse(fault, "redeliver",
		    "what waits is dropped when it is restarted");
	return 0;
}

int
bsk_child_spec_check(const struct bsk_child_start *start,
    int32_t auto_shutdown, struct bsk_config_fault *ret_fault)
{
	int result = check_fields(start, ret_fault);

	if (result == 0)
		result = check_redelivery(start, ret_fault);
	if (result == 0 && (start->restarts > 0 || start->within_ns != 0))
		result = bsk_budget_check(start->restarts, start->within_ns,
		    ret_fault);
	if (result < 0 || !start->significant)
		return result;
	if (start->restart == BSK_PERMANENT)
		return bsk_config_refuse(ret_fault, "significant",
		    "a permanent child is always restarted");
	if (auto_shutdown == BSK_AUTO_SHUTDOWN_NEVER)
		return bsk_config_refuse(ret_fault, "significant",
		    "its supervisor's auto_shutdown is never");
	return 0;
}

/* --- its class ------------------------------------------------------------ */

static bool
has_out_port(const struct bsk_class *class_, const char *name)
{
	size_t i;

	for (i = 0; i < class_->port_count; i++)
		if (class_->ports[i].direction == BSK_OUT &&
		    strcmp(class_->ports[i].name, name) == 0)
			return true;
	return false;
}

static int
check_wires(const struct bsk_child_start *start,
    const struct bsk_class *class_, struct bsk_config_fault *fault)
{
	const struct bsk_wire *wires = start->wires.items;
	const char *port;
	uint32_t i;

	for (i = 0; i < start->wires.count; i++) {
		port = bsk_text_chars(wires[i].port);
		if (!has_out_port(class_, port))
			return bsk_config_refuse(fault, "wires",
			    "the class \"%s\" has no out port \"%.64s\"",
			    class_->name, port);
		if (wires[i].on_full > BSK_DROP_OLD)
			return bsk_config_refuse(fault, "wires",
			    "there is no on_full number %u",
			    (unsigned)wires[i].on_full);
	}
	return 0;
}

int
bsk_child_class_check(const struct bsk_child_start *start,
    const struct bsk_class *class_, struct bsk_config_fault *ret_fault)
{
	struct bsk_config_fault inner;
	const void *config = bsk_parcel_body(start->config);
	int result;

	if (class_ == NULL) {
		(void)bsk_config_refuse(ret_fault, "class_name",
		    "no class \"%.64s\"; `buskin classes` lists what there is",
		    bsk_text_chars(start->class_name));
		return -ENOENT;
	}
	if (start->config != NULL &&
	    bsk_parcel_type(start->config) != class_->config)
		return bsk_config_refuse(ret_fault, "config",
		    "it is no config of the class \"%s\"", class_->name);
	if (class_->check != NULL && config != NULL) {
		result = class_->check(config, &inner);
		if (result < 0) {
			(void)bsk_config_refuse(ret_fault, "config",
			    "%s: %.150s", inner.field, inner.text);
			return result;
		}
	}
	return check_wires(start, class_, ret_fault);
}

/* --- a supervisor --------------------------------------------------------- */

static int
check_names(const struct bsk_child_start *children, uint32_t count,
    struct bsk_config_fault *fault)
{
	uint32_t i;
	uint32_t j;

	for (i = 0; i < count; i++)
		for (j = 0; j < i; j++)
			if (strcmp(bsk_text_chars(children[i].name),
			    bsk_text_chars(children[j].name)) == 0) {
				(void)bsk_config_refuse(fault, "children",
				    "two are called \"%s\"",
				    bsk_text_chars(children[i].name));
				return -EEXIST;
			}
	return 0;
}

static int
check_children(const struct bsk_supervisor_config *config,
    struct bsk_config_fault *fault)
{
	const struct bsk_child_start *children = config->children.items;
	struct bsk_config_fault inner;
	uint32_t i;

	for (i = 0; i < config->children.count; i++)
		if (bsk_child_spec_check(&children[i], config->auto_shutdown,
		    &inner) < 0)
			return bsk_config_refuse(fault, "children",
			    "\"%.63s\", %s: %.100s",
			    bsk_text_chars(children[i].name), inner.field,
			    inner.text);
	return check_names(children, config->children.count, fault);
}

int
bsk_supervisor_check(const void *config, struct bsk_config_fault *ret_fault)
{
	const struct bsk_supervisor_config *given = config;
	const struct word words[] = {
		{ "strategy", given->strategy, BSK_REST_FOR_ONE },
		{ "on_exhausted", given->on_exhausted,
		    BSK_EXHAUSTED_KEEP_DOWN },
		{ "auto_shutdown", given->auto_shutdown,
		    BSK_AUTO_SHUTDOWN_ALL_SIGNIFICANT },
	};
	int result = check_words(words, sizeof(words) / sizeof(words[0]),
	    ret_fault);

	if (result == 0)
		result = bsk_budget_check(given->restarts, given->within_ns,
		    ret_fault);
	if (result == 0)
		result = bsk_backoff_check(given->backoff_first_ns,
		    given->backoff_max_ns, ret_fault);
	if (result < 0)
		return result;
	if (!(given->backoff_jitter >= 0 && given->backoff_jitter <= 1))
		return bsk_config_refuse(ret_fault, "backoff_jitter",
		    "a delay varies by 0 to 1 of it");
	return check_children(given, ret_fault);
}
