/* deadlock.c - what becomes of actors that wait for each other in a ring. */
#include <errno.h>
#include <stdio.h>

#include "deadlock.h"
#include "fault.h"
#include "life.h"
#include "waits.h"

#define NAMES_SIZE 1024
#define NAMED_MAX 8 /* of a ring; of a longer one "..." stands for the rest */

/* Whom an actor began to wait for last. */
static bsk_ref
awaited_by(struct cell *cell)
{
	struct extras *extras = cell == NULL ? NULL : cell_has_extras(cell);

	return (bsk_ref){extras == NULL ? 0 : peek(&extras->waits_for)};
}

/* "ann (clerk)" or "(clerk)", as the log has it; how long that is. */
static size_t
put_name(struct bsk_system *system, bsk_ref who, char *to, size_t size)
{
	struct cell *cell = cells_find(&system->cells, who);
	const struct bsk_class *class_ = cell_class(cell);
	char name[DIRECTORY_NAME_MAX + 1];
	int length;

	if (!directory_name_of(&system->directory, who, name, sizeof(name)))
		name[0] = '\0';
	length = snprintf(to, size, "%s%s(%s)", name,
	    name[0] == '\0' ? "" : " ",
	    class_ == NULL ? "gone" : class_->name);
	return length < 0 ? 0 : (size_t)length;
}

/* "bob (clerk), (desk)": whom it waits for, and so on round the ring. They
 * stand still; each is asked for its latest wait, which may lead elsewhere. */
static void
name_ring(struct bsk_system *system, struct cell *cell, char *ret_names)
{
	bsk_ref first = cell_ref(cell);
	bsk_ref next = awaited_by(cell);
	size_t size = 0;

	ret_names[0] = '\0';
	for (unsigned i = 0; !bsk_ref_is_nobody(next) &&
	    !bsk_ref_equal(next, first) && size < NAMES_SIZE - 1; i++) {
		if (i > 0)
			size += (size_t)snprintf(ret_names + size,
			    NAMES_SIZE - size, ", ");
		if (i == NAMED_MAX) {
			(void)snprintf(ret_names + size, NAMES_SIZE - size,
			    "...");
			return;
		}
		if (size < NAMES_SIZE)
			size += put_name(system, next, ret_names + size,
			    NAMES_SIZE - size);
		next = awaited_by(cells_find(&system->cells, next));
	}
}

void
deadlock_break(struct worker *worker, struct cell *cell)
{
	char names[NAMES_SIZE];

	name_ring(worker->system, cell, names);
	fault_tell_content(worker, cell, NULL, -EDEADLK,
	    bsk_text_copy(names));
	waits_give_up(worker, cell);
	if (worker->system->on_deadlock == BSK_DEADLOCK_KILL)
		life_kill(worker, cell_ref(cell), bsk_nobody());
}
