/* actors/inspector_desk.c - where requests to the inspector are answered.
 *
 *   hears   bsk_nng_request        a document that asks
 *           bsk_inspector_traffic  from the inspector, whenever it changed
 *   says    bsk_nng_answer         to who passed the request on; or as the
 *                                  reply, to who asks from outside the system
 *
 * Each request gets exactly one answer, whatever is wrong with it. Operations
 * are rows of a table; what they tell comes from <buskin/view.h>.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/inspector.h>
#include <buskin/nng.h>
#include <buskin/view.h>

struct inspector_desk {
	uint64_t answers; /* so far */
	struct bsk_inspector_traffic traffic; /* as last told */
};

/* A request that is being answered. */
struct inquiry {
	bsk_ctx *ctx;
	const struct inspector_desk *self;
	bsk_json *root;       /* the request; NULL: not readable */
	const bsk_json *args; /* NULL: none given */
	const char *id;       /* NULL: not readable */
	/* Why not, once it is refused. */
	const char *code;     /* NULL: not refused */
	char message[256];
	char hint[256];
	char pointer[256];
};

/* An operation: one of the views as it is, or what `run` makes. That returns 0,
 * -EINVAL when it has refused the inquiry, or -ENOMEM. */
struct operation {
	const char *name;
	enum bsk_right right; /* that it takes */
	int (*view)(bsk_system *system, bsk_json **ret_result);
	int (*run)(struct inquiry *inquiry, bsk_json **ret_result);
	bool takes_args;
};

static int run_hello(struct inquiry *inquiry, bsk_json **ret_result);
static int run_actor(struct inquiry *inquiry, bsk_json **ret_result);
static int run_stats(struct inquiry *inquiry, bsk_json **ret_result);

static const struct operation operations[] = {
	{ "hello", BSK_RIGHT_READ, NULL, run_hello, false },
	{ "ps", BSK_RIGHT_READ, bsk_view_actors, NULL, false },
	{ "actor", BSK_RIGHT_READ, NULL, run_actor, true },
	{ "graph", BSK_RIGHT_READ, bsk_view_graph, NULL, false },
	{ "stats", BSK_RIGHT_READ, NULL, run_stats, false },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const char *const rights[] = {
	[BSK_RIGHT_READ] = "read",
	[BSK_RIGHT_TAP] = "tap",
	[BSK_RIGHT_CONTROL] = "control",
	[BSK_RIGHT_SEND] = "send",
};

BSK_HANDLER(on_request, inspector_desk, bsk_nng_request);
BSK_HANDLER(on_traffic, inspector_desk, bsk_inspector_traffic);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_nng_request, on_request),
	BSK_ON(bsk_inspector_traffic, on_traffic),
};

static const struct bsk_port ports[] = {
	BSK_PORT_IN("requests", bsk_nng_request, "documents that ask"),
};

const struct bsk_class bsk_inspector_desk_class = BSK_CLASS(inspector_desk,
    "inspector-desk", "answers requests to the inspector", handlers,
    BSK_PORTS(ports), .config = &bsk_inspector_desk_config_type);

/* --- refusing --- */

/* `where` is the value at fault; NULL: none. */
static int
refuse(struct inquiry *inquiry, const char *code, const bsk_json *where,
    const char *format, ...)
{
	va_list arguments;

	inquiry->code = code;
	va_start(arguments, format);
	(void)vsnprintf(inquiry->message, sizeof(inquiry->message), format,
	    arguments);
	va_end(arguments);
	if (where != NULL)
		(void)bsk_json_pointer(inquiry->root, where, inquiry->pointer,
		    sizeof(inquiry->pointer));
	return -EINVAL;
}

/* The first of all faults is told. "args" is none. */
static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	struct inquiry *inquiry = arg;
	const bsk_json *member = fault->key == NULL ? NULL :
	    bsk_json_member(fault->where, fault->key);

	if (inquiry->code != NULL ||
	    (inquiry->args != NULL && member == inquiry->args))
		return;
	(void)refuse(inquiry, fault->code, member != NULL ? member :
	    fault->where, "%s", fault->text);
	(void)snprintf(inquiry->hint, sizeof(inquiry->hint), "%s",
	    fault->hint == NULL ? "" : fault->hint);
}

/* --- reading a request --- */

static int
read_document(struct inquiry *inquiry, const bsk_buf *body)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(inquiry->ctx);
	struct bsk_json_error error;
	int result;

	if (body->size > config->request_max)
		return refuse(inquiry, "too-large", NULL,
		    "a request has at most %llu bytes",
		    (unsigned long long)config->request_max);
	result = bsk_json_read((const char *)body->bytes, body->size,
	    &inquiry->root, &error);
	if (result != -EINVAL)
		return result;
	(void)refuse(inquiry, "bad-json", NULL, "%u:%u: %s", error.place.line,
	    error.place.column, error.text);
	memcpy(inquiry->hint, error.hint, sizeof(error.hint));
	memcpy(inquiry->pointer, error.pointer, sizeof(error.pointer));
	return -EINVAL;
}

static int
read_envelope(struct inquiry *inquiry)
{
	struct bsk_inspector_request request;
	int result = bsk_type_from_json(&bsk_inspector_request_type,
	    inquiry->root, &request, on_fault, inquiry);

	if (result == 0)
		bsk_type_drop(&bsk_inspector_request_type, &request);
	return result == -ENOMEM || inquiry->code != NULL ? result : 0;
}

static int
find_operation(struct inquiry *inquiry, const struct operation **ret_operation)
{
	const bsk_json *op = bsk_json_member(inquiry->root, "op");
	const char *name = bsk_json_string(op);
	size_t length = 0;
	size_t i;

	for (i = 0; i < OPERATIONS; i++)
		if (strcmp(operations[i].name, name) == 0) {
			*ret_operation = &operations[i];
			return 0;
		}
	for (i = 0; i < OPERATIONS; i++)
		length += (size_t)snprintf(inquiry->hint + length,
		    sizeof(inquiry->hint) - length, "%s%s",
		    i == 0 ? "there are " : ", ", operations[i].name);
	return refuse(inquiry, "unknown-op", op,
	    "there is no operation \"%s\"", name);
}

static int
check_right(struct inquiry *inquiry, const struct operation *operation)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(inquiry->ctx);

	if (operation->right <= config->right)
		return 0;
	return refuse(inquiry, "not-permitted",
	    bsk_json_member(inquiry->root, "op"),
	    "\"%s\" takes the right \"%s\" at this endpoint", operation->name,
	    rights[operation->right]);
}

static int
check_args(struct inquiry *inquiry, const struct operation *operation)
{
	const bsk_json *args = inquiry->args;

	if (args != NULL && bsk_json_kind(args) != BSK_JSON_OBJECT)
		return refuse(inquiry, "wrong-kind", args,
		    "\"args\" is an object, not %s",
		    bsk_json_kind_text(args));
	if (!operation->takes_args && args != NULL && bsk_json_count(args) > 0)
		return refuse(inquiry, "unknown-key", bsk_json_first(args),
		    "\"%s\" takes no arguments", operation->name);
	return 0;
}

/* The id is read before anything else can be wrong, to stand in the answer. */
static int
run(struct inquiry *inquiry, const bsk_buf *body, bsk_json **ret_result)
{
	const struct operation *operation = NULL;
	int result = read_document(inquiry, body);

	if (result < 0)
		return result;
	inquiry->id = bsk_json_string(bsk_json_member(inquiry->root, "id"));
	inquiry->args = bsk_json_member(inquiry->root, "args");
	result = read_envelope(inquiry);
	if (result == 0)
		result = find_operation(inquiry, &operation);
	if (result == 0)
		result = check_right(inquiry, operation);
	if (result == 0)
		result = check_args(inquiry, operation);
	if (result < 0)
		return result;
	return operation->run != NULL ? operation->run(inquiry, ret_result) :
	    operation->view(bsk_system_of(inquiry->ctx), ret_result);
}

/* --- the operations --- */

/* An array of strings: the first members of `count` rows. */
static bsk_json *
new_words(const void *rows, size_t row_size, size_t count)
{
	bsk_json *array = bsk_json_new_array();
	size_t i;

	for (i = 0; array != NULL && i < count; i++)
		if (bsk_json_append(array, bsk_json_new_string(
		    *(const char *const *)((const char *)rows +
		    i * row_size))) < 0) {
			bsk_json_free(array);
			array = NULL;
		}
	return array;
}

static int
run_hello(struct inquiry *inquiry, bsk_json **ret_result)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(inquiry->ctx);
	const struct bsk_os *os = bsk_os(inquiry->ctx);
	struct bsk_system_info info;
	bsk_json *hello;

	bsk_inspect_system(bsk_system_of(inquiry->ctx), &info);
	hello = BSK_VIEW_OBJECT(
		{ "name", bsk_json_new_string(info.name) },
		{ "pid", bsk_json_new_number(os->getpid(os)) },
		{ "rights", new_words(rights, sizeof(rights[0]),
		    config->right + (size_t)1) },
		{ "ops", new_words(operations, sizeof(operations[0]),
		    OPERATIONS) });
	if (hello == NULL)
		return -ENOMEM;
	*ret_result = hello;
	return 0;
}

static int
find_actor(struct inquiry *inquiry, bsk_ref *ret_ref)
{
	struct bsk_inspector_which args;
	int result = bsk_type_from_json(&bsk_inspector_which_type,
	    inquiry->args, &args, on_fault, inquiry);

	if (result < 0)
		return result;
	if (args.name.chars == NULL && bsk_ref_is_nobody(args.id))
		result = refuse(inquiry, "missing-key", inquiry->args,
		    "\"name\" or \"id\" of the actor is missing");
	else if (args.name.chars == NULL)
		*ret_ref = args.id;
	else if (bsk_find(inquiry->ctx, args.name.chars, ret_ref) < 0)
		result = refuse(inquiry, "no-such-actor",
		    bsk_json_member(inquiry->args, "name"),
		    "no actor is named \"%s\"", args.name.chars);
	bsk_type_drop(&bsk_inspector_which_type, &args);
	return result;
}

static int
run_actor(struct inquiry *inquiry, bsk_json **ret_result)
{
	bsk_ref ref;
	int result = find_actor(inquiry, &ref);

	if (result == 0)
		result = bsk_view_actor(bsk_system_of(inquiry->ctx), ref,
		    ret_result);
	if (result == -ESRCH)
		return refuse(inquiry, "no-such-actor", inquiry->args,
		    "that actor has ended");
	return result;
}

static int
run_stats(struct inquiry *inquiry, bsk_json **ret_result)
{
	bsk_json *traffic = NULL;
	bsk_json *stats;
	int result = bsk_view_stats(bsk_system_of(inquiry->ctx), &stats);

	if (result < 0)
		return result;
	(void)bsk_type_to_json(&bsk_inspector_traffic_type,
	    &inquiry->self->traffic, BSK_SECRETS_MASKED, &traffic);
	result = bsk_json_put(stats, "inspector", traffic);
	if (result == 0)
		*ret_result = stats;
	else
		bsk_json_free(stats);
	return result;
}

/* --- answering --- */

static bsk_json *
new_answer(const struct inquiry *inquiry, bsk_json *result)
{
	bsk_json *id = inquiry->id == NULL ? bsk_json_new_null() :
	    bsk_json_new_string(inquiry->id);
	bsk_json *v = bsk_json_new_number(BSK_INSPECTOR_VERSION);
	bsk_json *ok = bsk_json_new_bool(inquiry->code == NULL);
	bsk_json *seq = bsk_json_new_number((double)inquiry->self->answers);

	if (inquiry->code == NULL)
		return BSK_VIEW_OBJECT({ "v", v }, { "id", id }, { "ok", ok },
		    { "seq", seq }, { "result", result });
	return BSK_VIEW_OBJECT({ "v", v }, { "id", id }, { "ok", ok },
	    { "seq", seq }, { "error", BSK_VIEW_OBJECT(
		{ "code", bsk_json_new_string(inquiry->code) },
		{ "message", bsk_json_new_string(inquiry->message) },
		{ "hint", bsk_json_new_string(inquiry->hint) },
		{ "pointer", bsk_json_new_string(inquiry->pointer) }) });
}

/* Without memory the answer still is one, made before. */
static bsk_buf
text_of(bsk_json *answer)
{
	static const char no_memory[] = "{\"v\":1,\"id\":null,"
	    "\"ok\":false,\"error\":{\"code\":\"no-memory\","
	    "\"message\":\"out of memory\",\"hint\":\"\",\"pointer\":\"\"}}";
	char *text = answer == NULL ? NULL : bsk_json_text(answer);
	bsk_buf buf = bsk_buf_static(no_memory, sizeof(no_memory) - 1);

	bsk_json_free(answer);
	if (text != NULL)
		buf = bsk_buf_copy(text, strlen(text));
	free(text);
	return buf;
}

static int
on_request(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_nng_request *request)
{
	struct inquiry inquiry = { .ctx = ctx, .self = self };
	bsk_json *result = NULL;
	bsk_message *answer;
	int error = run(&inquiry, &request->body, &result);

	self->answers++;
	answer = BSK_NEW(bsk_nng_answer, .request = request->request,
	    .body = text_of(error < 0 && inquiry.code == NULL ? NULL :
	    new_answer(&inquiry, result)));
	bsk_json_free(inquiry.root);
	if (bsk_ref_is_nobody(bsk_sender(ctx)))
		(void)bsk_reply(ctx, answer);
	else
		(void)bsk_send(ctx, bsk_sender(ctx), answer);
	return 0;
}

static int
on_traffic(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_inspector_traffic *traffic)
{
	(void)ctx;
	self->traffic = *traffic;
	return 0;
}
