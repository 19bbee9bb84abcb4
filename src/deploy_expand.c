/* src/deploy_expand.c - variables in strings.
 *
 *	${NAME}           the variable's value; it must be set
 *	${NAME:-default}  that, or the default when it is unset or empty
 *	$$                a dollar
 *
 * A dollar before anything else stands for itself, so that a regular
 * expression need not be quoted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_expand.h"
#include "deploy_say.h"
#include "utf8.h"

/* The longest name of a variable. */
#define NAME_MAX_LENGTH 127

/* A string that is being expanded. */
struct expansion {
	struct deploy_load *load;
	const struct deploy_source *source;
	const bsk_json *json; /* the string, in the source's document */
	FILE *out;
	bool is_good;         /* nothing wrong so far */
};

/* One ${...}, taken apart. */
struct variable {
	char name[NAME_MAX_LENGTH + 1];
	const char *preset; /* the default; NULL: none */
	size_t preset_size;
	const char *end;    /* behind the closing brace */
};

static bool
is_name(const char *chars, size_t size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	    "abcdefghijklmnopqrstuvwxyz";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	    "abcdefghijklmnopqrstuvwxyz0123456789";

	return size > 0 && size <= NAME_MAX_LENGTH &&
	    strchr(letters, chars[0]) != NULL && strspn(chars, more) >= size;
}

/* `at` stands behind "${". */
static bool
take_apart(const char *at, struct variable *ret_variable)
{
	const char *end = strchr(at, '}');
	size_t size;

	if (end == NULL)
		return false;
	*ret_variable = (struct variable){.end = end + 1};
	size = strcspn(at, ":}");
	if (at[size] == ':') {
		if (at[size + 1] != '-')
			return false;
		ret_variable->preset = at + size + 2;
		ret_variable->preset_size =
		    (size_t)(end - ret_variable->preset);
	}
	if (!is_name(at, size))
		return false;
	memcpy(ret_variable->name, at, size);
	return true;
}

const char *
deploy_variable(const struct deploy_load *load, const char *name)
{
	const struct bsk_deployment_options *options = load->options;

	if (options->variable != NULL)
		return options->variable(options->arg, name);
	return getenv(name);
}

static void
put_variable(struct expansion *in, const struct variable *variable)
{
	const char *value = deploy_variable(in->load, variable->name);
	bool is_there = value != NULL && *value != '\0';

	if (!is_there && variable->preset != NULL) {
		(void)fwrite(variable->preset, 1, variable->preset_size,
		    in->out);
	} else if (value == NULL) {
		deploy_error_in(in->load, in->source, in->json,
		    "unset-variable",
		    bsk_text_format("set it, or give a default: ${%s:-...}",
		    variable->name), "the variable %s is not set",
		    variable->name);
		in->is_good = false;
	} else if (!utf8_is_valid(value, strlen(value))) {
		deploy_error_in(in->load, in->source, in->json,
		    "bad-variable", deploy_hint(NULL),
		    "the value of the variable %s is not UTF-8",
		    variable->name);
		in->is_good = false;
	} else {
		(void)fputs(value, in->out);
	}
}

/* Takes what stands at a dollar; returns what comes behind it. */
static const char *
put_dollar(struct expansion *in, const char *at)
{
	struct variable variable;

	if (at[1] == '{' && take_apart(at + 2, &variable)) {
		put_variable(in, &variable);
		return variable.end;
	}
	if (at[1] == '{') {
		deploy_error_in(in->load, in->source, in->json,
		    "bad-variable",
		    deploy_hint("write ${NAME} or ${NAME:-default}, "
			"and $$ for a dollar"),
		    "a variable that is not closed or has no good name");
		in->is_good = false;
	}
	(void)fputc('$', in->out);
	return at + (at[1] == '$' ? 2 : 1);
}

/* An empty text when it fails; NULL for want of memory. */
static char *
expand(struct expansion *in)
{
	const char *at = bsk_json_string(in->json);
	char *text = NULL;
	size_t size = 0;
	size_t plain;

	in->out = open_memstream(&text, &size);
	if (in->out == NULL)
		return NULL;
	while (*at != '\0') {
		plain = strcspn(at, "$");
		(void)fwrite(at, 1, plain, in->out);
		at += plain;
		if (*at == '$')
			at = put_dollar(in, at);
	}
	if (fclose(in->out) != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

bsk_json *
deploy_expand(struct deploy_load *load, const struct deploy_source *source,
    const bsk_json *string)
{
	struct expansion in = {load, source, string, NULL, true};
	bsk_json *json = NULL;
	char *text;

	if (strchr(bsk_json_string(string), '$') == NULL) {
		json = bsk_json_copy(string);
	} else {
		text = expand(&in);
		if (text != NULL)
			json = in.is_good ? bsk_json_new_string(text) :
			    bsk_json_copy(string);
		free(text);
	}
	if (json == NULL)
		deploy_fail(load, -ENOMEM);
	return json;
}
