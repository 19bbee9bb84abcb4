/* src/cli/graph_look.c - looking at the document of a graph.
 *
 * Apart from graph.c, which calls the formats, since the formats call this.
 */
#include <stdlib.h>
#include <string.h>

#include "graph.h"

const char *
graph_string(const bsk_json *object, const char *key)
{
	const bsk_json *member = bsk_json_member(object, key);
	const char *chars = member == NULL ? NULL : bsk_json_string(member);

	return chars == NULL ? "" : chars;
}

unsigned long long
graph_number(const bsk_json *object, const char *key)
{
	const bsk_json *member = bsk_json_member(object, key);
	const char *digits;
	int64_t number;

	if (member == NULL)
		return 0;
	digits = bsk_json_string(member);
	if (digits != NULL)
		return strtoull(digits, NULL, 10);
	if (bsk_json_integer(member, &number) < 0 || number < 0)
		return 0;
	return (unsigned long long)number;
}

const bsk_json *
graph_list(const bsk_json *object, const char *key)
{
	const bsk_json *member = bsk_json_member(object, key);

	if (member == NULL || bsk_json_kind(member) != BSK_JSON_ARRAY)
		return NULL;
	return bsk_json_first(member);
}

const char *
graph_label(const bsk_json *node)
{
	const char *name = graph_string(node, "name");

	return *name != '\0' ? name : graph_string(node, "id");
}

bool
graph_is_planned(const bsk_json *graph)
{
	const bsk_json *node = graph_list(graph, "nodes");

	return node != NULL &&
	    strcmp(graph_string(node, "state"), "planned") == 0;
}

void
graph_write(FILE *out, const char *chars, const char *special,
    void (*escape)(FILE *out, unsigned char byte))
{
	for (; *chars != '\0'; chars++)
		if ((unsigned char)*chars < ' ' || *chars == 0x7f ||
		    strchr(special, *chars) != NULL)
			escape(out, (unsigned char)*chars);
		else
			(void)fputc(*chars, out);
}
