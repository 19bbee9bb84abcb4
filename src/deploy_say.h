/* src/deploy_say.h - telling what is wrong with a configuration, and where. */
#ifndef BUSKIN_SRC_DEPLOY_SAY_H
#define BUSKIN_SRC_DEPLOY_SAY_H

#include "deploy.h"

/* What is meant. */
struct deploy_spot {
	/* A value of the deployment's tree; NULL: its root. */
	const bsk_json *json;
	/* The key of a member of it; one that is not there means the object.
	 * NULL: the value itself. */
	const char *key;
};

/* Adds an error, its text made as printf(3) would. The hint (no text: none) is
 * dropped. */
void deploy_error(struct deploy_load *load, struct deploy_spot spot,
    const char *code, bsk_text hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* As deploy_error, a warning. */
void deploy_warning(struct deploy_load *load, struct deploy_spot spot,
    const char *code, bsk_text hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* As deploy_error, at a value of one source's own document. */
void deploy_error_in(struct deploy_load *load,
    const struct deploy_source *source, const bsk_json *json,
    const char *code, bsk_text hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Adds what kept a source from being a document. */
void deploy_error_syntax(struct deploy_load *load,
    const struct deploy_source *source, const struct bsk_json_error *error);

/* Adds that a source cannot be read, and why (a negative errno); the load will
 * end with that. */
void deploy_error_input(struct deploy_load *load,
    const struct deploy_source *source, int result);

/* Whether the value is of this kind (a string, an array, an object); an error
 * otherwise. */
bool deploy_is_kind(struct deploy_load *load, const bsk_json *json,
    enum bsk_json_kind kind);

/* A spot that is a value. */
static inline struct deploy_spot
deploy_at(const bsk_json *json)
{
	return (struct deploy_spot){json, NULL};
}

/* A spot that is a key. */
static inline struct deploy_spot
deploy_at_key(const bsk_json *object, const char *key)
{
	return (struct deploy_spot){object, key};
}

/* A hint that is always the same. */
static inline bsk_text
deploy_hint(const char *hint)
{
	return bsk_text_copy(hint);
}

#endif
