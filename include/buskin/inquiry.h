/* buskin/inquiry.h - one request to an inspector, and its answer.
 *
 * A request is a JSON document of a known envelope; whatever is wrong with it
 * is told in the answer: a code, a message, a hint, and a JSON pointer to the
 * place.
 */
#ifndef BUSKIN_INQUIRY_H
#define BUSKIN_INQUIRY_H

#include <buskin/field.h>
#include <buskin/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An inquiry. All zeros before it is read. */
struct bsk_inquiry {
	bsk_json *root;       /* the request; NULL: not readable */
	const bsk_json *args; /* its arguments; NULL: none given */
	const char *id;       /* its id; NULL: not readable */
	const char *op;       /* what is asked for; NULL: not readable */
	const char *code;     /* why it is refused; NULL: it is not */
	char message[256];    /* the same for people */
	char hint[256];       /* what to do */
	char pointer[256];    /* where in the request */
};

/* Reads a request of at most `size_max` bytes; `envelope` is the type that all
 * of it but "args" must be of. 0, -EINVAL (it is refused) or -ENOMEM. */
int bsk_inquiry_read(struct bsk_inquiry *inquiry, const bsk_buf *body,
    uint64_t size_max, const struct bsk_type *envelope);

/* Refuses it; `where` is the value at fault, NULL: none. -EINVAL. */
int bsk_inquiry_refuse(struct bsk_inquiry *inquiry, const char *code,
    const bsk_json *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Finds which of `count` rows is asked for: the first member of each is its
 * name. 0 or -EINVAL (it is refused, and the names are the hint). */
int bsk_inquiry_find(struct bsk_inquiry *inquiry, const void *rows,
    size_t row_size, size_t count, size_t *ret_index);

/* Refuses it if there are any arguments. 0 or -EINVAL. */
int bsk_inquiry_no_args(struct bsk_inquiry *inquiry);

/* Reads the arguments as a type; none given are an empty object. 0, -EINVAL (it
 * is refused) or -ENOMEM. */
int bsk_inquiry_args(struct bsk_inquiry *inquiry, const struct bsk_type *type,
    void *ret_args);

/* The answer: the result, or why it is refused; for want of memory an answer
 * that says so. `result` is taken; NULL while it is not refused: there was no
 * memory. */
bsk_buf bsk_inquiry_answer(const struct bsk_inquiry *inquiry, bsk_json *result,
    uint64_t seq);

/* Frees what it holds. */
void bsk_inquiry_release(struct bsk_inquiry *inquiry);

#ifdef __cplusplus
}
#endif

#endif
