/* tests/sample_type.h - a type with a field of every kind. */
#ifndef BUSKIN_TESTS_SAMPLE_TYPE_H
#define BUSKIN_TESTS_SAMPLE_TYPE_H

#include <buskin/field.h>

/* A nested struct that owns. */
struct sample_part {
	bsk_text label;
	int32_t weight; /* -10..10 */
};
BSK_DECLARE(sample_part);

/* A tree: a type that holds itself. */
struct sample_tree {
	uint8_t value;
	bsk_list children; /* of sample_tree */
};
BSK_DECLARE(sample_tree);

/* One of each. */
struct sample {
	bool flag;
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	double ratio;        /* 0..1 */
	bsk_ref who;
	int64_t every_ns;
	uint64_t limit_bytes;
	uint32_t mode;
	int32_t signal;
	uint64_t total;      /* a counter */
	uint32_t policy;     /* an enumeration */
	struct sample_part part;
	bsk_text name;       /* up to 16 bytes */
	bsk_text password;   /* secret */
	bsk_buf data;        /* up to 1 KiB */
	bsk_fd fd;
	bsk_list texts;      /* of bsk_text */
	bsk_list numbers;    /* of uint16_t, up to 4 */
	bsk_list parts;      /* of sample_part */
	bsk_list bufs;       /* of bsk_buf */
	bsk_list times;      /* of int64_t, nanoseconds */
	struct bsk_parcel *parcel;
};
BSK_DECLARE(sample);

/* A struct that owns nothing and has presets. */
struct sample_config {
	int64_t period_ns;
	uint32_t retries;    /* 1.. */
	uint32_t policy;
	double jitter;
};
BSK_DECLARE(sample_config);

/* What cannot be left out. */
struct sample_needs {
	bsk_text path;       /* 1..107 bytes, required */
	uint32_t port;       /* required */
	struct sample_config config;
};
BSK_DECLARE(sample_needs);

/* Fills every field. False: for want of memory or descriptors some of it is
 * lost or missing; drop it in any case. */
bool sample_fill(struct sample *ret_sample);

#endif
