/* frame.c - how a byte stream is cut into messages, and back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/frame.h>

#define ROOM_LEAST 256

const char *const bsk_frame_names[] = {
	[BSK_FRAME_NONE] = "none",
	[BSK_FRAME_LINES] = "lines",
	[BSK_FRAME_JSON_LINES] = "json-lines",
	[BSK_FRAME_LENGTH] = "length-prefix",
	[BSK_FRAME_NETSTRING] = "netstring",
	NULL,
};

/* Where a frame that tells its length lies. */
struct extent {
	size_t head; /* bytes before it */
	size_t body; /* bytes of its own */
	size_t need; /* bytes from its beginning that must be there for a
	              * further look; the whole, when all is known */
};

/* Keeps the beginning of a frame whose rest has not come yet. */
static int
keep(struct bsk_cutter *cutter, const unsigned char *bytes, size_t size)
{
	size_t room = cutter->torn_room > 0 ? cutter->torn_room : ROOM_LEAST;
	unsigned char *torn;

	while (room < cutter->torn_size + size)
		room *= 2;
	if (room != cutter->torn_room) {
		torn = realloc(cutter->torn, room);
		if (torn == NULL)
			return -ENOMEM;
		cutter->torn = torn;
		cutter->torn_room = room;
	}
	memcpy(cutter->torn + cutter->torn_size, bytes, size);
	cutter->torn_size += size;
	return 0;
}

static int
give(bsk_buf frame, bsk_buf *ret_frame)
{
	if (bsk_buf_is_lost(&frame))
		return -ENOMEM;
	*ret_frame = frame;
	return 1;
}

/* Gives what was kept and forgets it. */
static int
give_kept(struct bsk_cutter *cutter, size_t head, size_t body,
    bsk_buf *ret_frame)
{
	cutter->torn_size = 0;
	return give(bsk_buf_copy(cutter->torn + head, body), ret_frame);
}

static int
next_line(struct bsk_cutter *cutter, const bsk_buf *input, size_t *at,
    bsk_buf *ret_frame)
{
	const unsigned char *from = input->bytes + *at;
	size_t left = input->size - *at;
	const unsigned char *end = memchr(from, '\n', left);
	size_t size = end == NULL ? left : (size_t)(end - from) + 1;
	size_t line = cutter->torn_size + size;
	int error;

	if (line - (end != NULL) > cutter->max)
		return -EMSGSIZE;
	*at += size;
	if (end != NULL && cutter->torn_size == 0)
		return give(bsk_buf_slice(input, *at - size, size), ret_frame);
	error = keep(cutter, from, size);
	if (error < 0 || end == NULL)
		return error;
	return give_kept(cutter, 0, line, ret_frame);
}

static int
measure_length(size_t max, const unsigned char *bytes, size_t size,
    struct extent *ret_extent)
{
	size_t index;

	ret_extent->head = sizeof(uint32_t);
	ret_extent->body = 0;
	ret_extent->need = ret_extent->head;
	if (size < ret_extent->head)
		return 0;
	for (index = 0; index < ret_extent->head; index++)
		ret_extent->body = ret_extent->body << 8 | bytes[index];
	ret_extent->need += ret_extent->body;
	return ret_extent->body > max ? -EMSGSIZE : 0;
}

static bool
is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Reads the digits of a netstring's length. Returns how many there are. */
static int
read_length(size_t max, const unsigned char *bytes, size_t size,
    size_t *ret_length)
{
	size_t length = 0;
	int digits = 0;

	while ((size_t)digits < size && is_digit(bytes[digits])) {
		if (digits > 0 && bytes[0] == '0')
			return -EBADMSG;
		length = 10 * length + (size_t)(bytes[digits++] - '0');
		if (length > max)
			return -EMSGSIZE;
	}
	*ret_length = length;
	return digits;
}

static int
measure_netstring(size_t max, const unsigned char *bytes, size_t size,
    struct extent *ret_extent)
{
	int digits = read_length(max, bytes, size, &ret_extent->body);

	if (digits < 0)
		return digits;
	ret_extent->need = size + 1;
	if ((size_t)digits == size)
		return 0;
	if (digits == 0 || bytes[digits] != ':')
		return -EBADMSG;
	ret_extent->head = (size_t)digits + 1;
	ret_extent->need = ret_extent->head + ret_extent->body + 1;
	if (size >= ret_extent->need && bytes[ret_extent->need - 1] != ',')
		return -EBADMSG;
	return 0;
}

static int
measure(const struct bsk_cutter *cutter, const unsigned char *bytes,
    size_t size, struct extent *ret_extent)
{
	if (cutter->frame == BSK_FRAME_LENGTH)
		return measure_length(cutter->max, bytes, size, ret_extent);
	return measure_netstring(cutter->max, bytes, size, ret_extent);
}

/* Goes on with a frame whose beginning was kept. */
static int
next_torn(struct bsk_cutter *cutter, const bsk_buf *input, size_t *at,
    bsk_buf *ret_frame)
{
	size_t size = input->size - *at;
	struct extent extent;
	int error;

	if (size > cutter->need - cutter->torn_size)
		size = cutter->need - cutter->torn_size;
	error = keep(cutter, input->bytes + *at, size);
	*at += size;
	if (error < 0 || cutter->torn_size < cutter->need)
		return error;
	error = measure(cutter, cutter->torn, cutter->torn_size, &extent);
	if (error < 0)
		return error;
	cutter->need = extent.need;
	if (cutter->torn_size < extent.need)
		return 0;
	return give_kept(cutter, extent.head, extent.body, ret_frame);
}

static int
next_counted(struct bsk_cutter *cutter, const bsk_buf *input, size_t *at,
    bsk_buf *ret_frame)
{
	const unsigned char *from = input->bytes + *at;
	size_t size = input->size - *at;
	struct extent extent;
	size_t place;
	int error;

	if (cutter->torn_size > 0)
		return next_torn(cutter, input, at, ret_frame);
	error = measure(cutter, from, size, &extent);
	if (error < 0)
		return error;
	if (extent.need <= size) {
		place = *at + extent.head;
		*at += extent.need;
		return give(
		    bsk_buf_slice(input, place, extent.body), ret_frame);
	}
	cutter->need = extent.need;
	*at += size;
	return keep(cutter, from, size);
}

static int
next_piece(const bsk_buf *input, size_t *at, bsk_buf *ret_frame)
{
	size_t from = *at;

	*at = input->size;
	return give(bsk_buf_slice(input, from, input->size - from), ret_frame);
}

int
bsk_cutter_next(struct bsk_cutter *cutter, const bsk_buf *input, size_t *at,
    bsk_buf *ret_frame)
{
	int result = 0;

	while (result == 0 && *at < input->size) {
		if (cutter->frame == BSK_FRAME_NONE)
			result = next_piece(input, at, ret_frame);
		else if (cutter->frame <= BSK_FRAME_JSON_LINES)
			result = next_line(cutter, input, at, ret_frame);
		else
			result = next_counted(cutter, input, at, ret_frame);
	}
	return result;
}

int
bsk_cutter_end(struct bsk_cutter *cutter, bsk_buf *ret_frame)
{
	int error;

	if (cutter->torn_size == 0)
		return 0;
	if (cutter->frame <= BSK_FRAME_JSON_LINES) {
		error = keep(cutter, (const unsigned char *)"\n", 1);
		return error < 0 ? error :
		    give_kept(cutter, 0, cutter->torn_size, ret_frame);
	}
	cutter->torn_size = 0;
	return -EBADMSG;
}

void
bsk_cutter_release(struct bsk_cutter *cutter)
{
	free(cutter->torn);
	cutter->torn = NULL;
	cutter->torn_size = 0;
	cutter->torn_room = 0;
}

/* --- and back --------------------------------------------------------- */

static int
wrap(const char *head, size_t head_size, const bsk_buf *body,
    const char *tail, bsk_buf *ret_bytes)
{
	size_t tail_size = strlen(tail);
	unsigned char *bytes;
	bsk_buf whole;
	int error = bsk_buf_new(
	    head_size + body->size + tail_size, &whole, &bytes);

	if (error < 0)
		return error;
	memcpy(bytes, head, head_size);
	if (body->size > 0)
		memcpy(bytes + head_size, body->bytes, body->size);
	memcpy(bytes + head_size + body->size, tail, tail_size);
	*ret_bytes = whole;
	return 0;
}

static bool
is_line(const bsk_buf *body)
{
	return body->size == 0 || body->bytes[body->size - 1] == '\n';
}

int
bsk_frame_encode(enum bsk_frame frame, const bsk_buf *body, bsk_buf *ret_bytes)
{
	uint32_t size = (uint32_t)body->size;
	char head[16];

	if (body->size > UINT32_MAX)
		return -EMSGSIZE;
	switch (frame) {
	case BSK_FRAME_LENGTH:
		head[0] = (char)(size >> 24);
		head[1] = (char)(size >> 16 & 0xff);
		head[2] = (char)(size >> 8 & 0xff);
		head[3] = (char)(size & 0xff);
		return wrap(head, 4, body, "", ret_bytes);
	case BSK_FRAME_NETSTRING:
		(void)snprintf(head, sizeof(head), "%u:", size);
		return wrap(head, strlen(head), body, ",", ret_bytes);
	case BSK_FRAME_LINES:
	case BSK_FRAME_JSON_LINES:
		if (!is_line(body))
			return wrap("", 0, body, "\n", ret_bytes);
		break;
	case BSK_FRAME_NONE:
		break;
	}
	*ret_bytes = bsk_buf_share(body);
	return 0;
}
