/* A supervisor without faults over the simulated world, for tests that read like a story. */
#pragma once

#include "tests/sim/world.h"

#define RIG_SERVICE                                                                                             \
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"name\":\"app-0\"},"      \
    "\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":\"/tmp/e\",\"env\":[" \
    "{\"name\":\"GROUP\",\"value\":\"group-0\"},{\"name\":\"TOPIC_0\",\"value\":\"orders-0-0\"},"               \
    "{\"name\":\"TOPIC_1\",\"value\":\"orders-0-1\"},{\"name\":\"URL\",\"value\":\"kafka://$(TOPIC_1)\"},"      \
    "{\"name\":\"LD_PRELOAD\",\"value\":\"x\"},{\"name\":\"EMPTY\",\"value\":\"\"}]}]}}"
#define RIG_CONFIG                                                                                      \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaClientConfig\","    \
    "\"metadata\":{\"namespace\":\"mirrord\",\"name\":\"config\"},\"spec\":{\"properties\":[{\"name\":" \
    "\"bootstrap.servers\",\"value\":\"b:9092\"}]}}"
#define RIG_REGISTRY                                                                                               \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\","           \
    "\"metadata\":{\"name\":\"reg\"},\"spec\":{\"consumer\":{\"name\":\"app-0\",\"workloadType\":\"Deployment\"}," \
    "\"queues\":{\"sqs-a\":{\"queueType\":\"SQS\",\"nameSource\":{\"envVar\":\"Q\"}},\"rmq-a\":{\"queueType\":"    \
    "\"RMQ\",\"nameSource\":{\"envVar\":\"R\"}}}}}"
#define RIG_SOURCE(variable) "{\"directEnvVar\":{\"container\":\"main\",\"variable\":\"" variable "\"}}"
#define RIG_TOPIC(id, config, names, more) \
    "{\"id\":\"" id "\",\"clientConfig\":\"" config "\",\"nameSources\":[" names "]" more "}"
#define RIG_GROUP ",\"groupIdSources\":[" RIG_SOURCE("GROUP") "]"
#define RIG_CONSUMER(name, annotations, topics)                                                                \
    "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","         \
    "\"metadata\":{\"name\":\"" name "\",\"annotations\":{" annotations "}},\"spec\":{\"consumerApiVersion\":" \
    "\"apps/v1\",\"consumerKind\":\"Deployment\",\"consumerName\":\"app-0\",\"topics\":[" topics "]}}"

/* One target app-0 with so many queues q0, q1, ... and the simulation's own manifests. */
struct world *rig_open(size_t queues);
/* The same with manifests of the test's own. */
struct world *rig_open_with(const char *const *manifests);
void rig_close(struct world *world);
/* Steps of 200 ms. */
void rig_run(struct world *world, int64_t ms);
/* A session with the given spec.queues, the key "key-NAME", and more members of spec (",\"owner\":..."). */
void rig_session(struct world *world, const char *name, const char *target, const char *queues, const char *more);
const struct json *rig_status(struct world *world, const char *name);
const char *rig_phase(struct world *world, const char *name);
/* Of condition Ready. */
const char *rig_reason(struct world *world, const char *name);
const char *rig_message(struct world *world, const char *name);
/* Runs until the session has this phase ("gone" too); fails the test after limit_ms. */
void rig_wait_session(struct world *world, const char *name, const char *phase, int64_t limit_ms);
/* Runs until every split of the target has this phase, or none is left ("gone"). */
void rig_wait_splits(struct world *world, const char *phase, int64_t limit_ms);
/* The status of the split of a topic, and its record. */
const struct json *rig_split(struct world *world, const char *topic);
const char *rig_variable(const struct json *status, const char *name);
/* The present worker of the split of a topic. */
struct sim_worker *rig_worker_of(struct world *world, const char *topic);
const char *rig_fallback_of(struct world *world, const char *topic);
const char *rig_waits_for(struct world *world, const char *topic);
const struct json *rig_condition(const struct json *status, const char *type);
void rig_end_session(struct world *world, const char *name);

/* One queue of spec.queues with a filter for one user. */
#define FILTER(id, user) "{\"id\":\"" id "\",\"type\":\"Kafka\",\"messageFilter\":{\"user\":\"^" user "$\"}}"
