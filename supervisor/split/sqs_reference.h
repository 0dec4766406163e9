/* How an application names an SQS queue: by name, by URL or by ARN. Pure.
 *
 * In all three forms the name stands at the end, so that another queue is named by another end and every other byte stays. Of a URL
 * only region, account and name are used; who answers there is no matter of the variable. */
#pragma once

#include "common/base/arena.h"
#include "common/base/str.h"
#include <stdbool.h>

#define SQS_NAME_MAX 80 /* "CreateQueue": letters, digits, '-', '_'; FIFO queues end with ".fifo" */
#define SQS_FIFO ".fifo"

struct sqs_reference {
    const char *name;
    const char *account; /* "": it does not say */
    const char *region;  /* "": it does not say */
    const char *url;     /* the whole, where it is one; else "" */
};

enum sqs_reference_outcome { SQS_REFERENCE_REFUSED = 1 }; /* it names no queue */
MUST_USE int sqs_reference_parse(struct str text, struct arena *arena, struct sqs_reference *ret);
bool sqs_name_is_valid(struct str name);
