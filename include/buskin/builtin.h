/* buskin/builtin.h - the classes that come with buskin.
 *
 * A deployment names the classes of its actors; this is the table to read it
 * against. A program with classes of its own lists these beside its own. The
 * parts that built-in actors are made of are not among them.
 */
#ifndef BUSKIN_BUILTIN_H
#define BUSKIN_BUILTIN_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The built-in classes in the order of their names, ended by NULL. Const: any
 * thread may read them. */
extern const struct bsk_class *const bsk_builtin_classes[];

#ifdef __cplusplus
}
#endif

#endif
