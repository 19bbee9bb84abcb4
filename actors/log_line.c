/* actors/log_line.c - how a line of the log looks. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <buskin/log.h>

#define TAIL_SIZE 64 /* of BSK_LOG_LINE_SIZE: what may come after the text */
#define NS_PER_S 1000000000

/* Where a line is being written. */
struct line {
	char *at;
	char *end;     /* text goes no further */
	bool is_json;
};

/* For what always fits. */
static void
put(struct line *line, const char *chars)
{
	size_t size = strlen(chars);

	memcpy(line->at, chars, size);
	line->at += size;
}

/* The least and the greatest second byte of a character that begins with
 * `first`: what lies outside is overlong, a surrogate, beyond U+10FFFF, or one
 * of the control characters U+0080 to U+009F. */
static bool
second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

/* The bytes of the character at `at`; 0: a control character or no UTF-8. */
static size_t
character_size(const unsigned char *at, size_t left)
{
	size_t size;
	size_t i;

	if (*at < 0x80)
		return *at >= 0x20 && *at != 0x7f;
	if (*at < 0xc2 || *at > 0xf4)
		return 0;
	size = 2u + (*at >= 0xe0) + (*at >= 0xf0);
	if (size > left || !second_fits(at[0], at[1]))
		return 0;
	for (i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* Writes one character as it is shown; returns how many bytes it took from
 * `at`. There is room for 8. */
static size_t
put_character(struct line *line, const unsigned char *at, size_t left)
{
	size_t size = character_size(at, left);

	if (size == 0) {
		if (line->is_json)
			*line->at++ = '\\';
		line->at += snprintf(line->at, 5, "\\x%02x", *at);
		return 1;
	}
	if (line->is_json && (*at == '"' || *at == '\\'))
		*line->at++ = '\\';
	memcpy(line->at, at, size);
	line->at += size;
	return size;
}

static void
put_text(struct line *line, const void *text, size_t size)
{
	const unsigned char *at = text;
	size_t i = 0;

	while (i < size && line->end - line->at >= 8)
		i += put_character(line, at + i, size - i);
	if (i < size)
		line->at += snprintf(line->at, TAIL_SIZE / 2,
		    " [%zu bytes more]", size - i);
}

/* The civil date of a day since 1970 in the proleptic Gregorian calendar,
 * reckoned in years that begin in March, so that the leap day is the last. */
static void
put_time(struct line *line, int64_t wall_ns)
{
	int64_t second = wall_ns / NS_PER_S;
	int day = (int)(second / 86400);
	int clock = (int)(second % 86400);
	int since = day + 719468; /* days since 0000-03-01 */
	int era = since / 146097;
	int of_era = since % 146097;
	int year = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / 146096) / 365;
	int of_year = of_era - (365 * year + year / 4 - year / 100);
	int month = (5 * of_year + 2) / 153;

	line->at += snprintf(line->at, TAIL_SIZE,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    era * 400 + year + (month >= 10), month < 10 ? month + 3 :
	    month - 9, of_year - (153 * month + 2) / 5 + 1, clock / 3600,
	    clock / 60 % 60, clock % 60, (int)(wall_ns / 1000000 % 1000));
}

const char *
bsk_reason_text(int reason)
{
	const char *text = strerrordesc_np((int)(0u - (unsigned)reason));

	if (reason == 0)
		return "in order";
	return text == NULL ? "unknown error" : text;
}

/* What stands around the parts of a line; by enum bsk_log_format. */
static const struct frame {
	const char *time;
	const char *level;
	const char *level_end;
	const char *name;
	const char *name_end;
	const char *text;
	const char *end;
} frames[] = {
	[BSK_LOG_TEXT] = { "", " ", " ", "", ": ", "", "\n" },
	[BSK_LOG_JSON] = { "{\"time\":\"", "\",\"level\":\"", "\"",
	    ",\"actor\":\"", "\"", ",\"text\":\"", "\"}\n" },
};

size_t
bsk_log_compose(const struct bsk_log_entry *entry, char *ret_line)
{
	const struct frame *frame = &frames[entry->format];
	struct line line = { .at = ret_line,
	    .end = ret_line + BSK_LOG_LINE_SIZE - TAIL_SIZE,
	    .is_json = entry->format == BSK_LOG_JSON };

	put(&line, frame->time);
	put_time(&line, entry->wall_ns < 0 ? 0 : entry->wall_ns);
	put(&line, frame->level);
	put(&line, bsk_log_line_type.fields[0].names[entry->level]);
	put(&line, frame->level_end);
	if (entry->name != NULL && entry->name[0] != '\0') {
		put(&line, frame->name);
		put_text(&line, entry->name, strlen(entry->name));
		put(&line, frame->name_end);
	}
	put(&line, frame->text);
	put_text(&line, entry->text, entry->size);
	put(&line, frame->end);
	return (size_t)(line.at - ret_line);
}

/* "ann (clerk)", "(clerk)". */
static bsk_text
whose(bsk_text name, bsk_text class_name)
{
	return bsk_text_format("%s%s(%s)", bsk_text_chars(name),
	    name.chars == NULL ? "" : " ", bsk_text_chars(class_name));
}

/* One of a ring, of whom the others are in `content`. */
static bool
is_deadlock(const struct bsk_fault *fault)
{
	return fault->reason == -EDEADLK && fault->type.chars == NULL;
}

/* One that was left at the end, with what it still held in `content`. */
static bool
is_left(const struct bsk_fault *fault)
{
	return fault->reason == -ETIMEDOUT && fault->content.chars != NULL &&
	    strcmp(bsk_text_chars(fault->type), bsk_drain_type.name) == 0;
}

bsk_text
bsk_fault_text(const struct bsk_fault *fault)
{
	bsk_text actor = whose(fault->name, fault->class_name);
	const char *type = bsk_text_chars(fault->type);
	const char *content = bsk_text_chars(fault->content);
	bsk_text text;

	if (is_deadlock(fault))
		text = bsk_text_format(
		    "actor %s waited for room in a ring with %s",
		    bsk_text_chars(actor), content);
	else if (is_left(fault))
		text = bsk_text_format("actor %s did not end in time: %s",
		    bsk_text_chars(actor), content);
	else
		text = bsk_text_format("actor %s failed%s%s: %s%s%s",
		    bsk_text_chars(actor), type[0] == '\0' ? "" : " on ",
		    type, bsk_reason_text(fault->reason), content[0] == '\0' ?
		    "" : "; it is not tried again: ", content);
	bsk_text_drop(&actor);
	return text;
}

bsk_text
bsk_overrun_text(const struct bsk_overrun *overrun)
{
	const char *stack = bsk_text_chars(overrun->stack);
	bsk_text actor = whose(overrun->name, overrun->class_name);
	bsk_text text = bsk_text_format("actor %s %s for %" PRId64
	    " ms on %s%s%s", bsk_text_chars(actor), overrun->running ?
	    "has been running" : "ran", overrun->ran_ns / 1000000,
	    bsk_text_chars(overrun->type), stack[0] == '\0' ? "" : ", in ",
	    stack);

	bsk_text_drop(&actor);
	return text;
}

bsk_text
bsk_alarm_text(const struct bsk_alarm *alarm)
{
	bsk_text actor = whose(alarm->name, alarm->class_name);
	bsk_text text = bsk_text_format("the mailbox of %s %s: %" PRIu32
	    " messages wait, the oldest for %" PRId64 " ms",
	    bsk_text_chars(actor), alarm->raised ? "fills" : "empties",
	    alarm->depth, alarm->oldest_ns / 1000000);

	bsk_text_drop(&actor);
	return text;
}
