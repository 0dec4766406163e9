/* What the resources of a target declare: queue ids and their types. Pure; borrows the documents. */
#pragma once

#include "common/json/json.h"

/* Items of list answers. NULL: not known. */
struct declared {
    const struct json *consumers;  /* MirrordKafkaTopicsConsumer */
    const struct json *registries; /* MirrordWorkloadQueueRegistry */
};

/* "Kafka", "SQS", "RMQ"; NULL: no resource of that target names the id. For "*" the type of all its queues, and NULL when they are of
 * several types or there are none. */
const char *declared_type(const struct declared *declared, const char *target, const char *id);
/* How many types the queues of the target have. */
size_t declared_type_count(const struct declared *declared, const char *target);
