/* src/cli/graph.h - a graph of actors, drawn.
 *
 * What is drawn is the document that bsk_deployment_graph and the inspector's
 * operation "graph" make. It may come from a stranger: what it lacks is left
 * out, and what a terminal would obey is not passed on.
 */
#ifndef BUSKIN_CLI_GRAPH_H
#define BUSKIN_CLI_GRAPH_H

#include <stdbool.h>
#include <stdio.h>

#include <buskin/json.h>

/* Draws it as "text", "dot", "mermaid" or "json"; NULL is "text". Returns 0,
 * -EINVAL: there is no such format, -ENOMEM. */
int cli_graph_print(FILE *out, const bsk_json *graph, const char *format);

/* The graph with its unnamed nodes folded into those that they are parts of;
 * the caller frees it. NULL for want of memory. */
bsk_json *graph_fold(const bsk_json *graph);

/* The formats, each written in a file of its own. */
void graph_text_print(FILE *out, const bsk_json *graph);
void graph_dot_print(FILE *out, const bsk_json *graph);
void graph_mermaid_print(FILE *out, const bsk_json *graph);

/* --- looking at the document --- */

/* The string under a key; "" when there is none. */
const char *graph_string(const bsk_json *object, const char *key);

/* The whole number under a key, of a number or of a decimal string; 0 when
 * there is none. */
unsigned long long graph_number(const bsk_json *object, const char *key);

/* The first element of the array under a key; NULL when there is none. */
const bsk_json *graph_list(const bsk_json *object, const char *key);

/* What a node is called: its name, else its id. */
const char *graph_label(const bsk_json *node);

/* Whether the graph is one that has not run yet. */
bool graph_is_planned(const bsk_json *graph);

/* Writes a text; each character that is found in `special` (a string), and
 * each control character, is handed to `escape` instead. */
void graph_write(FILE *out, const char *chars, const char *special,
    void (*escape)(FILE *out, unsigned char byte));

#endif
