/* What the workers count, as an answer of /sluice/v1/figures tells it. Pure; documents are borrowed, and NULL is one without
 * anything. */
#pragma once

#include "common/json/json.h"
#include <stdbool.h>

/* The counter of a split, such as "received". False: not known. */
bool figures_of(const struct json *figures, const char *namespace, const char *split, const char *counter,
                int64_t *ret);
/* The counter of a session, over all splits that know it. */
int64_t figures_of_session(const struct json *figures, const char *uid, const char *counter);
#define RATE_TEXT_SIZE 24
/* How fast it grows: "12.5/s", or "-" when that is not known. */
void figures_rate_text(const struct json *figures, const char *namespace, const char *split, const char *counter,
                       char ret[RATE_TEXT_SIZE]);
