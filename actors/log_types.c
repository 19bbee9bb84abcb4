/* actors/log_types.c - the words of the log. */
#include <buskin/log.h>

static const char *const level_words[] = {
	"emergency", "alert", "critical", "error",
	"warning", "notice", "info", "debug", NULL,
};

static const char *const format_words[] = { "text", "json", NULL };

static const struct bsk_field line_fields[] = {
	BSK_FIELD(bsk_log_line, level, "how much it matters",
	    .names = level_words, .preset = "\"info\""),
	BSK_FIELD(bsk_log_line, text, "what to write, without a line end"),
};
const struct bsk_type bsk_log_line_type = BSK_OWNING_TYPE(bsk_log_line,
    "a line for the log", line_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_log_config, level, "the least urgent that is written",
	    .names = level_words, .preset = "\"info\""),
	BSK_FIELD(bsk_log_config, format, "how lines look",
	    .names = format_words, .preset = "\"text\""),
	BSK_FIELD(bsk_log_config, fd, "the descriptor to write to",
	    .min = 0, .max = INT32_MAX, .preset = "2"),
};
const struct bsk_type bsk_log_config_type = BSK_TYPE(bsk_log_config,
    "where lines go and which", config_fields);
