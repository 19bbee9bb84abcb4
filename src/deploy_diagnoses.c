/* src/deploy_diagnoses.c - a list of mistakes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_clean.h"
#include "deploy_diagnoses.h"

struct entry {
	struct bsk_diagnosis shown; /* all its texts are ours, but the code */
	size_t rank;   /* of the file */
	size_t number; /* in the order of finding */
};

struct bsk_diagnoses {
	struct entry *entries;
	size_t count;
	size_t room;   /* of entries */
};

bsk_diagnoses *
bsk_diagnoses_new(void)
{
	return calloc(1, sizeof(struct bsk_diagnoses));
}

/* Casting the const away: these came from malloc. */
static void
release(struct bsk_diagnosis *shown)
{
	free((char *)shown->file);
	free((char *)shown->pointer);
	free((char *)shown->text);
	free((char *)shown->hint);
	free((char *)shown->excerpt);
}

void
bsk_diagnoses_free(bsk_diagnoses *diagnoses)
{
	size_t i;

	if (diagnoses == NULL)
		return;
	for (i = 0; i < diagnoses->count; i++)
		release(&diagnoses->entries[i].shown);
	free(diagnoses->entries);
	free(diagnoses);
}

static int
make_room(bsk_diagnoses *diagnoses)
{
	size_t room = diagnoses->room == 0 ? 16 : 2 * diagnoses->room;
	struct entry *entries;

	if (diagnoses->count < diagnoses->room)
		return 0;
	entries = realloc(diagnoses->entries, room * sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	diagnoses->entries = entries;
	diagnoses->room = room;
	return 0;
}

/* NULL of NULL; `have` becomes false for want of memory. */
static const char *
copy(const char *chars, bool *have)
{
	char *clean = NULL;

	if (chars != NULL) {
		clean = deploy_clean(chars, strlen(chars));
		*have = *have && clean != NULL;
	}
	return clean;
}

int
deploy_diagnoses_add(bsk_diagnoses *diagnoses, size_t rank,
    const struct bsk_diagnosis *diagnosis)
{
	struct entry entry = {*diagnosis, rank, diagnoses->count};
	bool have = true;

	if (make_room(diagnoses) < 0)
		return -ENOMEM;
	entry.shown.file = copy(diagnosis->file, &have);
	entry.shown.pointer = copy(diagnosis->pointer, &have);
	entry.shown.text = copy(diagnosis->text, &have);
	entry.shown.hint = copy(diagnosis->hint, &have);
	entry.shown.excerpt = copy(diagnosis->excerpt, &have);
	if (!have) {
		release(&entry.shown);
		return -ENOMEM;
	}
	diagnoses->entries[diagnoses->count++] = entry;
	return 0;
}

bool
deploy_diagnoses_has(const bsk_diagnoses *diagnoses, size_t rank,
    size_t offset, const char *code)
{
	const struct entry *entry = diagnoses->entries;
	size_t left;

	for (left = diagnoses->count; left > 0; left--, entry++)
		if (entry->rank == rank &&
		    entry->shown.place.offset == offset &&
		    strcmp(entry->shown.code, code) == 0)
			return true;
	return false;
}

static int
order(size_t one, size_t other)
{
	return (one > other) - (one < other);
}

static int
compare(const void *left, const void *right)
{
	const struct entry *one = left;
	const struct entry *other = right;
	int result = order(one->rank, other->rank);

	if (result == 0)
		result = order(one->shown.place.offset,
		    other->shown.place.offset);
	if (result == 0)
		result = order(one->number, other->number);
	return result;
}

void
deploy_diagnoses_sort(bsk_diagnoses *diagnoses)
{
	if (diagnoses->count > 1)
		qsort(diagnoses->entries, diagnoses->count,
		    sizeof(diagnoses->entries[0]), compare);
}

size_t
bsk_diagnoses_count(const bsk_diagnoses *diagnoses)
{
	return diagnoses->count;
}

size_t
bsk_diagnoses_errors(const bsk_diagnoses *diagnoses)
{
	size_t errors = 0;
	size_t i;

	for (i = 0; i < diagnoses->count; i++)
		errors += diagnoses->entries[i].shown.severity == BSK_ERROR;
	return errors;
}

const struct bsk_diagnosis *
bsk_diagnoses_at(const bsk_diagnoses *diagnoses, size_t index)
{
	if (index >= diagnoses->count)
		return NULL;
	return &diagnoses->entries[index].shown;
}
