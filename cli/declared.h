/* What the resources of a target declare: queue ids and their types. Pure; borrows the documents. */
#pragma once

#include "common/json/json.h"
#include "common/model/resource.h"

/* Items of list answers. NULL: not known. */
struct declared {
    const struct json *consumers;  /* MirrordKafkaTopicsConsumer */
    const struct json *registries; /* MirrordWorkloadQueueRegistry */
};

/* "Kafka", "SQS", "RMQ", or what a registry says instead; NULL: no resource of that target names the id, or as queues of several types.
 * "*": any id. */
const char *declared_type(const struct declared *declared, const char *target, const char *id);
/* How many types the queues of that id have, for a consumer and a registry may both declare it. "*": those of any id. */
size_t declared_type_count(const struct declared *declared, const char *target, const char *id);
/* One of them is that type. */
bool declared_as(const struct declared *declared, const char *target, const char *id, enum queue_type type);
