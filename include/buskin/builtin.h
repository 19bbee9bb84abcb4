/* buskin/builtin.h - all the classes that come with buskin.
 *
 * For whoever makes a system whose actors are named in a file: a system finds
 * by name just the classes it was given. To add classes of your own, give it a
 * table of both. Naming this table links every actor into the program; one
 * that names only the classes it uses gets only those from the static library.
 */
#ifndef BUSKIN_BUILTIN_H
#define BUSKIN_BUILTIN_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every class, in the order of their names, ended by NULL. */
extern const struct bsk_class *const bsk_builtin_classes[];

#ifdef __cplusplus
}
#endif

#endif
