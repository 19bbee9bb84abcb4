/* buskin/view.h - a running system as JSON documents.
 *
 * What buskin/inspect.h tells, in the shape that the inspector answers with.
 * Refs are strings "index.generation"; 64-bit counters are decimal strings;
 * durations are counters of nanoseconds; what is not there is null.
 *
 * An actor:
 *	{"id","name","class","parent","supervisor","state","placement","worker",
 *	 "suspended","depth","capacity","high_water","alarmed",
 *	 "oldest_ns","held","ends":{...},
 *	 "restarts","handler_ns","status"}
 * "supervisor" is the parent where that decides about restarts; "ends" counts
 * the messages that the actor was sent, by how they ended; "status" is what it
 * told of itself (buskin/status.h), null where it did not.
 *
 * An edge, one for each sender, receiver and type of message:
 *	{"from","to","from_name","to_name","from_ended","to_ended","port",
 *	 "type","declared","observed","on_full","sent","ends":{...},"queued",
 *	 "bytes"}
 * "declared": a wire leads there, from "port"; "observed": something was sent.
 * "from" is null for what came from outside or from the runtime, "to" and
 * "type" are null where the table of edges was full and all the rest is
 * summed. Actors that are gone are summed too: "from" or "to" is null then, and
 * "from_ended" or "to_ended" says so. "queued" is what was sent and has not
 * ended. "bytes" is what was sent in bytes: the structs, and what those own of
 * messages that a mailbox bounds.
 *
 * All may be called inside a handler and from any thread. They return 0 or
 * -ENOMEM; the caller frees the document.
 */
#ifndef BUSKIN_VIEW_H
#define BUSKIN_VIEW_H

#include <buskin/inspect.h>
#include <buskin/json.h>
#include <buskin/survey.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The actors: an array, in order of their ids. */
int bsk_view_actors(bsk_system *system, bsk_json **ret_json);

/* {"actor": ..., "edges": [those that lead to it or from it]}. -ESRCH.
 * `survey` gives its status; NULL: not known. */
int bsk_view_actor(bsk_system *system, bsk_ref ref,
    const struct bsk_survey *survey, bsk_json **ret_json);

/* {"name", "uptime_ns", "nodes": [actors], "edges": [...],
 *  "layers": {"supervision": [{"supervisor","child"}],
 *	     "links": [{"one","other"}]},
 *  "resources": {"fds": [{"number","owner","what","keeper"}], ...},
 *  "unasked": how many actors were too many to be asked for their status}
 * "uptime_ns" tells when: a rate is what two graphs differ by. A node has its
 * actor's own "status" where `survey` (NULL: none) knows it; the resources are
 * gathered from those. */
int bsk_view_graph(bsk_system *system, const struct bsk_survey *survey,
    bsk_json **ret_json);

/* {"name","workers","actors","messages","sent","ends":{...},"wakeups",
 *  "uptime_ns","stopping"} */
int bsk_view_stats(bsk_system *system, bsk_json **ret_json);

/* An array of strings: the first member, a text, of `count` rows. NULL for want
 * of memory. */
bsk_json *bsk_view_words(const void *rows, size_t row_size, size_t count);

/* A member of an object to be. */
struct bsk_view_member {
	const char *key; /* the member's key in JSON */
	bsk_json *value; /* NULL: could not be made */
};

/* An object of these members. All values are taken, whatever comes of it; NULL
 * for want of memory, or where a value could not be made. */
bsk_json *bsk_view_object(const struct bsk_view_member *members,
    size_t count);

/* BSK_VIEW_OBJECT({ "v", bsk_json_new_number(1) }, ...): an object from members
 * written in place. (C only.) */
#define BSK_VIEW_OBJECT(...) \
	bsk_view_object((const struct bsk_view_member[]){ __VA_ARGS__ }, \
	    sizeof((const struct bsk_view_member[]){ __VA_ARGS__ }) / \
	    sizeof(struct bsk_view_member))

#ifdef __cplusplus
}
#endif

#endif
