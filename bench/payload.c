/* payload.c - 64 KiB at a time: one fills a buffer, the other reads a byte of
 * each page and lets it go.
 */
#include <string.h>

#include "workload.h"

#define MESSAGES 200000u
#define SIZE 65536u
#define PAGE 4096u
#define WINDOW 256u
#define CREDIT 64u

struct load {
	bsk_buf bytes;
};
BSK_DECLARE(load);
static const struct bsk_field load_fields[] = {
	BSK_FIELD(load, bytes, "the payload"),
};
const struct bsk_type load_type =
    BSK_OWNING_TYPE(load, "a payload", load_fields);

/* --- who fills --- */

struct filler_config {
	bsk_ref to;
};
BSK_DECLARE(filler_config);
static const struct bsk_field filler_fields[] = {
	BSK_FIELD(filler_config, to, "to whom"),
};
const struct bsk_type filler_config_type =
    BSK_TYPE(filler_config, "a filler", filler_fields);

struct filler {
	uint64_t sent;
};

/* So many more may be in flight. */
BSK_HANDLER(filler_go, filler, go)
{
	const struct filler_config *config = bsk_config(ctx);
	int result = 0;

	for (uint64_t i = 0; i < body->count && result == 0 &&
	    self->sent < MESSAGES; i++) {
		unsigned char *bytes;
		bsk_buf buf;

		result = bsk_buf_new(SIZE, &buf, &bytes);
		if (result < 0)
			return result;
		memset(bytes, (int)(self->sent & 0xff), SIZE);
		self->sent++;
		result = bsk_send(ctx, config->to,
		    BSK_NEW(load, .bytes = buf));
	}
	return result;
}

static const struct bsk_handler filler_handlers[] = {
	BSK_ON(go, filler_go),
};
static const struct bsk_class filler_class = BSK_CLASS(filler, "filler",
    "fills", filler_handlers, .config = &filler_config_type);

/* --- who reads --- */

struct reader {
	uint64_t got;
	uint64_t sum;
};

BSK_HANDLER(reader_load, reader, load)
{
	for (size_t at = 0; at < body->bytes.size; at += PAGE)
		self->sum += body->bytes.bytes[at];
	if (++self->got == MESSAGES)
		bench_done();
	if (self->got % CREDIT == 0)
		return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(go,
		    .count = CREDIT));
	return 0;
}

static const struct bsk_handler reader_handlers[] = {
	BSK_ON(load, reader_load),
};
static const struct bsk_class reader_class =
    BSK_CLASS(reader, "reader", "reads", reader_handlers);

static void
payload(const struct bench *bench)
{
	struct bsk_spawn_options wide = {
		.capacity_bytes = (uint64_t)2 * WINDOW * SIZE,
	};
	bsk_ref reader = bench_spawn(bench, &reader_class, NULL, &wide);
	bsk_ref filler = bench_spawn(bench, &filler_class,
	    BSK_PARCEL(filler_config, .to = reader), NULL);
	int64_t begun_ns = io_now_ns();
	double seconds;

	io_must(bsk_system_send(bench->system, filler,
	    BSK_NEW(go, .count = WINDOW)), "send");
	bench_wait(1);
	seconds = (double)(io_now_ns() - begun_ns) / 1e9;
	bench_print(bench, "rate", (double)MESSAGES * SIZE /
	    (seconds * 1073741824), "GiB/s");
}

const struct workload workload_payload = { "payload", payload };
