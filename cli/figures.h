/* What the workers count, read twice: messages per second. Pure, but for the reading of the documents given. */
#pragma once

#include "common/base/mono.h"
#include "common/json/json.h"
#include <stdbool.h>

/* One answer of /sluice/v1/figures and when it came. */
struct figures {
    struct json *document; /* owned; NULL: not available */
    struct mono at;
};
void figures_deinit(struct figures *figures); /* also the CLEANUP form */

/* The counter of a split, such as "received". False: not known. */
bool figures_of(const struct figures *figures, const char *namespace, const char *split, const char *counter,
                int64_t *ret);
/* Per second between two reads. False: not known, or the worker began to count anew. */
bool figures_rate(const struct figures *before, const struct figures *now, const char *namespace, const char *split,
                  const char *counter, double *ret);
#define RATE_TEXT_SIZE 24
/* "12.5/s", or "-" when it is not known. */
void figures_rate_text(const struct figures *before, const struct figures *now, const char *namespace,
                       const char *split, const char *counter, char ret[RATE_TEXT_SIZE]);
