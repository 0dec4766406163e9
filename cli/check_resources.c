/* Does everything exist that the resources of a target name? */
#include "cli/check_rules.h"
#include "cli/condition.h"

enum { SUBJECT_SIZE = 640 };

const char *check_member(const struct json *object, const char *key) { return json_text(json_get(object, key)); }

void check_subject(const char *what, const struct json *document, char ret[CHECK_SUBJECT_SIZE])
{
    snprintf(ret, CHECK_SUBJECT_SIZE, "%s %.60s/%.250s", what,
             json_text(json_path(document, "metadata", "namespace", NULL)),
             json_text(json_path(document, "metadata", "name", NULL)));
}

static const char *metadata_of(const struct json *document, const char *key)
{
    return json_text(json_path(document, "metadata", key, NULL));
}

static const char *kind_meant(const struct check_world *world, const char *kind)
{
    return world->cluster ? kind : kind_row(KIND_LOCAL_SERVICE)->name;
}

const struct json *check_workload(const struct check_world *world, const char *kind, const char *namespace,
                                  const char *name)
{
    for (size_t i = 0; i < json_count(world->workloads); i++) {
        const struct json *workload = json_at(world->workloads, i);
        if (strcmp(metadata_of(workload, "name"), name) == 0 &&
            (!namespace || strcmp(metadata_of(workload, "namespace"), namespace) == 0) &&
            strcmp(check_member(workload, "kind"), kind_meant(world, kind)) == 0)
            return workload;
    }
    return NULL;
}

/* Element of a list whose member is text. */
static const struct json *element(const struct json *list, const char *key, const char *text)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(check_member(json_at(list, i), key), text) == 0)
            return json_at(list, i);
    return NULL;
}

/* A LocalService has no template. */
static const struct json *container_of(const struct json *workload, const char *name)
{
    const struct json *template = json_path(workload, "spec", "template", "spec", NULL);
    return element(json_get(template ? template : json_get(workload, "spec"), "containers"), "name", name);
}

/* What the splits say that this queue id resolves to: the supervisor's own resolution. NULL: no split yet. */
static const struct json *split_queue(const struct check_world *world, const char *namespace, const char *target,
                                      const char *id)
{
    for (size_t i = 0; i < json_count(world->splits); i++) {
        const struct json *split = json_at(world->splits, i), *queue = json_path(split, "spec", "queue", NULL);
        const struct json *ids = json_get(queue, "ids");
        if (strcmp(metadata_of(split, "namespace"), namespace) != 0 ||
            strcmp(json_text(json_path(split, "spec", "target", "name", NULL)), target) != 0)
            continue;
        for (size_t n = 0; n < json_count(ids); n++)
            if (strcmp(json_text(json_at(ids, n)), id) == 0)
                return queue;
    }
    return NULL;
}

/* One place where a name stands. Values of Secrets and ConfigMaps are not read here, only that the variable is there. */
static void check_name_source(const struct json *service, const struct json *source, const char *subject,
                              struct findings *findings)
{
    const struct json *place = json_get(source, "directEnvVar");
    const char *container = check_member(place, "container"), *variable = check_member(place, "variable");
    const struct json *found = container_of(service, container);
    const struct json *entry = element(json_get(found, "env"), "name", variable);
    const char *value = check_member(entry, "value"), *fallback = check_member(place, "fallback");
    if (!found)
        findings_add(findings, FINDING_PROBLEM, subject, REASON_CONTAINER_NOT_FOUND,
                     "the target has no container '%s'", container);
    else if (entry && value[0])
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "%s of container %s is '%s'", variable, container,
                     value);
    else if (entry && json_get(entry, "valueFrom"))
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "%s of container %s comes from another resource",
                     variable, container);
    else if (fallback[0])
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE,
                     "%s of container %s is absent; the fallback '%s' counts", variable, container, fallback);
    else if (json_count(json_get(found, "envFrom")) > 0)
        findings_add(findings, FINDING_NOTE, subject, REASON_NONE,
                     "%s of container %s can only come from envFrom, which is not looked into here", variable,
                     container);
    else
        findings_add(findings, FINDING_PROBLEM, subject, REASON_NAME_SOURCE_EMPTY,
                     "%s of container %s is not set and has no fallback", variable, container);
}

/* The one that counts, for a name may stand in several namespaces, of which the operator's alone is read. */
const struct json *check_config_named(const struct check_world *world, const char *name)
{
    const struct json *first = NULL;
    for (size_t i = 0; name[0] && i < json_count(world->configs); i++) {
        const struct json *config = json_at(world->configs, i);
        if (strcmp(metadata_of(config, "name"), name) != 0)
            continue;
        if (!condition_is_bad(condition_of(config, "Accepted")))
            return config;
        first = first ? first : config;
    }
    return first;
}

/* A client config and its parents. */
static void check_config(const struct check_world *world, const char *name, const char *subject,
                         struct findings *findings)
{
    enum { PARENTS_MAX = 4 };
    for (unsigned depth = 0; world->configs && name[0]; depth++) {
        const struct json *found = check_config_named(world, name), *accepted = condition_of(found, "Accepted");
        if (!found || depth >= PARENTS_MAX) {
            findings_add(findings, FINDING_PROBLEM, subject,
                         found ? REASON_CLIENT_CONFIG_INVALID : REASON_CLIENT_CONFIG_NOT_FOUND,
                         found ? "the parents of its client config go deeper than %2$d ('%1$s')"
                               : "there is no MirrordKafkaClientConfig '%1$s'",
                         name, PARENTS_MAX);
            return;
        }
        if (condition_is_bad(accepted)) {
            findings_add(findings, FINDING_PROBLEM, subject,
                         reason_from_name(str_of(check_member(accepted, "reason"))),
                         "its client config %.250s in namespace %.60s is refused: %.300s", name,
                         metadata_of(found, "namespace"), check_member(accepted, "message"));
            return;
        }
        name = json_text(json_path(found, "spec", "parent", NULL));
    }
    if (world->configs)
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "its client config is there");
}

static void check_topic(const struct check_world *world, const struct json *consumer, const struct json *service,
                        const struct json *topic, struct findings *findings)
{
    const char *id = check_member(topic, "id"),
               *target = json_text(json_path(consumer, "spec", "consumerName", NULL));
    const struct json *queue = split_queue(world, metadata_of(consumer, "namespace"), target, id);
    const struct json *groups = json_get(topic, "groupIdSources"), *names = json_get(topic, "nameSources");
    const struct json *applications = json_get(topic, "applicationIdSources");
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, "queue %.250s of %.250s", id, target);
    check_config(world, check_member(topic, "clientConfig"), subject, findings);
    for (size_t i = 0; service && i < json_count(names); i++)
        check_name_source(service, json_at(names, i), subject, findings);
    for (size_t i = 0; service && i < json_count(groups); i++)
        check_name_source(service, json_at(groups, i), subject, findings);
    for (size_t i = 0; service && i < json_count(applications); i++)
        check_name_source(service, json_at(applications, i), subject, findings);
    if (json_count(groups) + json_count(applications) == 0)
        findings_add(findings, FINDING_NOTE, subject, REASON_GROUP_UNDECLARED, "it declares no consumer group id");
    if (queue)
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "is split now: topic '%s', group '%s'",
                     check_member(queue, "name"), check_member(queue, "group"));
}

static void check_consumer(const struct check_world *world, const struct json *consumer, struct findings *findings)
{
    const char *target = json_text(json_path(consumer, "spec", "consumerName", NULL));
    const struct json *topics = json_path(consumer, "spec", "topics", NULL);
    const char *kind = json_text(json_path(consumer, "spec", "consumerKind", NULL));
    const struct json *service = check_workload(world, kind, metadata_of(consumer, "namespace"), target);
    unsigned before = findings->problems;
    char subject[CHECK_SUBJECT_SIZE];
    check_subject(kind_row(KIND_KAFKA_TOPICS_CONSUMER)->name, consumer, subject);
    if (!service && world->workloads)
        findings_add(findings, FINDING_PROBLEM, subject, REASON_TARGET_NOT_FOUND,
                     "there is no %.60s '%s' in its namespace", kind_meant(world, kind), target);
    for (size_t i = 0; i < json_count(topics); i++)
        check_topic(world, consumer, service, json_at(topics, i), findings);
    check_verdict(KIND_KAFKA_TOPICS_CONSUMER, consumer, findings->problems > before, findings);
}

/* Says when its target is not there: while nobody splits it, the supervisor does not look. */
static bool check_registry_target(const struct check_world *world, const struct json *registry,
                                  struct findings *findings)
{
    const struct json *consumer = json_path(registry, "spec", "consumer", NULL);
    const char *kind = check_member(consumer, "workloadType"), *name = check_member(consumer, "name");
    char subject[CHECK_SUBJECT_SIZE];
    if (!world->workloads || check_workload(world, kind, metadata_of(registry, "namespace"), name))
        return true;
    check_subject(kind_row(KIND_WORKLOAD_QUEUE_REGISTRY)->name, registry, subject);
    findings_add(findings, FINDING_PROBLEM, subject, REASON_TARGET_NOT_FOUND,
                 "there is no %.60s '%.253s' in its namespace", kind_meant(world, kind), name);
    return false;
}

/* How many there are. */
static size_t check_registries(const struct check_world *world, const char *target_name, struct findings *findings)
{
    size_t matched = 0;
    for (size_t i = 0; i < json_count(world->registries); i++) {
        const struct json *registry = json_at(world->registries, i);
        const char *name = json_text(json_path(registry, "spec", "consumer", "name", NULL));
        if (target_name && strcmp(name, target_name) != 0)
            continue;
        matched++;
        bool there = check_registry_target(world, registry, findings);
        check_verdict(KIND_WORKLOAD_QUEUE_REGISTRY, registry, !there, findings);
    }
    return matched;
}

static void check_target(const struct check_world *world, const struct target_ref *target, struct findings *findings)
{
    const struct json *workload = check_workload(world, target->kind, NULL, target->name);
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, "target %.250s", target->name);
    if (!workload)
        findings_add(findings, FINDING_PROBLEM, subject, REASON_TARGET_NOT_FOUND,
                     "there is no %s of that name in the namespace", kind_meant(world, target->kind));
    else if (target->container[0] && !container_of(workload, target->container))
        findings_add(findings, FINDING_PROBLEM, subject, REASON_CONTAINER_NOT_FOUND, "it has no container '%s'",
                     target->container);
    else
        findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "is there");
}

void check_resources(const struct check_world *world, const struct target_ref *target, struct findings *findings)
{
    const char *target_name = target ? target->name : NULL;
    size_t matched = 0;
    if (target && world->workloads)
        check_target(world, target, findings);
    for (size_t i = 0; i < json_count(world->consumers); i++) {
        const struct json *consumer = json_at(world->consumers, i);
        const char *name = json_text(json_path(consumer, "spec", "consumerName", NULL));
        if (target_name && strcmp(name, target_name) != 0)
            continue;
        matched++;
        check_consumer(world, consumer, findings);
    }
    matched += check_registries(world, target_name, findings);
    for (size_t i = 0; !target_name && i < json_count(world->configs); i++)
        check_verdict(KIND_KAFKA_CLIENT_CONFIG, json_at(world->configs, i), false, findings);
    if (matched == 0 && world->consumers && world->registries)
        findings_add(
            findings, FINDING_PROBLEM, target_name ? target_name : "queues", REASON_QUEUE_NOT_FOUND,
            "no MirrordKafkaTopicsConsumer or MirrordWorkloadQueueRegistry names %s, so there is nothing to split",
            target_name ? "this target" : "a target");
}
