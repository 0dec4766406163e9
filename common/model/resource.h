/* The resources as typed values, decoded from documents whose fields were checked.
 *
 * Decoding fills an arena; strings are NUL-terminated and live as long as it does. A decoder returns 0, or
 * RESOURCE_REFUSED with *why naming the field ("spec.topics[0].nameSources: ..."), or -ENOBUFS/-ENOMEM. Unknown fields are
 * told through struct field_report (warnings); inside a queue source they are errors on that queue. */
#pragma once

#include "common/base/arena.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum resource_outcome { RESOURCE_REFUSED = 1 };

/* Warnings found while decoding; entries live in the arena. */
struct field_report {
    const char **unknown; /* paths of unknown fields */
    size_t unknown_count;
};

/* MirrordKafkaTopicsConsumer */
struct env_source {
    const char *container;
    const char *variable;
    const char *fallback; /* NULL when absent */
};
struct kafka_topic {
    const char *id;
    const char *client_config;
    const struct env_source *names;
    size_t name_count;
    const struct env_source *groups;
    size_t group_count;
    const struct env_source *applications; /* applicationIdSources */
    size_t application_count;
    struct reason error; /* code REASON_NONE when this topic is usable; else only sessions that name it fail */
};
/* What the older forms lack: annotations sluice.dev/<setting>, else the operator-wide setting. */
enum leftovers { LEFTOVERS_KEEP, LEFTOVERS_RETURN, LEFTOVERS_DISCARD };
enum overlap { OVERLAP_ALLOW, OVERLAP_REJECT };
struct split_settings {
    int64_t restart_timeout_ms;
    int64_t ttl_ms;
    int64_t drain_timeout_ms; /* -1: wait for ever */
    enum leftovers leftovers;
    enum overlap overlap;
    bool offset_reset_earliest; /* autoOffsetReset */
    int32_t wait_for_pods;      /* -1: all */
    bool pin_dependents;
    bool ignore_autoscaler;
};
struct kafka_topics_consumer {
    struct resource_key key;
    const char *target_kind; /* Deployment, StatefulSet, Rollout, LocalService */
    const char *target_name;
    struct split_settings settings;
    const struct kafka_topic *topics;
    size_t topic_count;
};
MUST_USE int kafka_topics_consumer_decode(const struct json *document, const struct split_settings *defaults,
                                          struct arena *arena, struct kafka_topics_consumer *ret,
                                          struct field_report *report, struct reason *why);

/* MirrordWorkloadQueueRegistry: the SQS and RabbitMQ queues of a target. */
struct queue_tag {
    const char *name;
    const char *value;
};
struct registry_queue {
    const char *id;
    const char *type;     /* SQS, RMQ; "" when it is neither, which error says */
    const char *variable; /* nameSource.envVar; NULL: pattern counts */
    const char *pattern;  /* nameSource.regexPattern; NULL: variable counts */
    const char *fallback; /* fallbackName; NULL when absent */
    bool json_map;        /* namesFromJsonMap */
    bool sns;             /* filters look into the envelope of SNS */
    bool s3_event;        /* the body is an S3 event */
    const struct queue_tag *tags;
    size_t tag_count;
    const char *cluster_properties; /* RabbitMQ; NULL when absent */
    const char *queue_properties;   /* the same */
    struct reason error; /* code REASON_NONE when this queue is right; else only sessions that name it fail */
};
struct queue_registry {
    struct resource_key key;
    const char *target_kind;
    const char *target_name;
    const char *container; /* NULL: all */
    struct split_settings settings;
    struct registry_queue *queues;
    size_t queue_count;
};
MUST_USE int queue_registry_decode(const struct json *document, const struct split_settings *defaults,
                                   struct arena *arena, struct queue_registry *ret, struct field_report *report,
                                   struct reason *why);

/* Containers of a LocalService or of a pod template, with Kubernetes' own EnvVar forms. */
enum env_value_kind {
    ENV_VALUE,
    ENV_CONFIG_MAP_KEY,
    ENV_SECRET_KEY,
    ENV_UNRESOLVED /* fieldRef, resourceFieldRef and what is newer: only the kubelet knows the value */
};
struct env_entry {
    const char *name;
    enum env_value_kind kind;
    const char *value; /* ENV_VALUE: text; else NULL */
    const char *reference_name;
    const char *reference_key;
    bool optional;
};
struct env_from {
    bool secret; /* else a ConfigMap */
    const char *name;
    const char *prefix; /* "" when absent */
    bool optional;
};
struct container {
    const char *name;
    const struct env_entry *env;
    size_t env_count;
    const struct env_from *env_from;
    size_t env_from_count;
    const char *const *command; /* of a pod template: NULL-terminated, or NULL */
    const char *const *args;
    const char *env_file; /* of a LocalService: absolute path */
};
struct local_service {
    struct resource_key key;
    const struct container *containers;
    size_t container_count;
    const char *const *restart; /* argv, NULL-terminated, at least one element */
    const char *const *ready;   /* the same, or NULL */
};
MUST_USE int local_service_decode(const struct json *document, struct arena *arena, struct local_service *ret,
                                  struct field_report *report, struct reason *why);

/* Deployment, StatefulSet, Rollout */
struct cluster_workload {
    struct resource_key key;
    const struct container *containers; /* of spec.template; init containers only with restartPolicy Always */
    size_t container_count;
};
/* TEMPLATE_ELSEWHERE: a Rollout with workloadRef (W-4). */
MUST_USE int cluster_workload_decode(const struct json *document, struct arena *arena, struct cluster_workload *ret,
                                     struct reason *why);
/* An init container that goes on running beside the others. */
bool container_is_sidecar(const struct json *init_container);

/* SplitSession */
enum queue_type { QUEUE_TYPE_NONE, QUEUE_TYPE_SQS, QUEUE_TYPE_KAFKA, QUEUE_TYPE_RMQ };
const char *queue_type_name(enum queue_type type);
enum queue_type queue_type_from_name(const char *name); /* QUEUE_TYPE_NONE: none has that name */
struct message_filter {
    const char *name;
    const char *pattern;
};
struct session_queue {
    const char *id; /* "*": every queue of the type */
    enum queue_type type;
    bool mirror;
    const char *jq_filter; /* NULL when absent */
    const struct message_filter *filters;
    size_t filter_count;
};
struct split_session {
    struct resource_key key;
    const char *uid;
    int64_t created_ms; /* wall clock, whole seconds */
    const char *target_kind;
    const char *target_name;
    const char *target_container; /* NULL when absent */
    const struct session_queue *queues;
    size_t queue_count;
    const char *owner_username;
    const char *owner_hostname;
    const char *session_key;
    const char *renewed;    /* annotation sluice.dev/renewed; "" when absent */
    const char *phase;      /* status.phase; "" before the first status */
    const char *end_reason; /* status.endReason; "" */
    int64_t ended_ms;       /* wall clock; 0 */
};
MUST_USE int split_session_decode(const struct json *document, struct arena *arena, struct split_session *ret,
                                  struct reason *why);

/* MirrordKafkaClientConfig, resolved with its parents and secrets into client properties. Looks up documents through
 * the callback; the document is borrowed for the call. */
typedef const struct json *resource_lookup_fn(void *context, const struct resource_key *key);
struct client_property {
    const char *name;
    const char *value; /* may be a secret: never logged */
};
struct client_properties {
    const struct client_property *properties; /* sorted by name; only those that S-3 lists as used */
    size_t count;
    const char **ignored; /* names, to be told as a warning */
    size_t ignored_count;
};
/* secret_namespaces: NULL-terminated list beside the operator's own (S-5). Refusals: CLIENT_CONFIG_NOT_FOUND,
 * CLIENT_CONFIG_INVALID (cycle, more than 4 deep), PROPERTY_REFUSED, SECRET_NOT_FOUND, SECRET_NOT_ALLOWED, NOT_YET_SUPPORTED. */
MUST_USE int client_config_resolve(const char *operator_namespace, const char *name,
                                   const char *const *secret_namespaces, resource_lookup_fn *lookup, void *context,
                                   struct arena *arena, struct client_properties *ret, struct reason *why);
/* Whether secrets of that namespace may be read (S-5): the operator's own, and those that the NULL-terminated list names beside it. */
bool secret_namespace_allowed(const char *namespace, const char *operator_namespace,
                              const char *const *secret_namespaces);
/* The secret that a config's document names, well formed, by itself; whether it may be read is another question. */
bool client_config_secret(const struct json *document, struct resource_key *ret);
/* One config by itself: as above, but it may be one that only others inherit from, so it need not name a broker. *report:
 * unknown fields of its own. */
MUST_USE int client_config_judge(const char *operator_namespace, const char *name,
                                 const char *const *secret_namespaces, resource_lookup_fn *lookup, void *context,
                                 struct arena *arena, struct client_properties *ret, struct field_report *report,
                                 struct reason *why);
