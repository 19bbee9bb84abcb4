/* mob.h - many clients, in a process of their own: what they hold does not
 * count against the descriptors of the test.
 */
#ifndef MOB_H
#define MOB_H

struct mob;

/* A mob without clients; make it before any thread. And its end. */
struct mob *mob_new(void);
void mob_free(struct mob *mob);

/* Has so many more connect to a path and say one byte each. */
void mob_connect(struct mob *mob, const char *path, unsigned count);

/* Waits until so many have heard one byte, from the oldest on. */
void mob_expect_answers(struct mob *mob, unsigned count);

/* Has the oldest of those that are left hang up. */
void mob_leave(struct mob *mob, unsigned count);

/* Waits until so many have been hung up on. */
void mob_expect_hang_ups(struct mob *mob, unsigned count);

#endif
