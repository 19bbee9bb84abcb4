/* src/cli/load.c - the files of a command line, loaded as a deployment. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/builtin.h>

#include "load.h"

static int
status_of(const struct cli_call *call, int result)
{
	switch (result) {
	case 0:
		return CLI_DONE;
	case -EINVAL:
		return CLI_BAD_CONFIG;
	case -ENOMEM:
		return cli_say(call, CLI_FAILED, "out of memory");
	default:
		return CLI_NO_INPUT;
	}
}

int
cli_load(const struct cli_call *call, bsk_diagnoses *diagnoses,
    bsk_deployment **ret_deployment)
{
	size_t count = (size_t)call->operand_count;
	struct bsk_deployment_source *sources = calloc(count,
	    sizeof(*sources));
	struct bsk_deployment_options options = {
		.sources = sources,
		.source_count = count,
		.classes = bsk_builtin_classes,
	};
	size_t i;
	int result = -ENOMEM;

	if (sources != NULL) {
		for (i = 0; i < count; i++)
			sources[i].name = call->operands[i];
		result = bsk_deployment_load(&options, diagnoses,
		    ret_deployment);
	}
	free(sources);
	return status_of(call, result);
}

static char *
make_text(const struct cli_call *call, const bsk_diagnoses *diagnoses)
{
	bsk_json *json;
	char *text;

	if (!call->json)
		return bsk_diagnoses_text(diagnoses, cli_has_colour(stderr) ?
		    BSK_DIAGNOSES_COLOUR : BSK_DIAGNOSES_PLAIN);
	if (bsk_diagnoses_json(diagnoses, &json) < 0)
		return NULL;
	text = bsk_json_text(json);
	bsk_json_free(json);
	return text;
}

static void
say(const struct cli_call *call, const bsk_diagnoses *diagnoses)
{
	char *text;

	if (bsk_diagnoses_count(diagnoses) == 0)
		return;
	text = make_text(call, diagnoses);
	if (text == NULL)
		(void)cli_say(call, CLI_FAILED, "out of memory");
	else
		(void)fprintf(stderr, "%s%s", text, call->json ? "\n" : "");
	free(text);
}

int
cli_load_and_say(const struct cli_call *call, bsk_deployment **ret_deployment)
{
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	int status;

	if (diagnoses == NULL)
		return cli_say(call, CLI_FAILED, "out of memory");
	status = cli_load(call, diagnoses, ret_deployment);
	say(call, diagnoses);
	bsk_diagnoses_free(diagnoses);
	return status;
}
