/* src/nearest.c - "did you mean": the word nearest to one that is unknown. */
#include <string.h>

#include "nearest.h"

/* Longer words are never near: it keeps the table small and the time bounded
 * whatever a stranger writes. */
#define WORD_MAX 48

/* How far off a word may be: one change in three characters. */
#define CHARACTERS_PER_CHANGE 3

void
nearest_start(struct nearest *nearest, const char *given)
{
	*nearest = (struct nearest){given, NULL, 0};
}

static size_t
least(size_t one, size_t other)
{
	return one < other ? one : other;
}

static char
fold(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (char)(byte - 'A' + 'a');
	return byte == '_' ? '-' : byte;
}

/* Insertions, deletions, replacements and swaps of neighbours, where case and
 * the kind of dash do not count. */
static size_t
distance_of(const char *one, const char *other)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];
	size_t *spare;
	size_t i;
	size_t j;

	for (j = 0; j <= strlen(other); j++)
		above[j] = j;
	for (i = 1; one[i - 1] != '\0'; i++) {
		row[0] = i;
		for (j = 1; other[j - 1] != '\0'; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] +
			    (fold(one[i - 1]) != fold(other[j - 1])));
			if (i > 1 && j > 1 &&
			    fold(one[i - 1]) == fold(other[j - 2]) &&
			    fold(one[i - 2]) == fold(other[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[strlen(other)];
}

void
nearest_offer(struct nearest *nearest, const char *word)
{
	size_t length = strnlen(nearest->given, WORD_MAX + 1);
	size_t distance;

	if (length > WORD_MAX || strnlen(word, WORD_MAX + 1) > WORD_MAX)
		return;
	distance = distance_of(nearest->given, word);
	if (distance > (length + CHARACTERS_PER_CHANGE - 1) /
	    CHARACTERS_PER_CHANGE || distance >= strlen(word))
		return;
	if (nearest->best != NULL && distance >= nearest->distance)
		return;
	nearest->best = word;
	nearest->distance = distance;
}
