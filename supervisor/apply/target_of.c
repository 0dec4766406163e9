/* See target_of.h. */
#include "supervisor/apply/target_of.h"

/* Resources may name a kind with any version of its API. */
static enum kind workload_kind(const char *name)
{
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
        if (kind_row(kind)->role == KIND_ROLE_WORKLOAD && strcmp(kind_row(kind)->name, name) == 0)
            return kind;
    return KIND_NONE;
}

static int named(enum target_home home, const char *namespace, const struct json *kind, const struct json *name,
                 struct resource_key *ret)
{
    struct resource_key key = {.kind = home == TARGETS_LOCAL ? KIND_LOCAL_SERVICE : workload_kind(json_text(kind))};
    if (key.kind == KIND_NONE || str_copy(key.namespace, sizeof key.namespace, str_of(namespace)) ||
        str_copy(key.name, sizeof key.name, json_str(name)) || !key.name[0])
        return TARGET_OF_NONE;
    *ret = key;
    return 0;
}

int target_of_document(enum target_home home, const struct json *document, const struct resource_key *key,
                       struct resource_key *ret)
{
    const struct json *spec = json_get(document, "spec");
    switch (key->kind) {
    case KIND_LOCAL_SERVICE:
    case KIND_DEPLOYMENT:
    case KIND_STATEFUL_SET:
    case KIND_ROLLOUT:
        *ret = *key;
        return 0;
    case KIND_KAFKA_TOPICS_CONSUMER:
        return named(home, key->namespace, json_get(spec, "consumerKind"), json_get(spec, "consumerName"), ret);
    case KIND_WORKLOAD_QUEUE_REGISTRY:
        return named(home, key->namespace, json_path(spec, "consumer", "workloadType", NULL),
                     json_path(spec, "consumer", "name", NULL), ret);
    case KIND_SQS_SESSION:
        return named(home, key->namespace, json_path(spec, "queueConsumer", "workloadType", NULL),
                     json_path(spec, "queueConsumer", "name", NULL), ret);
    case KIND_SPLIT_SESSION:
    case KIND_QUEUE_SPLIT:
        return named(home, key->namespace, json_path(spec, "target", "kind", NULL),
                     json_path(spec, "target", "name", NULL), ret);
    case KIND_NONE:
    case KIND_KAFKA_CLIENT_CONFIG:
    case KIND_CONFIG_MAP:
    case KIND_SECRET:
    case KIND_COUNT:
        break;
    }
    return TARGET_OF_NONE;
}

int target_of_local_document(const struct json *document, const struct resource_key *key, struct resource_key *ret)
{
    return target_of_document(TARGETS_LOCAL, document, key, ret);
}

int target_of_cluster_document(const struct json *document, const struct resource_key *key, struct resource_key *ret)
{
    return target_of_document(TARGETS_CLUSTER, document, key, ret);
}
