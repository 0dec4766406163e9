/* Resolution of declared name sources. Pure; errors stay with their queue. */
#include "supervisor/split/resolve.h"

int workload_resolve(const struct container *containers, size_t count, const struct environment_source *source,
                     struct arena *arena, struct workload *ret, struct reason *why)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, count, sizeof(struct environment), &memory);
    struct environment *environments = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = environment_resolve(&containers[i], source, arena, &environments[i], why);
    if (r == 0)
        *ret = (struct workload){source->namespace, containers, count, environments};
    return r;
}

bool variable_is_loader_like(const char *variable)
{
    static const char *const names[] = {"PATH",     "BASH_ENV", "ENV",     "IFS",     "PYTHONPATH", "PYTHONSTARTUP",
                                        "PERL5LIB", "PERL5OPT", "RUBYOPT", "RUBYLIB", "CLASSPATH",  "JAVA_OPTS"};
    struct str name = str_of(variable);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal(name, str_of(names[i])))
            return true;
    return str_starts_with(name, STR("LD_")) || str_starts_with(name, STR("DYLD_")) ||
           str_ends_with(name, STR("_OPTIONS")) || str_ends_with(name, STR("_PRELOAD"));
}

const struct environment *workload_environment(const struct workload *workload, const char *container)
{
    for (size_t i = 0; i < workload->container_count; i++)
        if (strcmp(workload->containers[i].name, container) == 0)
            return &workload->environments[i];
    return NULL;
}

static int entry_resolve(const struct env_source *source, const struct workload *workload, struct queue_entry *entry,
                         struct reason *error)
{
    const struct environment *environment = workload_environment(workload, source->container);
    if (!environment)
        return reason_set(error, REASON_CONTAINER_NOT_FOUND, 1, "the target has no container %.253s",
                          source->container);
    if (variable_is_loader_like(source->variable))
        return reason_set(error, REASON_VARIABLE_REFUSED, 1,
                          "variable %.253s changes how programs are run and is never patched", source->variable);
    entry->container = source->container;
    entry->variable = source->variable;
    entry->present = environment_find(environment, source->variable);
    const char *unknown = entry->present ? entry->present->unknown : environment->hidden;
    if (unknown)
        return reason_set(error, REASON_NAME_SOURCE_UNREADABLE, 1,
                          "variable %.120s of container %.120s comes%s from %.200s, which Sluice cannot read",
                          source->variable, source->container, entry->present ? "" : ", if at all,", unknown);
    entry->value = entry->present ? entry->present->value : source->fallback;
    if (!entry->value || !entry->value[0])
        return reason_set(error, REASON_NAME_SOURCE_EMPTY, 1,
                          "variable %.253s of container %.253s is absent or empty, and the source has no fallback",
                          source->variable, source->container);
    return 0;
}

/* Resolves all sources of one name; they must agree. */
static int sources_resolve(const struct env_source *sources, size_t count, const struct workload *workload,
                           struct arena *arena, const struct queue_entry **ret_entries, const char **ret_value,
                           struct reason *error)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, count + 1, sizeof(struct queue_entry), &memory);
    struct queue_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = entry_resolve(&sources[i], workload, &entries[i], error);
        if (r == 0 && strcmp(entries[i].value, entries[0].value) != 0)
            r = reason_set(error, REASON_NAME_SOURCES_DIFFER, 1, "variables %.200s and %.200s hold different names",
                           sources[0].variable, sources[i].variable);
    }
    if (r < 0)
        return r;
    *ret_entries = entries;
    *ret_value = r == 0 && count ? entries[0].value : "";
    return r;
}

static bool topic_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 249 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static void judge_names(struct queue_resolved *queue)
{
    if (!topic_name_is_valid(queue->name))
        reason_set(&queue->error, REASON_NAME_SOURCE_EMPTY, 0,
                   "variable %.253s does not hold the name of one Kafka topic", queue->names[0].variable);
    else if (queue->group_count == 0)
        reason_set(&queue->error, REASON_GROUP_UNDECLARED, 0,
                   "queue %.253s declares no groupIdSources, so its consumer group is not known", queue->id);
    else if (strlen(queue->group) > 200)
        reason_set(&queue->error, REASON_FIELD_INVALID, 0, "the group id of queue %.253s is longer than 200 bytes",
                   queue->id);
}

static int queue_resolve(const struct kafka_topics_consumer *consumer, const struct kafka_topic *topic,
                         const struct workload *workload, struct arena *arena, struct queue_resolved *queue)
{
    *queue = (struct queue_resolved){.id = topic->id,
                                     .type = QUEUE_TYPE_KAFKA,
                                     .client_config = topic->client_config,
                                     .name = "",
                                     .group = "",
                                     .account = "",
                                     .region = "",
                                     .url = "",
                                     .topic = topic,
                                     .settings = &consumer->settings,
                                     .key = topic->id,
                                     .name_count = topic->name_count,
                                     .group_count = topic->group_count,
                                     .error = topic->error};
    if (queue->error.code != REASON_NONE)
        return 0;
    int r =
        sources_resolve(topic->names, topic->name_count, workload, arena, &queue->names, &queue->name, &queue->error);
    if (r == 0)
        r = sources_resolve(topic->groups, topic->group_count, workload, arena, &queue->groups, &queue->group,
                            &queue->error);
    if (r == 0)
        judge_names(queue);
    return r < 0 ? r : 0;
}

int queues_resolve(const struct kafka_topics_consumer *consumer, const struct workload *workload, struct arena *arena,
                   struct queue_resolved **ret)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, consumer->topic_count + 1, sizeof(struct queue_resolved), &memory);
    struct queue_resolved *queues = memory;
    for (size_t i = 0; r == 0 && i < consumer->topic_count; i++)
        r = queue_resolve(consumer, &consumer->topics[i], workload, arena, &queues[i]);
    if (r == 0)
        *ret = queues;
    return r;
}

static bool is_declared(const struct queue_resolved *queues, size_t count, const char *container,
                        const char *variable)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < queues[i].name_count + queues[i].group_count && queues[i].error.code == REASON_NONE;
             j++) {
            const struct queue_entry *entry =
                j < queues[i].name_count ? &queues[i].names[j] : &queues[i].groups[j - queues[i].name_count];
            if (strcmp(entry->container, container) == 0 && strcmp(entry->variable, variable) == 0)
                return true;
        }
    return false;
}

static bool any_refers_to(const char *const *texts, const char *variable)
{
    for (; texts && *texts; texts++)
        if (environment_refers_to(*texts, variable))
            return true;
    return false;
}

struct dependent workload_dependent(const struct workload *workload, const struct queue_resolved *queues,
                                    size_t count, const struct queue_entry *of)
{
    for (size_t i = 0; i < workload->container_count; i++) {
        const struct container *container = &workload->containers[i];
        if (strcmp(container->name, of->container) != 0)
            continue;
        for (size_t j = 0; j < container->env_count; j++) {
            const struct env_entry *entry = &container->env[j];
            if (entry->kind == ENV_VALUE && environment_refers_to(entry->value, of->variable) &&
                !is_declared(queues, count, container->name, entry->name))
                return (struct dependent){entry->name, true};
        }
        if (any_refers_to(container->command, of->variable))
            return (struct dependent){"command", false};
        if (any_refers_to(container->args, of->variable))
            return (struct dependent){"args", false};
    }
    return (struct dependent){NULL, false};
}
