/* actors/file_types.c - the words of the file. */
#include <buskin/file.h>

static const char *const sync_words[] = {
	"none", "message", "second", NULL,
};

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_file_config, path, "which file", .min = 1, .max = 4095,
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_file_config, append,
	    "keep what is in it; else it is emptied at first",
	    .preset = "true"),
	BSK_FIELD(bsk_file_config, create, "make it when it is not there",
	    .preset = "true"),
	BSK_FIELD(bsk_file_config, mode, "of a file that is made",
	    .unit = BSK_UNIT_MODE, .preset = "\"0644\""),
	BSK_FIELD(bsk_file_config, sync, "when it is forced to the disk",
	    .names = sync_words, .preset = "\"none\""),
};
const struct bsk_type bsk_file_config_type =
    BSK_OWNING_TYPE(bsk_file_config, "which file, and how", config_fields);

static const struct bsk_field reopen_fields[] = {
	BSK_FIELD(bsk_file_reopen, reserved, "0"),
};
const struct bsk_type bsk_file_reopen_type = BSK_TYPE(bsk_file_reopen,
    "open the path anew", reopen_fields);
