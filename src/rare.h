/* rare.h - marks for the compiler: what seldom happens is kept out of the way.
 */
#ifndef RARE_H
#define RARE_H

/* A condition that seldom holds. */
#define RARELY(condition) __builtin_expect(!!(condition), 0)

/* A function that a short way calls only when it must become a long one: kept
 * out of it, so that the short way saves no registers for its sake. */
#define LONG_WAY __attribute__((noinline))

/* A function that is a piece of a short way and stands by itself to be read. */
#define SHORT_WAY inline __attribute__((always_inline))

#endif
