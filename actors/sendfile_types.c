/* actors/sendfile_types.c - the words about files in a stream's output. */
#include <buskin/sendfile.h>

const char *const bsk_sent_reason_names[] = {
	"all", "file-end", "refused", "cannot", "unreadable", "peer-gone",
	"cancelled", NULL,
};

static const struct bsk_field sendfile_fields[] = {
	BSK_FIELD(bsk_stream_sendfile, fd, "to read from"),
	BSK_FIELD(bsk_stream_sendfile, offset, "of the first byte", .min = 0,
	    .max = INT64_MAX),
	BSK_FIELD(bsk_stream_sendfile, count, "bytes", .min = 0,
	    .max = INT64_MAX),
	BSK_FIELD(bsk_stream_sendfile, to_end, "as far as the file goes"),
	BSK_FIELD(bsk_stream_sendfile, no_copy,
	    "where the kernel cannot, do not copy"),
	BSK_FIELD(bsk_stream_sendfile, seek,
	    "move the descriptor's own position along"),
	BSK_FIELD(bsk_stream_sendfile, ticket, "to be told again"),
};
const struct bsk_type bsk_stream_sendfile_type = BSK_OWNING_TYPE(
    bsk_stream_sendfile, "send a part of a file", sendfile_fields);

static const struct bsk_field sent_fields[] = {
	BSK_FIELD(bsk_stream_sent, ticket, "as it was asked"),
	BSK_FIELD(bsk_stream_sent, error, "0 or a negative errno"),
	BSK_FIELD(bsk_stream_sent, reason, "why no more is sent",
	    .names = bsk_sent_reason_names),
	BSK_FIELD(bsk_stream_sent, bytes, "given to the kernel",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_stream_sent, offset, "behind the last of these"),
	BSK_FIELD(bsk_stream_sent, fd, "what was sent from"),
	BSK_FIELD(bsk_stream_sent, text, "why, for people"),
	BSK_FIELD(bsk_stream_sent, field, "of the request, if it is at fault"),
};
const struct bsk_type bsk_stream_sent_type = {
	.name = "bsk_stream_sent",
	.doc = "no more of the file will be sent",
	.size = sizeof(struct bsk_stream_sent),
	.fields = sent_fields,
	.field_count = sizeof(sent_fields) / sizeof(sent_fields[0]),
	.marks = BSK_TYPE_OWNS | BSK_TYPE_NEWS,
};

static const struct bsk_field cancel_fields[] = {
	BSK_FIELD(bsk_stream_sendfile_cancel, ticket, "of which files"),
};
const struct bsk_type bsk_stream_sendfile_cancel_type =
	BSK_NEWS_TYPE(bsk_stream_sendfile_cancel,
	    "send no more of these files", cancel_fields);
