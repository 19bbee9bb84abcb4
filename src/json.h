/* src/json.h - making a document of a text that was scanned. */
#ifndef BUSKIN_SRC_JSON_H
#define BUSKIN_SRC_JSON_H

#include "json_scan.h"

/* The document of a text that json_scan has let pass, with a place for each
 * mark. NULL for want of memory. */
bsk_json *json_build(const struct json_scan *scan);

#endif
