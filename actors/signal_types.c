/* actors/signal_types.c - what the messages about signals are made of. */
#include <errno.h>
#include <signal.h>

#include <buskin/signal.h>

#define SIGNAL_END 65 /* one past the last */

/* libc keeps the first two real-time signals for itself. */
int
bsk_signal_check(int number, bsk_text *ret_text)
{
	if (number < 1 || number >= SIGNAL_END ||
	    (number >= 32 && number < SIGRTMIN))
		*ret_text = bsk_text_format("invalid signal number %d",
		    number);
	else if (number == SIGKILL || number == SIGSTOP)
		*ret_text = bsk_text_format("signal %d cannot be caught",
		    number);
	else
		return 0;
	return -EINVAL;
}

bsk_text
bsk_signal_refusal(int number, int error)
{
	if (error == 0)
		return bsk_text_copy(NULL);
	return bsk_text_format(error == -EINVAL ? "signal %d cannot be caught" :
	    "cannot change what signal %d does", number);
}

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(bsk_signal_watch, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_signal_watch, replace,
	    "instead of all who watch it now"),
};

const struct bsk_type bsk_signal_watch_type =
	BSK_TYPE(bsk_signal_watch, "watch a signal for the sender",
	    watch_fields);

static const struct bsk_field unwatch_fields[] = {
	BSK_FIELD(bsk_signal_unwatch, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL, .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_signal_unwatch_type =
	BSK_TYPE(bsk_signal_unwatch, "stop watching a signal", unwatch_fields);

static const struct bsk_field raised_fields[] = {
	BSK_FIELD(bsk_signal_raised, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL),
	BSK_FIELD(bsk_signal_raised, code, "si_code: how it was sent"),
	BSK_FIELD(bsk_signal_raised, pid, "who sent it; 0: not known"),
	BSK_FIELD(bsk_signal_raised, uid, "as which user"),
	BSK_FIELD(bsk_signal_raised, value, "what was queued along with it"),
	BSK_FIELD(bsk_signal_raised, count, "how many this stands for"),
};

const struct bsk_type bsk_signal_raised_type =
	BSK_NEWS_TYPE(bsk_signal_raised, "a signal was sent to this process",
	    raised_fields);

static const char *const how_names[] = { "auto", "fd", "handler", NULL };

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_signal_config, how, "how signals are caught",
	    .json = "catch", .names = how_names, .preset = "\"auto\""),
};

const struct bsk_type bsk_signal_config_type =
	BSK_TYPE(bsk_signal_config, "how signals are caught", config_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_signal_status, how, "how signals are caught",
	    .json = "catch", .names = how_names),
	BSK_FIELD(bsk_signal_status, raised, "signals caught",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_signal_status, late,
	    "of these: nobody watched any more by then",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_signal_status, signals, "who watches which",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};

const struct bsk_type bsk_signal_status_type =
	BSK_OWNING_TYPE(bsk_signal_status, "how the signal actor stands",
	    status_fields);

static const struct bsk_field catch_fields[] = {
	BSK_FIELD(bsk_signal_catch, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_signal_catch, on, "false: let it go again"),
};

const struct bsk_type bsk_signal_catch_type =
	BSK_TYPE(bsk_signal_catch, "catch a signal, or let it go",
	    catch_fields);

static const struct bsk_field host_fields[] = {
	BSK_FIELD(bsk_signal_host_config, fd, "whose set to keep"),
};

const struct bsk_type bsk_signal_host_config_type =
	BSK_OWNING_TYPE(bsk_signal_host_config, "which signalfd", host_fields);
