/* actors/child_strangers.c - ended children that nobody had watched. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/child_table.h>

#define KEPT_MAX 4096

struct bsk_child_kept {
	struct bsk_child_kept *next; /* newer */
	struct bsk_child_kept *prev; /* older */
	struct bsk_child_exited exited;
	int64_t since_ns;
};

static void
take_out(struct bsk_child_strangers *strangers, struct bsk_child_kept *kept,
    struct bsk_child_exited *ret_exited)
{
	*ret_exited = kept->exited;
	if (kept->prev != NULL)
		kept->prev->next = kept->next;
	else
		strangers->first = kept->next;
	if (kept->next != NULL)
		kept->next->prev = kept->prev;
	else
		strangers->last = kept->prev;
	strangers->count--;
	free(kept);
}

void
bsk_child_strangers_keep(struct bsk_child_strangers *strangers,
    const struct bsk_child_exited *exited, int64_t now_ns)
{
	struct bsk_child_kept *kept = malloc(sizeof(*kept));
	struct bsk_child_exited gone;

	if (kept == NULL) {
		strangers->forgotten++;
		return;
	}
	*kept = (struct bsk_child_kept){ .prev = strangers->last,
	    .exited = *exited, .since_ns = now_ns };
	if (kept->prev != NULL)
		kept->prev->next = kept;
	else
		strangers->first = kept;
	strangers->last = kept;
	if (++strangers->count <= KEPT_MAX)
		return;
	take_out(strangers, strangers->first, &gone);
	strangers->forgotten++;
}

bool
bsk_child_strangers_claim(struct bsk_child_strangers *strangers, int32_t pid,
    struct bsk_child_exited *ret_exited)
{
	struct bsk_child_kept *kept = strangers->last;

	while (kept != NULL && kept->exited.pid != pid)
		kept = kept->prev;
	if (kept == NULL)
		return false;
	take_out(strangers, kept, ret_exited);
	return true;
}

static int
tell(bsk_ctx *ctx, const struct bsk_child_strangers *strangers,
    const struct bsk_child_exited *exited)
{
	const struct bsk_child_stranger stranger = { .pid = exited->pid,
	    .code = exited->code, .signal = exited->signal,
	    .core = exited->core };
	int error = 0;

	if (!bsk_ref_is_nobody(strangers->reader))
		error = bsk_send(ctx, strangers->reader,
		    bsk_message_new(&bsk_child_stranger_type, &stranger));
	if (error == 0 && bsk_is_wired(ctx, BSK_CHILD_STRANGERS))
		error = bsk_emit(ctx, BSK_CHILD_STRANGERS,
		    bsk_message_new(&bsk_child_stranger_type, &stranger));
	return error == -ENOMEM ? error : 0;
}

int
bsk_child_strangers_tell(bsk_ctx *ctx, struct bsk_child_strangers *strangers,
    int64_t before_ns, int64_t *ret_next_ns)
{
	bool is_heard = bsk_is_wired(ctx, BSK_CHILD_STRANGERS) ||
	    !bsk_ref_is_nobody(strangers->reader);
	struct bsk_child_exited exited;
	int error = 0;

	while (is_heard && error == 0 && strangers->first != NULL &&
	    strangers->first->since_ns <= before_ns) {
		take_out(strangers, strangers->first, &exited);
		error = tell(ctx, strangers, &exited);
	}
	*ret_next_ns = !is_heard || strangers->first == NULL ? INT64_MAX :
	    strangers->first->since_ns;
	return error;
}

void
bsk_child_strangers_clear(struct bsk_child_strangers *strangers)
{
	struct bsk_child_exited gone;

	while (strangers->first != NULL)
		take_out(strangers, strangers->first, &gone);
}
