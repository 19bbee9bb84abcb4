/* actors/nng_cut.c - cutting messages that are too long for nng. */
#include <errno.h>
#include <string.h>

#include <buskin/nng.h>

#define LENGTH 8
#define HEADER (1 + LENGTH)

static uint64_t
length_at(const unsigned char *bytes)
{
	uint64_t length = 0;
	size_t i;

	for (i = 0; i < LENGTH; i++)
		length = length << 8 | bytes[i];
	return length;
}

static void
set_length(unsigned char *bytes, uint64_t length)
{
	size_t i;

	for (i = LENGTH; i-- > 0; length >>= 8)
		bytes[i] = (unsigned char)length;
}

/* Looks at a header, and shortens it where its message is too long. */
static int
begin(struct bsk_nng_cutter *cutter, unsigned char *header)
{
	uint64_t length = length_at(header + 1);

	if (header[0] != 1)
		return -EPROTO;
	if (length <= cutter->message_max) {
		cutter->pass = HEADER + length;
		return 0;
	}
	cutter->pass = HEADER + cutter->message_max;
	cutter->skip = length - cutter->message_max;
	cutter->cut++;
	set_length(header + 1, cutter->message_max);
	return 0;
}

static size_t
least(uint64_t one, size_t other)
{
	return one < other ? (size_t)one : other;
}

int
bsk_nng_cut(struct bsk_nng_cutter *cutter, unsigned char *bytes, size_t *size,
    size_t *ret_ready)
{
	size_t ready = 0;
	size_t some;
	int result = 0;

	while (result == 0 && ready < *size) {
		some = least(cutter->pass, *size - ready);
		ready += some;
		cutter->pass -= some;
		if (cutter->pass > 0)
			break;
		some = least(cutter->skip, *size - ready);
		*size -= some;
		memmove(bytes + ready, bytes + ready + some, *size - ready);
		cutter->skip -= some;
		if (cutter->skip > 0 || *size - ready < HEADER)
			break;
		result = begin(cutter, bytes + ready);
	}
	if (result == 0)
		*ret_ready = ready;
	return result;
}
