/* buskin/field.h - field tables: what a struct is made of.
 *
 * A message and a config are plain structs; a table of their fields stands
 * beside each. From that one table follow dropping, deep copies, printing,
 * JSON out, JSON in with every limit checked, a size bound, JSON Schema and
 * documentation. The identity of a type is the address of its descriptor.
 *
 *	struct door_opened {
 *		uint32_t door;   // 1..64
 *		bsk_text who;
 *		int64_t  held_ns;
 *	};
 *
 *	static const struct bsk_field door_opened_fields[] = {
 *		BSK_FIELD(door_opened, door, "which door", .min = 1, .max = 64),
 *		BSK_FIELD(door_opened, who, "badge of the visitor"),
 *		BSK_FIELD(door_opened, held_ns, "how long", .json = "held",
 *		    .unit = BSK_UNIT_NS, .preset = "\"5s\""),
 *	};
 *	const struct bsk_type door_opened_type =
 *		BSK_OWNING_TYPE(door_opened, "a door was opened",
 *		    door_opened_fields);
 *
 * Everything here is const data or pure functions: any thread may call them.
 */
#ifndef BUSKIN_FIELD_H
#define BUSKIN_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <buskin/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A struct of any type on the heap; see bsk_parcel_new. */
struct bsk_parcel;
/* A JSON value; see buskin/json.h. */
struct bsk_json;

/* What a field is in C. */
enum bsk_kind {
	BSK_KIND_NONE,
	BSK_KIND_BOOL,   /* bool */
	BSK_KIND_I8,     /* int8_t */
	BSK_KIND_I16,    /* int16_t */
	BSK_KIND_I32,    /* int32_t */
	BSK_KIND_I64,    /* int64_t */
	BSK_KIND_U8,     /* uint8_t */
	BSK_KIND_U16,    /* uint16_t */
	BSK_KIND_U32,    /* uint32_t */
	BSK_KIND_U64,    /* uint64_t */
	BSK_KIND_F64,    /* double */
	BSK_KIND_REF,    /* bsk_ref */
	BSK_KIND_STRUCT, /* a nested struct, in place; `type` says which */
	BSK_KIND_TEXT,   /* bsk_text, owned: this kind and those below */
	BSK_KIND_BUF,    /* bsk_buf */
	BSK_KIND_FD,     /* bsk_fd */
	BSK_KIND_LIST,   /* bsk_list; `element` (and `type`) say of what */
	BSK_KIND_PARCEL  /* struct bsk_parcel *: a struct on the heap, or none;
	                  * of any type, or of the field's `type` */
};

/* What a number counts, and so how it is written in JSON. */
enum bsk_unit {
	BSK_UNIT_NONE,   /* a JSON number; beyond 2^53 a decimal string */
	BSK_UNIT_NS,     /* nanoseconds: "250ms", "1m30s" */
	BSK_UNIT_BYTES,  /* bytes: "64KiB" or a plain number */
	BSK_UNIT_MODE,   /* a file mode: "0660" */
	BSK_UNIT_SIGNAL, /* a signal: "TERM", "SIGTERM", "RTMIN+3", a number */
	BSK_UNIT_COUNTER /* a counter: always a decimal string in JSON */
};

/* Marks of a field. */
enum bsk_field_mark {
	BSK_REQUIRED = 1, /* JSON must give it */
	BSK_SECRET = 2    /* masked wherever it is shown */
};

/* One field of a struct. */
struct bsk_field {
	const char *name;       /* the member's name in C */
	const char *json;       /* its key in JSON; NULL: the same as `name` */
	const char *doc;        /* a phrase for people */
	size_t offset;          /* bytes from the start of the struct */
	enum bsk_kind kind;     /* what it is in C */
	enum bsk_kind element;  /* of a list: what each element is */
	enum bsk_unit unit;     /* of a number, or of a list's numbers */
	unsigned marks;         /* BSK_REQUIRED, BSK_SECRET */
	int64_t min;            /* least value; of text, buffers: least size in
	                         * bytes; of lists: fewest elements. min = max =
	                         * 0: the kind's own least */
	int64_t max;            /* largest value, size or count. 0 while `min`
	                         * is not negative: the kind's own largest */
	const char *preset;     /* the value when JSON gives none, as JSON text;
	                         * NULL: zero */
	const char *const *names; /* of an integer that is an enumeration: the
	                           * word for 0, 1, ..., ended by NULL */
	const struct bsk_type *type; /* of a nested struct, or of a list's
	                              * structs; of a parcel: what is in it, if
	                              * it is always the same, so that it can be
	                              * read from JSON: a struct that may be
	                              * left out */
};

/* Marks of a type. */
enum bsk_type_mark {
	BSK_TYPE_OWNS = 1,   /* a field owns something that must be dropped */
	BSK_TYPE_CONTROL = 2, /* travels in the control lane: overtakes data, is
	                      * never bounded and never dropped */
	/* keeps its place among data, but no mailbox bounds or drops it: for
	 * what is told a bounded number of times, such as the end of a stream
	 * after its bytes */
	BSK_TYPE_NEWS = 4
};

/* What a struct is: of a message, of a config, or nested in one. */
struct bsk_type {
	const char *name;  /* the struct's tag: for people, never compared */
	const char *doc;   /* a phrase for people */
	size_t size;       /* sizeof the struct, bytes; to BSK_TYPE_SIZE_MAX */
	const struct bsk_field *fields; /* `field_count` of them */
	size_t field_count; /* how many */
	unsigned marks;    /* BSK_TYPE_OWNS, BSK_TYPE_CONTROL, BSK_TYPE_NEWS */
};

/* The largest struct a type may describe, bytes. */
#define BSK_TYPE_SIZE_MAX 4096

/* The kind that belongs to a C type. (C only.) */
#define BSK_KIND_OF(expression) \
	_Generic((expression), bool: BSK_KIND_BOOL, \
	    int8_t: BSK_KIND_I8, int16_t: BSK_KIND_I16, \
	    int32_t: BSK_KIND_I32, int64_t: BSK_KIND_I64, \
	    uint8_t: BSK_KIND_U8, uint16_t: BSK_KIND_U16, \
	    uint32_t: BSK_KIND_U32, uint64_t: BSK_KIND_U64, \
	    double: BSK_KIND_F64, bsk_ref: BSK_KIND_REF, \
	    bsk_text: BSK_KIND_TEXT, bsk_buf: BSK_KIND_BUF, \
	    bsk_fd: BSK_KIND_FD, bsk_list: BSK_KIND_LIST, \
	    struct bsk_parcel *: BSK_KIND_PARCEL, default: BSK_KIND_STRUCT)

/* A row of a field table. Further members of struct bsk_field may follow, as
 * designated initialisers. A nested struct needs `.type`; a list needs
 * `.element`, and `.type` when its elements are structs. */
#define BSK_FIELD(tag, member, doc_, ...) \
	{ .name = #member, .doc = doc_, \
	    .offset = offsetof(struct tag, member), \
	    .kind = BSK_KIND_OF(((struct tag *)0)->member), __VA_ARGS__ }

/* A type whose fields own nothing. */
#define BSK_TYPE(tag, doc_, table) \
	{ .name = #tag, .doc = doc_, .size = sizeof(struct tag), \
	    .fields = table, \
	    .field_count = sizeof(table) / sizeof((table)[0]) }

/* A type with a field that owns something: text, buf, fd, list, parcel, or a
 * nested struct that does. */
#define BSK_OWNING_TYPE(tag, doc_, table) \
	{ .name = #tag, .doc = doc_, .size = sizeof(struct tag), \
	    .fields = table, \
	    .field_count = sizeof(table) / sizeof((table)[0]), \
	    .marks = BSK_TYPE_OWNS }

/* A type of the control lane. */
#define BSK_CONTROL_TYPE(tag, doc_, table) \
	{ .name = #tag, .doc = doc_, .size = sizeof(struct tag), \
	    .fields = table, \
	    .field_count = sizeof(table) / sizeof((table)[0]), \
	    .marks = BSK_TYPE_CONTROL }

/* A type whose fields own nothing, and that no mailbox bounds. */
#define BSK_NEWS_TYPE(tag, doc_, table) \
	{ .name = #tag, .doc = doc_, .size = sizeof(struct tag), \
	    .fields = table, \
	    .field_count = sizeof(table) / sizeof((table)[0]), \
	    .marks = BSK_TYPE_NEWS }

/* Declares a type's descriptor: BSK_DECLARE(door_opened) declares
 * door_opened_type. */
#define BSK_DECLARE(tag) extern const struct bsk_type tag##_type

/* Looks whether a descriptor is sound: marks agree with the fields, ranges
 * and presets are possible. Returns 0 or -EINVAL; `ret_why`, when not NULL,
 * is then a phrase that lives for ever. */
int bsk_type_check(const struct bsk_type *type, const char **ret_why);

/* Drops whatever the fields of `body` own and clears it to zero. */
void bsk_type_drop(const struct bsk_type *type, void *body);

/* Deep copy of `from` into `ret_to`, which is overwritten and afterwards owns
 * its own text, lists and parcels, shares its buffers' storage and has
 * descriptors duplicated (close-on-exec). Returns 0, -ENOMEM or what
 * fcntl(2) F_DUPFD_CLOEXEC fails with; `ret_to` is untouched then. */
int bsk_type_copy(const struct bsk_type *type, const void *from, void *ret_to);

/* Whether some field of `body` was lost for want of memory. */
bool bsk_type_has_lost(const struct bsk_type *type, const void *body);

/* How many bytes `body` holds in memory, with what it owns. */
size_t bsk_type_weight(const struct bsk_type *type, const void *body);

/* The most bytes that a body of this type can hold with what it owns;
 * SIZE_MAX where a field has no bound. */
size_t bsk_type_bound(const struct bsk_type *type);

/* A parcel is a struct of any type on the heap, with its type beside it: a
 * config, or what one message carries inside another. It has one owner; the
 * field that holds it owns it. NULL is "no parcel" and is let pass by all of
 * these. */

/* A parcel that takes over the fields of `body`, as a struct assignment does;
 * the caller forgets its own copy. When there is no memory, or a field of
 * `body` was lost, the fields are dropped and the parcel is lost. Never
 * NULL. */
struct bsk_parcel *bsk_parcel_new(const struct bsk_type *type,
    const void *body);

/* A deep copy, as bsk_type_copy; lost where that fails. NULL of NULL. */
struct bsk_parcel *bsk_parcel_copy(const struct bsk_parcel *parcel);

/* Drops what the body owns and frees the parcel. */
void bsk_parcel_free(struct bsk_parcel *parcel);

/* Whether the parcel could not be made. */
bool bsk_parcel_is_lost(const struct bsk_parcel *parcel);

/* What is in it; NULL: nothing, or lost. */
const struct bsk_type *bsk_parcel_type(const struct bsk_parcel *parcel);

/* The struct, still owned by the parcel; NULL: nothing, or lost. */
const void *bsk_parcel_body(const struct bsk_parcel *parcel);

/* BSK_PARCEL(door_opened, .door = 3): a parcel of a struct written in place.
 * (C only.) */
#define BSK_PARCEL(tag, ...) \
	bsk_parcel_new(&tag##_type, &(struct tag){__VA_ARGS__})

/* Writes `body` for people, as {field: value, ...}, into `ret_chars` of
 * `size` bytes, always ended by a zero byte; longer output is cut. Secrets are
 * masked. Returns the length that the whole would have. */
size_t bsk_type_print(const struct bsk_type *type, const void *body,
    char *ret_chars, size_t size);

/* How bsk_type_to_json shows what is marked secret. */
enum bsk_secrecy {
	BSK_SECRETS_MASKED, /* "***" */
	BSK_SECRETS_SHOWN
};

/* `body` as a JSON object of its own; the caller frees it. -ENOMEM.
 *
 * A ref is "index.generation", nobody is null; text is a string (what is not
 * UTF-8 in it becomes U+FFFD), no text is null; a buffer is a string when its
 * bytes are UTF-8 without a zero, else {"base64": "..."}; a descriptor is its
 * number or null; a parcel is {"type": name, "body": {...}} or null, but one of
 * the field's own type is that struct alone; a number is written as its unit
 * says. All of these are read back, save descriptors and parcels of any type:
 * those are read from null only. */
int bsk_type_to_json(const struct bsk_type *type, const void *body,
    enum bsk_secrecy secrecy, struct bsk_json **ret_json);

/* One thing wrong in a JSON value that was meant to be of a type. */
struct bsk_json_fault {
	const struct bsk_json *where; /* the value, or the object that lacks a
	                               * key; NULL: nothing was given at all */
	const char *key;   /* the key in `where` that is meant; NULL: `where`
	                    * itself */
	const char *code;  /* a short stable word: "unknown-key", "missing-key",
	                    * "wrong-kind", "out-of-range", "too-short",
	                    * "too-long", "unknown-word", "not-whole",
	                    * "bad-duration", "bad-size", "bad-mode",
	                    * "bad-signal", "bad-ref", "bad-base64",
	                    * "not-readable" */
	const char *text;  /* for people; lives until `on_fault` returns */
	const char *hint;  /* what to do, or NULL; as `text` */
};

/* Told of each fault that is found. */
typedef void bsk_on_json_fault(void *arg, const struct bsk_json_fault *fault);

/* Fills `ret_body` from a JSON object: unknown keys, missing required ones,
 * wrong kinds and values out of range are all reported, not only the first;
 * a key "$comment" is let pass. Missing fields get their preset. `on_fault`
 * may be NULL. Returns 0, -EINVAL after faults (ret_body is then cleared and
 * owns nothing) or -ENOMEM. `json` NULL reads as {}. */
int bsk_type_from_json(const struct bsk_type *type,
    const struct bsk_json *json, void *ret_body,
    bsk_on_json_fault *on_fault, void *arg);

/* JSON Schema (draft 2020-12) of the type; the caller frees it. It has no
 * "$schema" key and no references, so that it can stand inside a larger
 * schema. A parcel of any type is any object in it: a deployment reads that
 * where the text before it names a class. -ENOMEM. */
int bsk_type_schema(const struct bsk_type *type, struct bsk_json **ret_json);

#ifdef __cplusplus
}
#endif

#endif
