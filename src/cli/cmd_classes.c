/* src/cli/cmd_classes.c - the classes that a deployment may name. */
#include <errno.h>
#include <string.h>

#include <buskin/builtin.h>

#include "commands.h"

static const struct bsk_class *
find_class(const char *name)
{
	const struct bsk_class *const *class_;

	for (class_ = bsk_builtin_classes; *class_ != NULL; class_++)
		if (strcmp((*class_)->name, name) == 0)
			return *class_;
	return NULL;
}

/* --- for people --- */

static void
print_field(const struct bsk_field *field)
{
	(void)printf("    %-16s %s", field->json == NULL ? field->name :
	    field->json, field->doc);
	if ((field->marks & BSK_REQUIRED) != 0)
		(void)fputs(" (required)", stdout);
	else if (field->preset != NULL)
		(void)printf(" (%s)", field->preset);
	(void)putchar('\n');
}

static void
print_class(const struct bsk_class *class_)
{
	const struct bsk_port *port = class_->ports;
	size_t i;

	(void)printf("%s - %s\n", class_->name, class_->doc);
	for (i = 0; i < class_->port_count; i++, port++)
		(void)printf("  %-4s%-16s %s: %s\n",
		    port->direction == BSK_IN ? "in" : "out", port->name,
		    port->type->name, port->doc);
	if (class_->config == NULL)
		return;
	(void)puts("  config");
	for (i = 0; i < class_->config->field_count; i++)
		print_field(&class_->config->fields[i]);
}

/* --- as JSON --- */

static int
put_text(bsk_json *object, const char *key, const char *text)
{
	return bsk_json_put(object, key, bsk_json_new_string(text));
}

static int
append_port(bsk_json *array, const struct bsk_port *port)
{
	bsk_json *object = bsk_json_new_object();
	int result = put_text(object, "name", port->name);

	if (result == 0)
		result = put_text(object, "direction",
		    port->direction == BSK_IN ? "in" : "out");
	if (result == 0)
		result = put_text(object, "type", port->type->name);
	if (result == 0)
		result = put_text(object, "doc", port->doc);
	if (result == 0)
		return bsk_json_append(array, object);
	bsk_json_free(object);
	return result;
}

static int
put_ports(bsk_json *object, const struct bsk_class *class_)
{
	bsk_json *array = bsk_json_new_array();
	int result = array == NULL ? -ENOMEM : 0;
	size_t i;

	for (i = 0; i < class_->port_count && result == 0; i++)
		result = append_port(array, &class_->ports[i]);
	if (result == 0)
		return bsk_json_put(object, "ports", array);
	bsk_json_free(array);
	return result;
}

static int
put_config(bsk_json *object, const struct bsk_class *class_)
{
	bsk_json *schema;
	int result;

	if (class_->config == NULL)
		return bsk_json_put(object, "config", bsk_json_new_null());
	result = bsk_type_schema(class_->config, &schema);
	return result < 0 ? result : bsk_json_put(object, "config", schema);
}

static int
append_class(bsk_json *array, const struct bsk_class *class_)
{
	bsk_json *object = bsk_json_new_object();
	int result = put_text(object, "name", class_->name);

	if (result == 0)
		result = put_text(object, "doc", class_->doc);
	if (result == 0)
		result = put_ports(object, class_);
	if (result == 0)
		result = put_config(object, class_);
	if (result == 0)
		return bsk_json_append(array, object);
	bsk_json_free(object);
	return result;
}

/* --- the command --- */

static bool
is_wanted(const struct cli_call *call, const struct bsk_class *class_)
{
	int i;

	for (i = 0; i < call->operand_count; i++)
		if (strcmp(call->operands[i], class_->name) == 0)
			return true;
	return call->operand_count == 0;
}

static int
print_json(const struct cli_call *call)
{
	const struct bsk_class *const *class_ = bsk_builtin_classes;
	bsk_json *array = bsk_json_new_array();
	int result = array == NULL ? -ENOMEM : 0;
	int status;

	for (; *class_ != NULL && result == 0; class_++)
		if (is_wanted(call, *class_))
			result = append_class(array, *class_);
	status = result < 0 ? cli_say(call, CLI_FAILED, "out of memory") :
	    cli_print_json(call, array);
	bsk_json_free(array);
	return status;
}

static int
run(const struct cli_call *call)
{
	const struct bsk_class *const *class_ = bsk_builtin_classes;
	int i;

	for (i = 0; i < call->operand_count; i++)
		if (find_class(call->operands[i]) == NULL)
			return cli_say(call, CLI_FAILED,
			    "there is no class \"%s\"", call->operands[i]);
	if (call->json)
		return print_json(call);
	for (; *class_ != NULL; class_++)
		if (call->operand_count == 0)
			(void)printf("%-20s %s\n", (*class_)->name,
			    (*class_)->doc);
		else if (is_wanted(call, *class_))
			print_class(*class_);
	return CLI_DONE;
}

const struct cli_command cmd_classes = {
	.name = "classes",
	.operands = "[CLASS...]",
	.summary = "list the classes that a deployment may name",
	.help = "With names: their ports and what their config may say.\n",
	.options = CLI_OPTION_JSON,
	.operands_max = -1,
	.run = run,
};
