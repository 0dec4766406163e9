/* Fields of a worker's specification that more than one broker family has.
 *
 * Pure; owns nothing. The document comes from the supervisor, so a wrong one is a contract error, told in words. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"

enum spec_leftovers { SPEC_LEFTOVERS_KEEP, SPEC_LEFTOVERS_RETURN, SPEC_LEFTOVERS_DISCARD };

enum spec_outcome { SPEC_REFUSED = 1 };

/* Copies a text field; "" when it is absent and not required. SPEC_REFUSED with *why. */
MUST_USE int spec_text_read(const struct json *document, const char *name, bool required, char *dst, size_t size,
                            struct reason *why);
/* A whole number from 0 to max; otherwise where the field is absent. SPEC_REFUSED with *why. */
MUST_USE int spec_number_read(const struct json *document, const char *name, uint32_t max, uint32_t otherwise,
                              uint32_t *ret, struct reason *why);
/* The field "leftovers"; absent: keep. SPEC_REFUSED with *why. */
MUST_USE int spec_leftovers_read(const struct json *document, enum spec_leftovers *ret, struct reason *why);
