/* What a split splits: the identity of an original queue. Pure values; two splits of one identity would each take the other's
 * messages. */
#pragma once

#include "common/model/resource.h"
#include <stdbool.h>
#include <string.h>

struct original {
    enum queue_type type;
    const char *cluster; /* Kafka: id of the cluster; SQS: "account/region" */
    const char *name;    /* of the topic or queue */
    const char *group;   /* Kafka: consumer group of the application; else "" */
};

/* What people call such a thing. */
static inline const char *queue_word(enum queue_type type) { return type == QUEUE_TYPE_KAFKA ? "topic" : "queue"; }

static inline bool original_equal(const struct original *a, const struct original *b)
{
    return a->type == b->type && strcmp(a->cluster, b->cluster) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->group, b->group) == 0;
}
