/* left.c - who is left when a stop's time is over, and what they still hold. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <buskin/life.h>
#include <buskin/status.h>

#include "fault.h"
#include "left.h"
#include "phase.h"
#include "utf8.h"

#define TOLD_MAX 100 /* actors, each by a fault of its own */
#define KEPT_MAX 64  /* things that others keep for one of them */
#define GENERATIONS_MAX 1000
#define MS_NS 1000000

/* Something that somebody keeps for the actor. */
struct kept {
	const char *kind; /* "fds" */
	const char *what; /* borrowed */
	int32_t number;
};

/* One actor's words, as they are written. */
struct words {
	struct bsk_system *system;
	const struct left *left;
	bsk_ref actor;
	int64_t now_ns;
	unsigned phase; /* of the stop, in which its turn comes */
	struct kept kept[KEPT_MAX];
	unsigned kept_count;
	size_t size;
	char text[BSK_FAULT_CONTENT_MAX + 8]; /* to be cut */
};

static void add(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct words *words, const char *format, ...)
{
	size_t room = sizeof(words->text) - words->size;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(words->text + words->size, room, format, arguments);
	va_end(arguments);
	if (size > 0)
		words->size += (size_t)size < room ? (size_t)size : room - 1;
}

/* --- where it belongs ----------------------------------------------------- */

/* The guardian's child that it is, or descends from. Who is gone has no parent
 * any more, and then it is some other one. */
static struct cell *
root_of(struct bsk_system *system, struct cell *cell)
{
	for (unsigned i = 0; i < GENERATIONS_MAX; i++) {
		bsk_ref ref = { peek(&cell->parent) };
		struct cell *parent = cells_find(&system->cells, ref);

		if (parent == NULL || bsk_ref_is_nobody(ref) ||
		    bsk_ref_equal(ref, system->guardian))
			return cell;
		cell = parent;
	}
	return cell;
}

/* --- where it is in its life ---------------------------------------------- */

/* When it began to drain: as it was kept, or else as it was asked. */
static int64_t
drained_ns(const struct words *words, const struct bsk_actor_info *info)
{
	if (info->drain_ns == 0 &&
	    bsk_ref_equal(info->ref, words->left->asked))
		return words->left->asked_ns;
	return info->drain_ns;
}

static void
add_state(struct words *words, const struct bsk_actor_info *info)
{
	const struct left *left = words->left;
	int64_t from_ns = drained_ns(words, info);

	if (words->phase != 0 && words->phase != PHASE_LAST)
		add(words, "in phase %u, ", words->phase);
	add(words, "%s", bsk_state_text(info->state));
	if (info->state == BSK_STATE_DRAINING && from_ns != 0)
		add(words, " for %" PRId64 " ms",
		    (words->now_ns - from_ns) / MS_NS);
	else if (bsk_ref_equal(info->ref, left->asked))
		add(words, ", asked to stop %" PRId64 " ms ago",
		    (words->now_ns - left->asked_ns) / MS_NS);
	else if (bsk_ref_equal(info->parent, words->system->guardian))
		add(words, ", not asked to stop yet");
}

/* --- what the runtime counts ---------------------------------------------- */

static void
add_counts(struct words *words, const struct bsk_actor_info *info)
{
	const struct {
		uint32_t count;
		const char *one;
		const char *many;
	} counts[] = {
		{ info->depth, "message waits", "messages wait" },
		{ info->held, "held", "held" },
		{ info->timers, "timer", "timers" },
		{ info->asks, "ask", "asks" },
	};
	const char *before = "; ";

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (counts[i].count == 0)
			continue;
		add(words, "%s%" PRIu32 " %s", before, counts[i].count,
		    counts[i].count == 1 ? counts[i].one : counts[i].many);
		before = ", ";
	}
}

static void
add_waits(struct words *words, const struct bsk_actor_info *info)
{
	char whom[BSK_INSPECT_WORDS_SIZE];

	if (bsk_ref_is_nobody(info->waits_for))
		return;
	bsk_inspect_words(words->system, info->waits_for, whom, sizeof(whom));
	add(words, "; waits for room at %s", whom);
}

/* --- what actors keep for each other -------------------------------------- */

/* Several may know of the same: a stream of its descriptor, and the reactor. */
static bool
is_kept(const struct words *words, const char *kind, int32_t number)
{
	for (unsigned i = 0; i < words->kept_count; i++)
		if (words->kept[i].number == number &&
		    strcmp(words->kept[i].kind, kind) == 0)
			return true;
	return false;
}

static int
keep(void *arg, const char *kind, const bsk_list *list, bsk_ref keeper)
{
	const struct bsk_resource *items = list->items;
	struct words *words = arg;

	for (uint32_t i = 0; i < list->count; i++) {
		bsk_ref owner = bsk_ref_is_nobody(items[i].owner) ? keeper :
		    items[i].owner;

		if (!bsk_ref_equal(owner, words->actor) ||
		    is_kept(words, kind, items[i].number))
			continue;
		if (words->kept_count == KEPT_MAX)
			return 1;
		words->kept[words->kept_count++] = (struct kept){ kind,
		    bsk_text_chars(items[i].what), items[i].number };
	}
	return 0;
}

static void
add_kind(struct words *words, const char *kind)
{
	const char *before = "";

	add(words, "; %s ", kind);
	for (unsigned i = 0; i < words->kept_count; i++) {
		const struct kept *kept = &words->kept[i];
		bool has_words = kept->what[0] != '\0';

		if (strcmp(kept->kind, kind) != 0)
			continue;
		add(words, "%s%" PRId32 "%s%s%s", before, kept->number,
		    has_words ? " (" : "", kept->what, has_words ? ")" : "");
		before = ", ";
	}
}

static void
add_kept(struct words *words)
{
	bool is_cut = bsk_survey_resources(&words->left->survey, keep,
	    words) != 0;

	for (unsigned i = 0; i < words->kept_count; i++) {
		unsigned first = 0;

		while (strcmp(words->kept[first].kind,
		    words->kept[i].kind) != 0)
			first++;
		if (first == i)
			add_kind(words, words->kept[i].kind);
	}
	if (is_cut)
		add(words, "; and more");
}

static bool
write_all(void *arg, const struct bsk_actor_info *info)
{
	struct words *words = arg;

	add_state(words, info);
	add_counts(words, info);
	add_waits(words, info);
	add_kept(words);
	return true;
}

/* --- all of them ---------------------------------------------------------- */

static bool
is_left(struct bsk_system *system, struct cell *cell, bool are_last)
{
	enum life life = cell_stage(cell);

	return life != LIFE_NONE && life != LIFE_OVER &&
	    !bsk_ref_equal(cell_ref(cell), system->guardian) &&
	    are_last == (phase_of(system, root_of(system, cell)) ==
	    PHASE_LAST);
}

/* Of one that has ended meanwhile there is nothing to tell. */
static void
tell(struct worker *worker, const struct left *left, struct cell *cell)
{
	struct words words;

	words.system = worker->system;
	words.left = left;
	words.actor = cell_ref(cell);
	words.now_ns = worker->os->now(worker->os);
	words.phase = phase_of(worker->system,
	    root_of(worker->system, cell));
	words.kept_count = 0;
	words.size = 0;
	if (bsk_inspect_actor(worker->system, words.actor, write_all,
	    &words) != 0)
		return;
	words.text[utf8_cut(words.text, BSK_FAULT_CONTENT_MAX)] = '\0';
	fault_tell_content(worker, cell, &bsk_drain_type, -ETIMEDOUT,
	    bsk_text_copy(words.text));
}

void
left_tell(struct worker *worker, const struct left *left, bool are_last)
{
	struct bsk_system *system = worker->system;
	uint32_t count = cells_count(&system->cells);
	unsigned told = 0;
	unsigned more = 0;

	for (uint32_t i = 1; i < count; i++) {
		struct cell *cell = cells_find(&system->cells, (bsk_ref){i});

		if (!is_left(system, cell, are_last))
			continue;
		if (told++ < TOLD_MAX)
			tell(worker, left, cell);
		else
			more++;
	}
	if (more > 0)
		fault_tell_content(worker,
		    cells_find(&system->cells, system->guardian),
		    &bsk_drain_type, -ETIMEDOUT,
		    bsk_text_format("%u more actors are left", more));
}
