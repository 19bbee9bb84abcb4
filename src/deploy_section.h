/* src/deploy_section.h - one object of the tree, read by a field table. */
#ifndef BUSKIN_SRC_DEPLOY_SECTION_H
#define BUSKIN_SRC_DEPLOY_SECTION_H

#include "deploy.h"

/* A key that bsk_type_from_json passes over, and we too. */
#define DEPLOY_COMMENT "$comment"

/* Reads `section` (NULL: as an empty object) into `ret_body`. Members named in
 * `apart` (ended by NULL; NULL: none) are not looked at: somebody else reads
 * them. What is wrong is told at its place, and at `owner` when there is no
 * section. False: there was something, and the body is all zeros. */
bool deploy_section(struct deploy_load *load, const bsk_json *owner,
    const bsk_json *section, const struct bsk_type *type,
    const char *const *apart, void *ret_body);

/* The first member that is no comment, NULL: there is none; and the next. */
const bsk_json *deploy_first(const bsk_json *object);
const bsk_json *deploy_next(const bsk_json *member);

#endif
