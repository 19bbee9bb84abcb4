/* inquiry.c - one request to an inspector, and its answer. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inquiry.h>
#include <buskin/inspector.h>
#include <buskin/view.h>

/* --- refusing ------------------------------------------------------------ */

int
bsk_inquiry_refuse(struct bsk_inquiry *inquiry, const char *code,
    const bsk_json *where, const char *format, ...)
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
	struct bsk_inquiry *inquiry = arg;
	const bsk_json *member = fault->key == NULL ? NULL :
	    bsk_json_member(fault->where, fault->key);

	if (inquiry->code != NULL ||
	    (inquiry->args != NULL && member == inquiry->args))
		return;
	(void)bsk_inquiry_refuse(inquiry, fault->code,
	    member != NULL ? member : fault->where, "%s", fault->text);
	(void)snprintf(inquiry->hint, sizeof(inquiry->hint), "%s",
	    fault->hint == NULL ? "" : fault->hint);
}

/* --- reading ------------------------------------------------------------- */

static int
read_document(struct bsk_inquiry *inquiry, const bsk_buf *body,
    uint64_t size_max)
{
	struct bsk_json_error error;
	int result;

	if (body->size > size_max)
		return bsk_inquiry_refuse(inquiry, "too-large", NULL,
		    "a request has at most %llu bytes",
		    (unsigned long long)size_max);
	result = bsk_json_read((const char *)body->bytes, body->size,
	    &inquiry->root, &error);
	if (result != -EINVAL)
		return result;
	(void)bsk_inquiry_refuse(inquiry, "bad-json", NULL, "%u:%u: %s",
	    error.place.line, error.place.column, error.text);
	memcpy(inquiry->hint, error.hint, sizeof(error.hint));
	memcpy(inquiry->pointer, error.pointer, sizeof(error.pointer));
	return -EINVAL;
}

static int
read_envelope(struct bsk_inquiry *inquiry, const struct bsk_type *envelope)
{
	_Alignas(max_align_t) char request[BSK_TYPE_SIZE_MAX];
	int result = bsk_type_from_json(envelope, inquiry->root, request,
	    on_fault, inquiry);

	if (result == 0)
		bsk_type_drop(envelope, request);
	return result == -ENOMEM || inquiry->code != NULL ? result : 0;
}

/* The id is read before anything else can be wrong, to stand in the answer. */
int
bsk_inquiry_read(struct bsk_inquiry *inquiry, const bsk_buf *body,
    uint64_t size_max, const struct bsk_type *envelope)
{
	const bsk_json *args;
	int result = read_document(inquiry, body, size_max);

	if (result < 0)
		return result;
	inquiry->id = bsk_json_string(bsk_json_member(inquiry->root, "id"));
	inquiry->op = bsk_json_string(bsk_json_member(inquiry->root, "op"));
	args = inquiry->args = bsk_json_member(inquiry->root, "args");
	result = read_envelope(inquiry, envelope);
	if (result == 0 && args != NULL &&
	    bsk_json_kind(args) != BSK_JSON_OBJECT)
		result = bsk_inquiry_refuse(inquiry, "wrong-kind", args,
		    "\"args\" is an object, not %s", bsk_json_kind_text(args));
	return result;
}

static const char *
name_of(const void *rows, size_t row_size, size_t index)
{
	return *(const char *const *)(const void *)
	    ((const char *)rows + index * row_size);
}

int
bsk_inquiry_find(struct bsk_inquiry *inquiry, const void *rows,
    size_t row_size, size_t count, size_t *ret_index)
{
	size_t length = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(name_of(rows, row_size, i), inquiry->op) == 0) {
			*ret_index = i;
			return 0;
		}
	for (i = 0; i < count && length < sizeof(inquiry->hint); i++)
		length += (size_t)snprintf(inquiry->hint + length,
		    sizeof(inquiry->hint) - length, "%s%s",
		    i == 0 ? "there are " : ", ", name_of(rows, row_size, i));
	return bsk_inquiry_refuse(inquiry, "unknown-op",
	    bsk_json_member(inquiry->root, "op"),
	    "there is no operation \"%s\"", inquiry->op);
}

int
bsk_inquiry_no_args(struct bsk_inquiry *inquiry)
{
	if (inquiry->args == NULL || bsk_json_count(inquiry->args) == 0)
		return 0;
	return bsk_inquiry_refuse(inquiry, "unknown-key",
	    bsk_json_first(inquiry->args), "\"%s\" takes no arguments",
	    inquiry->op);
}

int
bsk_inquiry_args(struct bsk_inquiry *inquiry, const struct bsk_type *type,
    void *ret_args)
{
	return bsk_type_from_json(type, inquiry->args, ret_args, on_fault,
	    inquiry);
}

/* --- answering ----------------------------------------------------------- */

static bsk_json *
new_answer(const struct bsk_inquiry *inquiry, bsk_json *result, uint64_t seq)
{
	bsk_json *id = inquiry->id == NULL ? bsk_json_new_null() :
	    bsk_json_new_string(inquiry->id);
	bsk_json *v = bsk_json_new_number(BSK_INSPECTOR_VERSION);
	bsk_json *ok = bsk_json_new_bool(inquiry->code == NULL);
	bsk_json *number = bsk_json_new_number((double)seq);

	if (inquiry->code == NULL)
		return BSK_VIEW_OBJECT({ "v", v }, { "id", id }, { "ok", ok },
		    { "seq", number }, { "result", result });
	bsk_json_free(result);
	return BSK_VIEW_OBJECT({ "v", v }, { "id", id }, { "ok", ok },
	    { "seq", number }, { "error", BSK_VIEW_OBJECT(
		{ "code", bsk_json_new_string(inquiry->code) },
		{ "message", bsk_json_new_string(inquiry->message) },
		{ "hint", bsk_json_new_string(inquiry->hint) },
		{ "pointer", bsk_json_new_string(inquiry->pointer) }) });
}

/* Without memory the answer still is one, made before. */
bsk_buf
bsk_inquiry_answer(const struct bsk_inquiry *inquiry, bsk_json *result,
    uint64_t seq)
{
	static const char no_memory[] = "{\"v\":1,\"id\":null,"
	    "\"ok\":false,\"error\":{\"code\":\"no-memory\","
	    "\"message\":\"out of memory\",\"hint\":\"\",\"pointer\":\"\"}}";
	bsk_json *answer = new_answer(inquiry, result, seq);
	char *text = answer == NULL ? NULL : bsk_json_text(answer);
	bsk_buf buf = bsk_buf_static(no_memory, sizeof(no_memory) - 1);

	bsk_json_free(answer);
	if (text != NULL)
		buf = bsk_buf_copy(text, strlen(text));
	free(text);
	return buf;
}

void
bsk_inquiry_release(struct bsk_inquiry *inquiry)
{
	bsk_json_free(inquiry->root);
	*inquiry = (struct bsk_inquiry){0};
}
