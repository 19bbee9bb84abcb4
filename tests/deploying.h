/* deploying.h - deployments for tests: texts with one mistake each, loaded
 * against a few small classes.
 *
 * Texts are written with ' for ", and the place of the mistake is marked by a
 * `@` in front of it, which is taken out before the text is loaded:
 *
 *	deploying_expect(ACTORS("'a': {'class': @'psas'}"), "unknown-class",
 *	    "/actors/a/class", "did you mean \"pass\"?");
 *
 * The classes:
 *	source   out data (thing); config path (required), every, mode
 *	pass     in in (thing); out out (thing), sum (number)
 *	sink     in in (thing)
 *	twins    in left, right (thing)
 *	sum      in in (number)
 *	hoard    a source of 1,000,000 descriptors
 *	team     config member (a class), each (that one's config)
 *	inspector, on-signal, notifier   with configs as the real ones have
 *
 * The variables: SET is "value", EMPTY is "", COST is "5$", BAD is no UTF-8;
 * the others are not set.
 */
#ifndef BUSKIN_TESTS_DEPLOYING_H
#define BUSKIN_TESTS_DEPLOYING_H

#include <check.h>

#include <buskin/deployment.h>

/* A whole deployment around its actors, or around other sections. */
#define ACTORS(actors) \
	"{'buskin': 1, 'name': 't', 'actors': {" actors "}}"
#define SECTION(section) \
	"{'buskin': 1, 'name': 't', " section ", 'actors': {}}"

/* The classes, ended by NULL. */
extern const struct bsk_class *const deploying_classes[];

/* What a load came to. */
struct deploying {
	int result;
	bsk_deployment *deployment; /* NULL: none */
	bsk_diagnoses *diagnoses;
};

/* Loads texts, ended by NULL, as the files "1.json", "2.json", ... */
void deploying_load(struct deploying *, ...) __attribute__((sentinel));

/* Frees what a load came to. */
void deploying_release(struct deploying *);

/* Fails the test unless the text has just this error, at its mark. NULL as
 * hint: there is none. */
void deploying_expect(const char *text, const char *code,
    const char *pointer, const char *hint);

/* As deploying_expect, of a warning: the load succeeds. */
void deploying_expect_warning(const char *text, const char *code,
    const char *pointer);

/* Loads a sound text: fails the test if there is anything to say. */
void deploying_sound(struct deploying *, const char *text);

/* The text with " for ' and without its mark; the caller frees it. `ret_mark`
 * (may be NULL) is where the mark was, or SIZE_MAX. */
char *deploying_text(const char *text, size_t *ret_mark);

/* The values of the variables above; for struct bsk_deployment_options. */
const char *deploying_variable(void *arg, const char *name);

#endif
