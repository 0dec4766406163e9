/* From declared name sources to names: which topic and group, or which queue, a declared queue is, and which variables say so.
 *
 * Pure but for the lookup of ConfigMaps and Secrets. An error belongs to the queue: sessions that do not name it are not
 * touched by it. */
#pragma once

#include "common/base/arena.h"
#include "common/base/reason.h"
#include "common/model/resource.h"
#include "supervisor/target/environment.h"
#include <stddef.h>

/* One declared variable and what stands there now. */
struct queue_entry {
    const char *container;
    const char *variable;
    const char *value;                  /* effective: the variable's, else the source's fallback */
    const struct env_variable *present; /* NULL: absent from the workload */
    const size_t *at; /* where in value the name stands, ascending; NULL: value is the name (Kafka) */
    size_t at_count;
};

struct queue_resolved {
    const char *id;
    enum queue_type type;
    const char *client_config;
    const char *name; /* "" while error is set */
    const char *group;
    const char *account, *region, *url;    /* SQS: what the variable says of where it is; "" */
    const struct kafka_topic *topic;       /* as it is declared; NULL: by a registry */
    const struct registry_queue *declared; /* the same of a registry; NULL: by a consumer */
    const char *container;                 /* the only one that the declaration speaks of; NULL: any */
    const struct split_settings *settings; /* of its resource */
    const char *resource_hash;             /* the same */
    const char *key;                       /* by which it is remembered: one id may stand for several queues */
    const struct queue_entry *names;
    size_t name_count;
    const struct queue_entry *groups;
    size_t group_count;
    struct reason error;
};

struct workload {
    const char *namespace;
    const struct container *containers;
    size_t container_count;
    const struct environment *environments; /* one for each container */
};

/* One that changes how a program is loaded or run, not what it reads: no process is given one (W-7). */
bool variable_is_loader_like(const char *variable);
/* NULL: it has no such container. */
const struct environment *workload_environment(const struct workload *workload, const char *container);
/* Resolves the environments of all containers of a workload once. ENVIRONMENT_REFUSED with *why. */
MUST_USE int workload_resolve(const struct container *containers, size_t count,
                              const struct environment_source *source, struct arena *arena, struct workload *ret,
                              struct reason *why);
/* All queues that one resource declares. Errors stand in the queues; < 0 only for lack of memory. */
MUST_USE int queues_resolve(const struct kafka_topics_consumer *consumer, const struct workload *workload,
                            struct arena *arena, struct queue_resolved **ret);
/* registry_resolve.c: the SQS queues of a registry, each that an id stands for; an id without any is one with its error.
 * At most REGISTRY_QUEUES_MAX, and one for each id. */
#define REGISTRY_QUEUES_MAX 256
MUST_USE int registry_resolve(const struct queue_registry *registry, const char *resource_hash,
                              const struct workload *workload, struct arena *arena, struct queue_resolved **ret,
                              size_t *ret_count);
/* What refers to a declared variable of its container without being declared itself (W-2): the first entry's name, or "command" or
 * "args"; NULL: nothing. */
struct dependent {
    const char *name;
    bool is_variable; /* it can be pinned */
};
struct dependent workload_dependent(const struct workload *workload, const struct queue_resolved *queues,
                                    size_t count, const struct queue_entry *of);
