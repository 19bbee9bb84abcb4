/* src/json_token.h - the words of a JSON text: strings, numbers, literals. */
#ifndef BUSKIN_SRC_JSON_TOKEN_H
#define BUSKIN_SRC_JSON_TOKEN_H

#include "json_scan.h"

/* Each starts at the token's first character, which the caller has seen, and
 * ends behind its last. Returns 0 or -EINVAL. */
int json_token_string(struct json_scan *scan);

/* true, false or null. */
int json_token_literal(struct json_scan *scan);

/* As the others; also -ENOMEM, for a number of great length. */
int json_token_number(struct json_scan *scan, double *ret_number);

#endif
