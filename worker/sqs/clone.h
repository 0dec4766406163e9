/* What a temporary queue is made with: the original's attributes and tags, but for what must differ. Pure but for memory.
 *
 * By an allow-list, so that an attribute that SQS invents later is not cloned before it is understood. */
#pragma once

#include "common/json/json.h"
#include <stdbool.h>

struct clone_want {
    const struct json *original; /* "Attributes" of GetQueueAttributes */
    const char *original_name;
    const char *name; /* of the temporary queue */
    bool fallback;    /* it alone gets the redrive policy: what a developer fails on is nobody's dead letter */
    const char *const *without; /* attributes that SQS has refused, NULL-terminated */
};

/* -ENOMEM. */
MUST_USE int clone_attributes(const struct clone_want *want, struct json **ret);
#define CLONE_TAGS_MAX 50 /* of a queue: developer guide, "cost allocation tags" */
/* The configured tags (policies ask for them), and the original's beside them, but for those that AWS keeps for itself and for
 * *ret_left_out that are too many. Either may be NULL. -ENOMEM. */
MUST_USE int clone_tags(const struct json *original, const struct json *configured, struct json **ret,
                        size_t *ret_left_out);
/* Which attribute to leave out next after SQS refused the request with this text: the one that it names, else the first in
 * the order of what is likely to be refused; NULL: nothing is left that could be left out. */
const char *clone_suspect(const struct json *attributes, const char *message);
