/* Blocking questions and orders to the cluster that are not about messages: identity, topics, their settings, offsets.
 *
 * Owns one handle, for one thread. Every request ends within about ADMIN_CALL_MS, a call makes up to four; failure is told as
 * a reason. */
#pragma once

#include "worker/kafka/client.h"
#include "worker/runtime/engine.h"
#include <stdbool.h>
#include <stdint.h>

#define ADMIN_CALL_MS 8000
#define ADMIN_LOOK_MS 4000 /* of a look at the cluster; twice that is within the 10 s of K-13 */
#define ADMIN_ASK_MS 3000  /* of a question about a group */
#define ADMIN_PARTITIONS_MAX 100000
#define ADMIN_OFFSET_NONE (-1)
#define ADMIN_OFFSET_UNSTABLE (-2)

struct admin {
    struct client_owner owner;
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    struct worker_watch *watch;
    bool shared; /* rk is somebody else's */
    /* A question about a group was left without an answer. 2.0.2 aborts the process when it gives such a question up
     * itself and the coordinator comes back later; so it never does, and the handle is replaced instead. */
    bool spoiled;
};

enum admin_outcome {
    ADMIN_FAILED = 1,           /* *why says it; worth another try later */
    ADMIN_ABSENT = 2,           /* there is no such topic */
    ADMIN_CONFIG_UNKNOWN = 3,   /* creating: a setting is refused */
    ADMIN_REPLICAS_REFUSED = 4, /* creating: the number of replicas is */
    ADMIN_EXISTS = 5,           /* creating: it is there already */
    ADMIN_GROUP_HELD = 6,       /* deleting: it has members */
    ADMIN_GROUP_SHARED = 7      /* deleting: it has positions of topics that are not ours, and stays */
};
#define ADMIN_REPLICAS_DEFAULT UINT32_MAX /* the cluster's own */

/* Watch and health are borrowed. 0, CLIENT_REFUSED with *why, -ENOMEM. */
MUST_USE int admin_open(struct admin *admin, const struct json *credentials, struct client_health *health,
                        struct worker_watch *watch, struct reason *why);
/* The same over a handle that somebody else owns, for its thread; admin_close leaves that open. */
void admin_share(struct admin *admin, rd_kafka_t *rk, struct client_health *health, struct worker_watch *watch);
void admin_close(struct admin *admin);

/* With a new handle when the old one is spoiled; nothing else may stand on it. 0, CLIENT_REFUSED with *why, -ENOMEM. */
MUST_USE int admin_refresh(struct admin *admin, const struct json *credentials, struct reason *why);

/* The cluster's id. */
MUST_USE int admin_cluster(struct admin *admin, char *ret, size_t size, struct reason *why);

struct admin_topic {
    uint32_t partitions;
    uint32_t replicas; /* of partition 0 */
    bool leaders;      /* every partition has a leader */
};
struct admin_topic admin_topic_shape(const rd_kafka_metadata_topic_t *topic);
/* Never creates it. */
MUST_USE int admin_topic_look(struct admin *admin, const char *topic, struct admin_topic *ret, struct reason *why);

struct admin_config {
    const char *name;
    bool effective; /* reading: the value in force, be it the cluster's; else only one set on the topic itself */
    char value[256];
};
/* 0: made, and not by anybody else. validate: only asks whether it could be made. */
MUST_USE int admin_topic_create(struct admin *admin, const char *topic, const struct admin_topic *shape,
                                const struct admin_config *configs, size_t count, bool validate, struct reason *why);
MUST_USE int admin_partitions_grow(struct admin *admin, const char *topic, uint32_t partitions, struct reason *why);
/* ADMIN_ABSENT when it was not there. */
MUST_USE int admin_topic_delete(struct admin *admin, const char *topic, struct reason *why);
/* Fills the values of those of configs that the topic has set; value "" where it has not. ADMIN_FAILED. */
MUST_USE int admin_config_read(struct admin *admin, const char *topic, struct admin_config *configs, size_t count,
                               struct reason *why);

/* Which partitions of a topic: first, first + stride, ... below end. */
struct admin_range {
    uint32_t first, stride, end;
};
/* Committed offsets of a group, stable ones only: waits while a transaction that could change them is being
 * completed (K-6, KIP-447). ret is indexed by partition; ADMIN_OFFSET_NONE where there is none; others untouched. */
MUST_USE int admin_committed(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                             int64_t *ret, struct reason *why);
/* The same for the handle's own group; for a shared consumer. */
MUST_USE int admin_committed_own(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                                 int64_t *ret, struct reason *why);
/* The same without waiting: ADMIN_OFFSET_UNSTABLE where a transaction is being completed. */
MUST_USE int admin_committed_now(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                                 int64_t *ret, struct reason *why);
/* Log start and end, indexed by partition. The end is that of all records, but over a handle that receives (shared) it is
 * the end of those that readers of committed data can see: before the first unfinished transaction. */
MUST_USE int admin_log_range(struct admin *admin, const char *topic, struct admin_range range, int64_t *ret_starts,
                             int64_t *ret_ends, struct reason *why);
/* The end alone. */
MUST_USE int admin_log_end(struct admin *admin, const char *topic, struct admin_range range, int64_t *ret,
                           struct reason *why);
/* Deletes the group of a temporary topic that is gone, unless it has positions of other topics: queues that share a group
 * variable share a session's group. 0: it is gone, or kept by another queue of ours; ADMIN_GROUP_HELD, ADMIN_GROUP_SHARED,
 * ADMIN_FAILED with *why. */
MUST_USE int admin_group_delete(struct admin *admin, const char *group, const char *topic, struct reason *why);

/* For the files of admin_*.c and group.c: the answer to the one request that is under way; NULL: none in time. */
rd_kafka_event_t *admin_answer(struct admin *admin, rd_kafka_admin_op_t operation, const char *what);
rd_kafka_AdminOptions_t *admin_options(struct admin *admin, rd_kafka_admin_op_t operation);
/* The most telling error: what the connections complain about goes before a plain time-out. */
rd_kafka_resp_err_t admin_error(struct admin *admin, rd_kafka_resp_err_t error);
