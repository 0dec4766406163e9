/* Everything that reconcile looks at, for one target: what is desired, what is recorded, what is observed, what time it is.
 *
 * Plain values, filled by apply/view_build.c (or by a test) and valid for one call. reconcile reads them and changes none but
 * the memory. */
#pragma once

#include "common/base/mono.h"
#include "common/model/resource.h"
#include "common/model/setting.h"
#include "supervisor/fleet/observed_worker.h"
#include "supervisor/split/former.h"
#include "supervisor/split/record.h"
#include "supervisor/split/resolve.h"
#include "supervisor/target/target.h"
#include "supervisor/worker_link/wanted_table.h"

/* One declared queue of the target's resource. */
struct queue_view {
    struct queue_resolved resolved;
    struct client_properties properties;
    struct reason error; /* of the client config; else resolved.error counts */
    const char *probe;   /* worker id of its probe */
    struct worker_view probing;
};

struct session_view {
    struct split_session session;
    struct reason refused; /* decoding failed: code and text */
    const struct json *document;
    bool sqs_name_taken; /* there is a MirrordSQSSession of its name, whoever made it */
};

struct split_view {
    struct split_record record;
    struct worker_view worker;
    const char *pod; /* identity of the pod that our workers run in; "": in none */
    const struct former_worker *formers;
    size_t former_count;
    struct client_properties properties; /* of record.client_config, as it is now */
    struct reason properties_error;
};

/* A resource that people wrote and that speaks of this target: its service, or one that declares its queues. */
struct input_view {
    enum kind kind;
    const struct json *document;
    struct reason refused; /* decoding failed, or it is one too many */
    struct field_report report;
    const struct queue_registry *registry; /* NULL: it is none, or refused */
};

/* A MirrordSQSSession that speaks of this target; those that Sluice makes are owned by their session and have its name. */
struct sqs_session_view {
    struct resource_key key;
    const struct json *document;
    const char *uid;
    const char *owner_uid; /* of the SplitSession that owns it; "": none does */
};

struct original_in_use {
    struct original original;
    struct resource_key target;
};

/* A session of another target of the namespace. */
struct other_session {
    const char *user;
    const char *phase; /* status.phase */
    int64_t created_ms;
    const char *uid;
};

struct target_view {
    struct mono now;
    int64_t wall_ms;
    int64_t lag_ms; /* what is heard of one kind may be that much older than what is heard of another */
    /* Whoever carries out rollouts was away and may be so until then: no rollout is late before. Not set: all are there. */
    struct mono patient_until;
    uint64_t random; /* fresh bits, for names */
    const struct settings *settings;
    struct resource_key key;
    bool exists;     /* its manifest is there */
    bool unobserved; /* nobody splits it, so it was not looked at: nothing is known of it */
    struct reason
        doubt; /* not every manifest was read since the start: what is missing may be there; REASON_NONE: it is gone */
    const char *uid;       /* "" when it does not exist */
    struct reason refused; /* the manifest or its environment could not be read */
    struct workload workload;
    struct target_observed observed;
    const struct kafka_topics_consumer *consumer; /* NULL: no resource declares Kafka queues of this target */
    struct reason consumer_error;                 /* a resource is there but wrong */
    const char *consumer_hash;
    struct queue_view *queues;
    size_t queue_count;
    const struct queue_registry *registries;
    const char **registry_hashes; /* of each */
    size_t registry_count;
    const struct input_view *inputs;
    size_t input_count;
    struct session_view *sessions; /* in route order: creation, then uid */
    size_t session_count;
    const struct sqs_session_view *sqs_sessions;
    size_t sqs_session_count;
    const struct other_session *other_sessions;
    size_t other_session_count;
    struct split_view *splits;
    size_t split_count;
    const struct original_in_use *others; /* of other targets */
    size_t other_count;
    size_t splits_total; /* of all targets */
    /* A QueueSplit of this target could not be read (it is named). What it has made is not known, so the target is left
     * as it is until the record is readable again; the caller logs it. The worker of that record is not started. */
    struct reason record_error;
};
