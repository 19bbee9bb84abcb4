/* tests/sample_type.c - a type with a field of every kind. */
#include <fcntl.h>
#include <string.h>

#include "sample_type.h"

static const char *const policies[] = {"suspend", "refuse", "drop_new",
	"drop_old", NULL};

static const struct bsk_field part_fields[] = {
	BSK_FIELD(sample_part, label, "what it says"),
	BSK_FIELD(sample_part, weight, "how heavy", .min = -10, .max = 10,
	    .preset = "3"),
};
const struct bsk_type sample_part_type =
	BSK_OWNING_TYPE(sample_part, "a part of a sample", part_fields);

static const struct bsk_field tree_fields[] = {
	BSK_FIELD(sample_tree, value, "what it carries"),
	BSK_FIELD(sample_tree, children, "what is below",
	    .element = BSK_KIND_STRUCT, .type = &sample_tree_type, .max = 4),
};
const struct bsk_type sample_tree_type =
	BSK_OWNING_TYPE(sample_tree, "a tree", tree_fields);

static const struct bsk_field sample_fields[] = {
	BSK_FIELD(sample, flag, "a flag"),
	BSK_FIELD(sample, i8, "eight bits"),
	BSK_FIELD(sample, i16, "sixteen bits"),
	BSK_FIELD(sample, i32, "32 bits", .min = -100, .max = -10,
	    .preset = "-50"),
	BSK_FIELD(sample, i64, "64 bits"),
	BSK_FIELD(sample, u8, "eight bits"),
	BSK_FIELD(sample, u16, "sixteen bits"),
	BSK_FIELD(sample, u32, "32 bits", .min = 5),
	BSK_FIELD(sample, u64, "64 bits"),
	BSK_FIELD(sample, ratio, "how much", .min = 0, .max = 1),
	BSK_FIELD(sample, who, "an actor"),
	BSK_FIELD(sample, every_ns, "how often", .json = "every",
	    .unit = BSK_UNIT_NS, .min = 1000, .max = 3600000000000),
	BSK_FIELD(sample, limit_bytes, "how large", .json = "limit",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(sample, mode, "file mode", .unit = BSK_UNIT_MODE),
	BSK_FIELD(sample, signal, "a signal", .unit = BSK_UNIT_SIGNAL),
	BSK_FIELD(sample, total, "a counter", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(sample, policy, "when full", .names = policies),
	BSK_FIELD(sample, part, "a part", .type = &sample_part_type),
	BSK_FIELD(sample, name, "its name", .max = 16),
	BSK_FIELD(sample, password, "its secret", .marks = BSK_SECRET),
	BSK_FIELD(sample, data, "its bytes", .max = 1024),
	BSK_FIELD(sample, fd, "its file"),
	BSK_FIELD(sample, texts, "words", .element = BSK_KIND_TEXT),
	BSK_FIELD(sample, numbers, "numbers", .element = BSK_KIND_U16,
	    .max = 4),
	BSK_FIELD(sample, parts, "parts", .element = BSK_KIND_STRUCT,
	    .type = &sample_part_type, .min = 1),
	BSK_FIELD(sample, bufs, "buffers", .element = BSK_KIND_BUF),
	BSK_FIELD(sample, times, "times", .element = BSK_KIND_I64,
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(sample, parcel, "anything"),
};
const struct bsk_type sample_type =
	BSK_OWNING_TYPE(sample, "one of each", sample_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(sample_config, period_ns, "how often", .json = "period",
	    .unit = BSK_UNIT_NS, .preset = "\"5s\"", .min = 1),
	BSK_FIELD(sample_config, retries, "how many times", .min = 1,
	    .preset = "7"),
	BSK_FIELD(sample_config, policy, "when full", .names = policies,
	    .preset = "\"drop_old\""),
	BSK_FIELD(sample_config, jitter, "how unsteady", .max = 1,
	    .preset = "0.25"),
};
const struct bsk_type sample_config_type =
	BSK_TYPE(sample_config, "a config", config_fields);

static const struct bsk_field needs_fields[] = {
	BSK_FIELD(sample_needs, path, "where to listen", .min = 1, .max = 107,
	    .marks = BSK_REQUIRED),
	BSK_FIELD(sample_needs, port, "the port's number",
	    .marks = BSK_REQUIRED, .min = 1, .max = 65535),
	BSK_FIELD(sample_needs, config, "the rest",
	    .type = &sample_config_type),
};
const struct bsk_type sample_needs_type =
	BSK_OWNING_TYPE(sample_needs, "a config with needs", needs_fields);

static void
fill_lists(struct sample *sample)
{
	static const char *const words[] = {"one", "two"};

	sample->texts = bsk_list_of_texts(words, 2);
	sample->numbers = bsk_list_new(sizeof(uint16_t), 2);
	if (!bsk_list_is_lost(sample->numbers))
		((uint16_t *)sample->numbers.items)[1] = 65535;
	sample->parts = bsk_list_new(sizeof(struct sample_part), 1);
	if (!bsk_list_is_lost(sample->parts))
		((struct sample_part *)sample->parts.items)[0] =
		    (struct sample_part){bsk_text_copy("first"), -10};
	sample->bufs = bsk_list_new(sizeof(bsk_buf), 1);
	if (!bsk_list_is_lost(sample->bufs))
		((bsk_buf *)sample->bufs.items)[0] = bsk_buf_copy("\xff", 1);
	sample->times = bsk_list_new(sizeof(int64_t), 1);
	if (!bsk_list_is_lost(sample->times))
		((int64_t *)sample->times.items)[0] = 1500000000;
}

bool
sample_fill(struct sample *ret_sample)
{
	*ret_sample = (struct sample){
		.flag = true, .i8 = -128, .i16 = -32768, .i32 = -11,
		.i64 = INT64_MIN, .u8 = 255, .u16 = 65535, .u32 = UINT32_MAX,
		.u64 = UINT64_MAX, .ratio = 0.5,
		.who = {(uint64_t)3 << 32 | 12}, .every_ns = 250000000,
		.limit_bytes = 65536, .mode = 0660, .signal = 15,
		.total = 42, .policy = 3,
		.part = {bsk_text_copy("part"), 10},
		.name = bsk_text_copy("n\xc3\xa4me\n"),
		.password = bsk_text_copy("hush"),
		.data = bsk_buf_copy("bytes", 5),
		.fd = bsk_fd_own(open("/dev/null", O_RDONLY | O_CLOEXEC)),
		.parcel = BSK_PARCEL(sample_part, bsk_text_copy("inside"), 1),
	};
	fill_lists(ret_sample);
	return !bsk_type_has_lost(&sample_type, ret_sample) &&
	    bsk_fd_number(ret_sample->fd) >= 0;
}
