/* deploying.c - deployments for tests. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/notifier.h>
#include <buskin/on_signal.h>

#include "deploying.h"

#define SOURCES_MAX 4

/* --- the classes --- */

struct thing {
	int32_t what;
};

static const struct bsk_field thing_fields[] = {
	BSK_FIELD(thing, what, "what it is"),
};
static const struct bsk_type thing_type =
	BSK_TYPE(thing, "a thing", thing_fields);

struct number {
	double value;
};

static const struct bsk_field number_fields[] = {
	BSK_FIELD(number, value, "how much"),
};
static const struct bsk_type number_type =
	BSK_TYPE(number, "a number", number_fields);

struct source_config {
	bsk_text path;
	int64_t every_ns;
	uint32_t mode;
};

static const struct bsk_field source_fields[] = {
	BSK_FIELD(source_config, path, "where to listen", .min = 1,
	    .max = 107, .marks = BSK_REQUIRED),
	BSK_FIELD(source_config, every_ns, "the period", .json = "every",
	    .unit = BSK_UNIT_NS, .min = 1, .preset = "\"1s\""),
	BSK_FIELD(source_config, mode, "of the file", .unit = BSK_UNIT_MODE),
};
static const struct bsk_type source_config_type =
	BSK_OWNING_TYPE(source_config, "a source", source_fields);

struct watch_config {
	bsk_text url;
};

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(watch_config, url, "where", .marks = BSK_REQUIRED),
};
static const struct bsk_type watch_config_type =
	BSK_OWNING_TYPE(watch_config, "an inspector", watch_fields);

struct team_config {
	bsk_text member;
	struct bsk_parcel *member_config;
};

static const struct bsk_field team_fields[] = {
	BSK_FIELD(team_config, member, "the class of its members"),
	BSK_FIELD(team_config, member_config, "the config of each",
	    .json = "each"),
};
static const struct bsk_type team_config_type =
	BSK_OWNING_TYPE(team_config, "a team", team_fields);

static const struct bsk_port source_ports[] = {
	BSK_PORT_OUT("data", thing, "things"),
};
static const struct bsk_port pass_ports[] = {
	BSK_PORT_IN("in", thing, "things"),
	BSK_PORT_OUT("out", thing, "the same"),
	BSK_PORT_OUT("sum", number, "their sum"),
};
static const struct bsk_port sink_ports[] = {
	BSK_PORT_IN("in", thing, "things"),
};
static const struct bsk_port twins_ports[] = {
	BSK_PORT_IN("left", thing, "things"),
	BSK_PORT_IN("right", thing, "things"),
};
static const struct bsk_port sum_ports[] = {
	BSK_PORT_IN("in", number, "numbers"),
};

static const struct bsk_class source_class = {.name = "source",
	.config = &source_config_type, BSK_PORTS(source_ports)};
static const struct bsk_class pass_class = {.name = "pass",
	BSK_PORTS(pass_ports)};
static const struct bsk_class sink_class = {.name = "sink",
	BSK_PORTS(sink_ports)};
static const struct bsk_class twins_class = {.name = "twins",
	BSK_PORTS(twins_ports)};
static const struct bsk_class sum_class = {.name = "sum",
	BSK_PORTS(sum_ports), .placement = BSK_PLACE_THREAD};
static const struct bsk_class hoard_class = {.name = "hoard",
	BSK_PORTS(source_ports), .fds = 1000000};
static const struct bsk_class team_class = {.name = "team",
	.config = &team_config_type};
static const struct bsk_class inspector_class = {.name = "inspector",
	.config = &watch_config_type};
static const struct bsk_class own_on_signal_class = {.name = "on-signal",
	.config = &bsk_on_signal_config_type};
static const struct bsk_class own_notifier_class = {.name = "notifier",
	.config = &bsk_notifier_config_type};

const struct bsk_class *const deploying_classes[] = {&source_class,
	&pass_class, &sink_class, &twins_class, &sum_class, &hoard_class,
	&team_class, &inspector_class, &own_on_signal_class,
	&own_notifier_class, NULL};

/* --- texts --- */

const char *
deploying_variable(void *arg, const char *name)
{
	static const char *const values[][2] = {{"SET", "value"},
		{"EMPTY", ""}, {"COST", "5$"}, {"BAD", "\xff"}};
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(values[i][0], name) == 0)
			return values[i][1];
	return NULL;
}

char *
deploying_text(const char *text, size_t *ret_mark)
{
	char *made = strdup(text);
	char *at = strchr(made, '@');
	size_t mark = at == NULL ? SIZE_MAX : (size_t)(at - made);

	if (at != NULL)
		memmove(at, at + 1, strlen(at));
	for (at = made; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	if (ret_mark != NULL)
		*ret_mark = mark;
	return made;
}

/* --- loading --- */

void
deploying_load(struct deploying *deploying, ...)
{
	static const char *const names[SOURCES_MAX] = {"1.json", "2.json",
		"3.json", "4.json"};
	struct bsk_deployment_source sources[SOURCES_MAX];
	struct bsk_deployment_options options = {
		.sources = sources,
		.classes = deploying_classes,
		.variable = deploying_variable,
		.fd_limit = 1024,
	};
	const char *text;
	va_list list;
	size_t i;

	va_start(list, deploying);
	while ((text = va_arg(list, const char *)) != NULL) {
		i = options.source_count++;
		ck_assert_uint_lt(i, SOURCES_MAX);
		sources[i].name = names[i];
		sources[i].text = deploying_text(text, NULL);
		sources[i].size = strlen(sources[i].text);
	}
	va_end(list);
	*deploying = (struct deploying){.diagnoses = bsk_diagnoses_new()};
	deploying->result = bsk_deployment_load(&options,
	    deploying->diagnoses, &deploying->deployment);
	for (i = 0; i < options.source_count; i++)
		free((char *)sources[i].text);
}

void
deploying_release(struct deploying *deploying)
{
	bsk_deployment_free(deploying->deployment);
	bsk_diagnoses_free(deploying->diagnoses);
}

static void
dump(const struct deploying *deploying)
{
	char *text = bsk_diagnoses_text(deploying->diagnoses,
	    BSK_DIAGNOSES_PLAIN);

	(void)fprintf(stderr, "%s", text);
	free(text);
}

/* The place is where the mark was, and the caret points at the character that
 * stood behind it. */
static void
check_place(const struct bsk_diagnosis *seen, const char *text)
{
	size_t mark;
	char *made = deploying_text(text, &mark);
	const char *at;
	unsigned line = 1;
	unsigned column = 1;

	ck_assert_msg(mark != SIZE_MAX, "no mark in %s", text);
	for (at = made; at < made + mark; at++) {
		column = *at == '\n' ? 1 : column + 1;
		line += *at == '\n';
	}
	ck_assert_uint_eq(seen->place.line, line);
	ck_assert_uint_eq(seen->place.column, column);
	ck_assert_uint_eq(seen->place.offset, mark);
	ck_assert_ptr_nonnull(seen->excerpt);
	ck_assert_uint_lt(seen->caret, strlen(seen->excerpt));
	ck_assert_int_eq(seen->excerpt[seen->caret], made[mark]);
	free(made);
}

static void
expect(const char *text, enum bsk_severity severity, const char *code,
    const char *pointer)
{
	const struct bsk_diagnosis *seen;
	struct deploying deploying;

	deploying_load(&deploying, text, NULL);
	if (bsk_diagnoses_count(deploying.diagnoses) != 1)
		dump(&deploying);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying.diagnoses), 1);
	seen = bsk_diagnoses_at(deploying.diagnoses, 0);
	ck_assert_int_eq(seen->severity, severity);
	ck_assert_str_eq(seen->code, code);
	ck_assert_str_eq(seen->pointer, pointer);
	ck_assert_str_eq(seen->file, "1.json");
	ck_assert_str_ne(seen->text, "");
	check_place(seen, text);
	ck_assert_int_eq(deploying.result,
	    severity == BSK_ERROR ? -EINVAL : 0);
	deploying_release(&deploying);
}

void
deploying_expect(const char *text, const char *code, const char *pointer,
    const char *hint)
{
	struct deploying deploying;

	expect(text, BSK_ERROR, code, pointer);
	deploying_load(&deploying, text, NULL);
	ck_assert_pstr_eq(bsk_diagnoses_at(deploying.diagnoses, 0)->hint,
	    hint);
	deploying_release(&deploying);
}

void
deploying_expect_warning(const char *text, const char *code,
    const char *pointer)
{
	expect(text, BSK_WARNING, code, pointer);
}

void
deploying_sound(struct deploying *deploying, const char *text)
{
	deploying_load(deploying, text, NULL);
	if (bsk_diagnoses_count(deploying->diagnoses) != 0)
		dump(deploying);
	ck_assert_int_eq(deploying->result, 0);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying->diagnoses), 0);
}
