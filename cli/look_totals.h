/* What a look counted, as text: how many match, which header is missing, which names there are instead. Pure. */
#pragma once

#include "cli/terminal.h"
#include "common/json/json.h"

/* The line of type "over". tried: of filters, not of sessions. */
MUST_USE int look_totals_text(const struct json *over, bool tried, struct buf *ret);
/* Names of headers that were seen, most frequent first: "author, trace". "" when there were none. Cut to size. */
void look_names_text(const struct json *over, char *dst, size_t size);
/* The header that differs from name in case only, "" when there is none: the mistake that is made most. */
const char *look_name_alike(const struct json *over, const char *name);
