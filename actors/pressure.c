/* actors/pressure.c - how much waits to be written, told at its two marks.
 *
 *   says    bsk_stream_pressure   to whoever wants to know
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/pressure.h>

#define HIGH_DEFAULT 65536
#define ROOM_LEAST 4

int
bsk_pressure_set(struct bsk_pressure *pressure, uint64_t high_water,
    uint64_t low_water)
{
	uint64_t high = high_water > 0 ? high_water : HIGH_DEFAULT;

	if (high_water == 0 && low_water > 0)
		high = low_water < UINT64_MAX / 4 ? 4 * low_water : UINT64_MAX;
	if (low_water > high)
		return -EINVAL;
	pressure->high_water = high;
	pressure->low_water = low_water > 0 ? low_water : high / 4;
	return 0;
}

void
bsk_pressure_limit(struct bsk_pressure *pressure, bsk_ctx *ctx,
    const struct bsk_stream_limit *limit)
{
	struct bsk_result result = {
		.error = bsk_pressure_set(
		    pressure, limit->high_water, limit->low_water),
	};

	if (result.error < 0) {
		result.text = bsk_text_copy("it is above high_water");
		result.field = bsk_text_copy("low_water");
	}
	(void)bsk_reply(ctx, bsk_message_new(&bsk_result_type, &result));
}

static void
tell(const struct bsk_pressure *pressure, bsk_ctx *ctx, bsk_ref who)
{
	(void)bsk_send(ctx, who, BSK_NEW(bsk_stream_pressure,
	    .on = pressure->on, .waiting_bytes = pressure->waiting_bytes));
}

static int
grow(struct bsk_pressure *pressure)
{
	uint32_t room = pressure->room > 0 ? 2 * pressure->room : ROOM_LEAST;
	bsk_ref *watchers = realloc(pressure->watchers, room * sizeof(bsk_ref));

	if (watchers == NULL)
		return -ENOMEM;
	pressure->watchers = watchers;
	pressure->room = room;
	return 0;
}

int
bsk_pressure_watch(struct bsk_pressure *pressure, bsk_ctx *ctx)
{
	bsk_ref who = bsk_sender(ctx);
	uint64_t monitor;
	uint32_t index;

	if (bsk_ref_is_nobody(who))
		return 0;
	for (index = 0; index < pressure->count; index++)
		if (bsk_ref_equal(pressure->watchers[index], who))
			return 0;
	if (pressure->count == pressure->room && grow(pressure) < 0)
		return -ENOMEM;
	if (bsk_monitor(ctx, who, &monitor) < 0)
		return -ENOMEM;
	pressure->watchers[pressure->count++] = who;
	if (pressure->on)
		tell(pressure, ctx, who);
	return 0;
}

void
bsk_pressure_forget(struct bsk_pressure *pressure, bsk_ref who)
{
	uint32_t index = 0;

	while (index < pressure->count &&
	    !bsk_ref_equal(pressure->watchers[index], who))
		index++;
	if (index < pressure->count)
		pressure->watchers[index] =
		    pressure->watchers[--pressure->count];
}

void
bsk_pressure_note(struct bsk_pressure *pressure, bsk_ctx *ctx,
    uint64_t waiting_bytes)
{
	bool on = pressure->on ? waiting_bytes > pressure->low_water :
	    waiting_bytes > pressure->high_water;
	uint32_t index;

	pressure->waiting_bytes = waiting_bytes;
	if (on == pressure->on)
		return;
	pressure->on = on;
	for (index = 0; index < pressure->count; index++)
		tell(pressure, ctx, pressure->watchers[index]);
}

void
bsk_pressure_release(struct bsk_pressure *pressure)
{
	free(pressure->watchers);
	*pressure = (struct bsk_pressure){ .watchers = NULL };
}
