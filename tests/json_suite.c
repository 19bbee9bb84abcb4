/* tests/json_suite.c - holds the reader against documents in files.
 *
 *	json_suite FILE...
 *
 * The file's name says what must happen: y_ must be read, n_ must be refused,
 * i_ may be either but must not do harm. buskin is stricter than RFC 8259 on
 * purpose; each document that the RFC allows and buskin refuses is named below
 * with the code it must be refused with, and counts as passed only with that
 * code. Prints one line of TAP for each file.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/json.h>

struct exception {
	const char *name;
	const char *code;
};

/* Stricter than the RFC, and meant so. */
static const struct exception exceptions[] = {
	{"y_object_duplicated_key.json", "duplicate-key"},
	{"y_object_duplicated_key_and_value.json", "duplicate-key"},
	{"y_object_escaped_null_in_key.json", "nul-character"},
	{"y_string_null_escape.json", "nul-character"},
};

static const char *
exception_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strcmp(exceptions[i].name, name) == 0)
			return exceptions[i].code;
	return NULL;
}

/* The whole file in an allocation of just its size, so that a sanitizer sees
 * a read beyond its end. NULL: it cannot be read. */
static char *
load(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size = -1;

	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	rewind(file);
	if (size >= 0)
		text = malloc(size == 0 ? 1 : (size_t)size);
	if (text != NULL &&
	    fread(text, 1, (size_t)size, file) != (size_t)size) {
		free(text);
		text = NULL;
	}
	(void)fclose(file);
	*ret_size = (size_t)size;
	return text;
}

/* What was read must come out as text that reads as the same text again. */
static bool
is_stable(const bsk_json *json)
{
	char *first = bsk_json_text(json);
	char *second = NULL;
	bsk_json *again = NULL;
	bool is_same = false;

	if (first != NULL &&
	    bsk_json_read(first, strlen(first), &again, NULL) == 0)
		second = bsk_json_text(again);
	if (second != NULL)
		is_same = strcmp(first, second) == 0;
	bsk_json_free(again);
	free(first);
	free(second);
	return is_same;
}

static bool
judge(const char *name, int result, const char *code, char *remark,
    size_t size)
{
	const char *allowed = exception_of(name);

	if (name[0] == 'n')
		return result < 0;
	if (name[0] != 'y')
		return true;
	if (allowed == NULL)
		return result == 0;
	(void)snprintf(remark, size, " # stricter than the RFC: %s", allowed);
	return result < 0 && strcmp(code, allowed) == 0;
}

static bool
try_file(int number, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct bsk_json_error error = {.code = "unread"};
	bsk_json *json = NULL;
	char remark[80] = "";
	size_t size = 0;
	char *text = load(path, &size);
	bool passes = text != NULL;
	int result;

	if (text != NULL) {
		result = bsk_json_read(text, size, &json, &error);
		passes = judge(name, result, error.code, remark,
		    sizeof(remark));
		if (result == 0)
			passes = passes && is_stable(json);
	}
	printf("%s %d - %s%s\n", passes ? "ok" : "not ok", number, name,
	    remark);
	if (!passes && json == NULL)
		printf("# %s: %s\n", error.code, error.text);
	bsk_json_free(json);
	free(text);
	return passes;
}

int
main(int argc, char **argv)
{
	int failed = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: json_suite FILE...\n");
		return 2;
	}
	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++)
		if (!try_file(i, argv[i]))
			failed++;
	printf("# %d passed, %d failed\n", argc - 1 - failed, failed);
	return failed == 0 ? 0 : 1;
}
