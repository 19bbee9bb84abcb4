/* buskin/value.h - the values that messages are made of.
 *
 * A field's C type says who owns what. Text, buffers, descriptors and lists
 * belong to the struct that holds them and go when it is dropped; a ref is a
 * plain number. Zero is a valid empty value of each, so a struct that was
 * cleared can always be dropped.
 *
 * None of these functions needs an actor or a system: any thread may call
 * them. They allocate with malloc(3); where that fails they give the value
 * that is "lost for want of memory" (see bsk_text_is_lost), and a message that
 * would be made of one is not made at all. So a failed allocation needs to be
 * looked at in one place only: the result of bsk_send, bsk_reply, bsk_emit.
 */
#ifndef BUSKIN_VALUE_H
#define BUSKIN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An actor's address. Copy it freely, keep it as long as you like: it may be
 * stale, it never dangles. A message sent to a stale ref is a dead letter. */
typedef struct bsk_ref {
	uint64_t bits; /* index in the low half, generation in the high half;
	                * 0: nobody */
} bsk_ref;

/* Whether two refs name the same life of the same actor. */
static inline bool
bsk_ref_equal(bsk_ref one, bsk_ref other)
{
	return one.bits == other.bits;
}

/* Whether the ref names nobody: the zero ref. */
static inline bool
bsk_ref_is_nobody(bsk_ref ref)
{
	return ref.bits == 0;
}

/* The ref that names nobody. */
static inline bsk_ref
bsk_nobody(void)
{
	bsk_ref nobody = {0};

	return nobody;
}

/* Owned text: UTF-8, ended by a zero byte. */
typedef struct bsk_text {
	const char *chars; /* from malloc(3), ours to free; NULL: no text */
} bsk_text;

/* A copy of `chars`, which may be NULL for no text. */
bsk_text bsk_text_copy(const char *chars);

/* A copy of the first `length` bytes at `chars`; stops at a zero byte. */
bsk_text bsk_text_copy_n(const char *chars, size_t length);

/* Text made as printf(3) would. */
bsk_text bsk_text_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Frees the text and leaves no text behind. */
void bsk_text_drop(bsk_text *text);

/* Whether the text could not be made for want of memory. */
bool bsk_text_is_lost(bsk_text text);

/* The characters, never NULL: no text reads as "". */
const char *bsk_text_chars(bsk_text text);

/* The counted storage behind a buffer; private. */
struct bsk_block;

/* A counted slice of bytes. Several slices, in several actors on several
 * threads, may share one storage: bytes are never written once a slice has
 * been sent. */
typedef struct bsk_buf {
	struct bsk_block *block;    /* counted; NULL: empty, or bytes that
	                             * live for ever */
	const unsigned char *bytes; /* the first byte of the slice */
	size_t size;                /* in bytes */
} bsk_buf;

/* A buffer of `size` bytes for the caller to fill. `ret_bytes` is where to
 * write, until the buffer is first shared or sent. In a handler a large one, of
 * more than 8 KiB and up to 1 MiB, is of memory that is used again: each worker
 * keeps up to 4 MiB of it. Returns 0 or -ENOMEM. */
int bsk_buf_new(size_t size, bsk_buf *ret_buf, unsigned char **ret_bytes);

/* A copy of `size` bytes. */
bsk_buf bsk_buf_copy(const void *bytes, size_t size);

/* A slice of bytes that live as long as the program does; nothing is copied. */
bsk_buf bsk_buf_static(const void *bytes, size_t size);

/* Another slice of the same bytes; both must be dropped. */
bsk_buf bsk_buf_share(const bsk_buf *buf);

/* Another slice: `size` bytes from `offset`, cut to what is there. */
bsk_buf bsk_buf_slice(const bsk_buf *buf, size_t offset, size_t size);

/* Lets the slice go; the storage goes with its last slice. */
void bsk_buf_drop(bsk_buf *buf);

/* Whether the buffer could not be made for want of memory. */
bool bsk_buf_is_lost(const bsk_buf *buf);

/* An owned file descriptor: closed when the message that holds it is
 * dropped. It may be lent: of an open file that others have too, who want it to
 * block (see O_NONBLOCK in open(2)); then it blocks again before that. A copy
 * is of the same open file, and lent too: whichever goes first has it block, so
 * let one go only when nobody uses the other. */
typedef struct bsk_fd {
	int plus_one; /* private: its number + 1, negated if lent; 0: none */
} bsk_fd;

/* Makes `number` owned; a negative number is no descriptor. */
static inline bsk_fd
bsk_fd_own(int number)
{
	bsk_fd fd = {0};

	fd.plus_one = number < 0 ? 0 : number + 1;
	return fd;
}

/* Makes `number` owned, and lent: see there. */
static inline bsk_fd
bsk_fd_lend(int number)
{
	bsk_fd fd = {0};

	fd.plus_one = number < 0 ? 0 : -number - 1;
	return fd;
}

/* The descriptor's number, still owned by the struct; -1: none. */
static inline int
bsk_fd_number(bsk_fd fd)
{
	return (fd.plus_one < 0 ? -fd.plus_one : fd.plus_one) - 1;
}

/* Whether whoever closes it has to have its open file block again. */
static inline bool
bsk_fd_is_lent(bsk_fd fd)
{
	return fd.plus_one < 0;
}

/* Takes the descriptor out of a message or config that is otherwise const:
 * the caller owns the number now, and what is lent is the caller's to see to.
 * -1: none, or taken before. Call it only on a body that was handed to the
 * handler that is running. */
int bsk_fd_take(const bsk_fd *fd);

/* Takes it out likewise, and leaves it lent if it is. */
bsk_fd bsk_fd_move(const bsk_fd *from);

/* Closes the descriptor, if there is one; blocking again, if it is lent. */
void bsk_fd_drop(bsk_fd *fd);

/* An owned array of elements that all have one kind; the field table says
 * which (bsk_text, bsk_ref, a nested struct, ...). */
typedef struct bsk_list {
	void *items;    /* from malloc(3), ours to free; NULL when empty */
	uint32_t count; /* elements; UINT32_MAX: lost for want of memory */
} bsk_list;

/* A list of `count` zeroed elements of `element_size` bytes each. */
bsk_list bsk_list_new(size_t element_size, uint32_t count);

/* A list of texts: copies of `count` strings. */
bsk_list bsk_list_of_texts(const char *const *texts, uint32_t count);

/* Whether the list could not be made for want of memory. */
bool bsk_list_is_lost(bsk_list list);

#ifdef __cplusplus
}
#endif

#endif
