/* src/json.c - documents: the one home of cJSON.
 *
 * A bsk_json is a cJSON node by another name. The root of a document that was
 * read is longer than a node: a table of places follows it in the same
 * allocation, so that freeing the root as cJSON does frees the table too. Each
 * node knows its row in that table by `valueint`, which cJSON keeps for
 * numbers only and which nothing here reads.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "utf8.h"

/* Marks a root that a table of places follows; above the bits cJSON uses. */
#define HAS_PLACES (1 << 16)

/* The low bits of a node's type say what it is. */
#define TYPE_MASK 0xff

/* Beyond these a double is no int64_t. */
#define INTEGER_END 9223372036854775808.0 /* 2^63 */

/* Where a value of a document that was read stands. */
struct place {
	const cJSON *node; /* the value; another node here has no place */
	struct bsk_json_place value;
	struct bsk_json_place key; /* line 0: no key */
};

/* A root that was read. */
struct root {
	cJSON node; /* first: the root is freed by this address */
	size_t place_count;
	struct place places[]; /* in the order in which values start */
};

static cJSON *
node_of(bsk_json *json)
{
	return (cJSON *)json;
}

static const cJSON *
node_of_const(const bsk_json *json)
{
	return (const cJSON *)json;
}

static bsk_json *
json_of(cJSON *node)
{
	return (bsk_json *)node;
}

static const bsk_json *
json_of_const(const cJSON *node)
{
	return (const bsk_json *)node;
}

/* --- reading --- */

/* Overwrites numbers that are longer than cJSON's buffer; their values come
 * from the marks. */
static void
shorten_numbers(const struct json_scan *scan, char *text)
{
	size_t i;
	size_t length;
	char *at;

	for (i = 0; i < scan->mark_count; i++) {
		at = text + scan->marks[i].place.offset;
		length = strspn(at, "+-.0123456789eE");
		if (length > JSON_NUMBER_MAX) {
			memset(at, ' ', length);
			*at = '0';
		}
	}
}

static cJSON *
parse_shortened(const struct json_scan *scan)
{
	char *text = malloc(scan->size + 1);
	cJSON *node;

	if (text == NULL)
		return NULL;
	memcpy(text, scan->text, scan->size);
	text[scan->size] = '\0';
	shorten_numbers(scan, text);
	node = cJSON_ParseWithLength(text, scan->size);
	free(text);
	return node;
}

/* Gives each node its place, in the order in which the scan met them. The
 * scan has bounded the depth. */
static void
place_nodes(struct root *root, cJSON *node, const struct json_mark *marks,
    size_t *next)
{
	const struct json_mark *mark = &marks[*next];
	cJSON *child;

	root->places[*next] = (struct place){node, mark->place, mark->key};
	node->valueint = (int)*next;
	if (cJSON_IsNumber(node))
		node->valuedouble = mark->number;
	(*next)++;
	for (child = node->child; child != NULL; child = child->next)
		place_nodes(root, child, marks, next);
}

bsk_json *
json_build(const struct json_scan *scan)
{
	size_t next = 0;
	struct root *root;
	cJSON *node;

	root = calloc(1, sizeof(*root) +
	    scan->mark_count * sizeof(root->places[0]));
	if (root == NULL)
		return NULL;
	/* What the scan lets pass, cJSON parses: only memory can lack. */
	node = scan->has_long_number ? parse_shortened(scan) :
	    cJSON_ParseWithLength(scan->text, scan->size);
	if (node == NULL) {
		free(root);
		return NULL;
	}
	root->node = *node;
	cJSON_free(node);
	root->node.type |= HAS_PLACES;
	root->place_count = scan->mark_count;
	place_nodes(root, &root->node, scan->marks, &next);
	assert(next == scan->mark_count);
	return json_of(&root->node);
}

void
bsk_json_free(bsk_json *json)
{
	cJSON_Delete(node_of(json));
}

/* --- looking --- */

enum bsk_json_kind
bsk_json_kind(const bsk_json *json)
{
	switch (node_of_const(json)->type & TYPE_MASK) {
	case cJSON_False:
		return BSK_JSON_FALSE;
	case cJSON_True:
		return BSK_JSON_TRUE;
	case cJSON_Number:
		return BSK_JSON_NUMBER;
	case cJSON_String:
		return BSK_JSON_STRING;
	case cJSON_Array:
		return BSK_JSON_ARRAY;
	case cJSON_Object:
		return BSK_JSON_OBJECT;
	default:
		return BSK_JSON_NULL;
	}
}

const char *
bsk_json_kind_text(const bsk_json *json)
{
	static const char *const texts[] = {
		[BSK_JSON_NULL] = "null",
		[BSK_JSON_FALSE] = "false",
		[BSK_JSON_TRUE] = "true",
		[BSK_JSON_NUMBER] = "a number",
		[BSK_JSON_STRING] = "a string",
		[BSK_JSON_ARRAY] = "an array",
		[BSK_JSON_OBJECT] = "an object",
	};

	return texts[bsk_json_kind(json)];
}

const char *
bsk_json_string(const bsk_json *json)
{
	return cJSON_GetStringValue((cJSON *)json);
}

double
bsk_json_number(const bsk_json *json)
{
	const cJSON *node = node_of_const(json);

	return cJSON_IsNumber(node) ? node->valuedouble : 0;
}

int
bsk_json_integer(const bsk_json *json, int64_t *ret_value)
{
	const cJSON *node = node_of_const(json);
	double number = node->valuedouble;

	if (!cJSON_IsNumber(node) || number < -INTEGER_END ||
	    number >= INTEGER_END || (double)(int64_t)number != number)
		return -EINVAL;
	*ret_value = (int64_t)number;
	return 0;
}

bool
bsk_json_is_true(const bsk_json *json)
{
	return cJSON_IsTrue(node_of_const(json));
}

size_t
bsk_json_count(const bsk_json *json)
{
	const cJSON *child;
	size_t count = 0;

	for (child = node_of_const(json)->child; child != NULL;
	    child = child->next)
		count++;
	return count;
}

const bsk_json *
bsk_json_member(const bsk_json *object, const char *key)
{
	const cJSON *node = node_of_const(object);

	if (!cJSON_IsObject(node))
		return NULL;
	return json_of_const(cJSON_GetObjectItemCaseSensitive(node, key));
}

const bsk_json *
bsk_json_first(const bsk_json *json)
{
	return json_of_const(node_of_const(json)->child);
}

const bsk_json *
bsk_json_next(const bsk_json *json)
{
	return json_of_const(node_of_const(json)->next);
}

const char *
bsk_json_key(const bsk_json *json)
{
	return node_of_const(json)->string;
}

/* --- places --- */

static const struct place *
place_of(const bsk_json *root, const bsk_json *json)
{
	const struct root *table = (const struct root *)root;
	const cJSON *node = node_of_const(json);
	size_t index = (size_t)node->valueint;

	if ((table->node.type & HAS_PLACES) == 0 ||
	    index >= table->place_count || table->places[index].node != node)
		return NULL;
	return &table->places[index];
}

int
bsk_json_place(const bsk_json *root, const bsk_json *json,
    struct bsk_json_place *ret_place)
{
	const struct place *place = place_of(root, json);

	if (place == NULL)
		return -ENOENT;
	*ret_place = place->value;
	return 0;
}

int
bsk_json_key_place(const bsk_json *root, const bsk_json *member,
    struct bsk_json_place *ret_place)
{
	const struct place *place = place_of(root, member);

	if (place == NULL || place->key.line == 0)
		return -ENOENT;
	*ret_place = place->key;
	return 0;
}

/* --- making --- */

bsk_json *
bsk_json_new_object(void)
{
	return json_of(cJSON_CreateObject());
}

bsk_json *
bsk_json_new_array(void)
{
	return json_of(cJSON_CreateArray());
}

bsk_json *
bsk_json_new_string(const char *chars)
{
	if (!utf8_is_valid(chars, strlen(chars)))
		return NULL;
	return json_of(cJSON_CreateString(chars));
}

bsk_json *
bsk_json_new_number(double number)
{
	if (!isfinite(number))
		return bsk_json_new_null();
	return json_of(cJSON_CreateNumber(number));
}

bsk_json *
bsk_json_new_counter(uint64_t counter)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu",
	    (unsigned long long)counter);
	return json_of(cJSON_CreateString(digits));
}

bsk_json *
bsk_json_new_bool(bool value)
{
	return json_of(cJSON_CreateBool(value));
}

bsk_json *
bsk_json_new_null(void)
{
	return json_of(cJSON_CreateNull());
}

bsk_json *
bsk_json_copy(const bsk_json *json)
{
	cJSON *copy = cJSON_Duplicate(node_of_const(json), true);

	if (copy != NULL)
		copy->type &= ~HAS_PLACES;
	return json_of(copy);
}

/* What is put below another is no root any more. */
static cJSON *
detach(bsk_json *json)
{
	cJSON *node = node_of(json);

	if (node != NULL)
		node->type &= ~HAS_PLACES;
	return node;
}

int
bsk_json_put(bsk_json *object, const char *key, bsk_json *value)
{
	cJSON *node = detach(value);

	if (object != NULL && node != NULL &&
	    cJSON_AddItemToObject(node_of(object), key, node))
		return 0;
	cJSON_Delete(node);
	return -ENOMEM;
}

int
bsk_json_append(bsk_json *array, bsk_json *value)
{
	cJSON *node = detach(value);

	if (array != NULL && node != NULL &&
	    cJSON_AddItemToArray(node_of(array), node))
		return 0;
	cJSON_Delete(node);
	return -ENOMEM;
}
