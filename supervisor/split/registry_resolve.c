/* From what a MirrordWorkloadQueueRegistry declares to SQS queues and the variables that name them. Pure; errors stay with their
 * id, and what is not known of one container is no error where another one has the variable. */
#include "supervisor/split/resolve.h"

#include "common/base/secret.h"
#include "common/regex/regex.h"
#include "supervisor/split/json_names.h"
#include "supervisor/split/sqs_reference.h"

struct resolve {
    const struct queue_registry *registry;
    const char *resource_hash;
    const struct workload *workload;
    struct arena *arena;
    struct queue_resolved *queues;
    size_t count;
    size_t first; /* of the id that is being resolved */
    const struct registry_queue *declared;
    struct queue_entry *seen; /* variables of that id, whatever they hold */
    size_t seen_count;
    struct reason error; /* of that id */
};

#define ENTRIES_MAX 64 /* variables of one queue */

static void fail(struct resolve *resolve, enum reason_code code, const char *text, const struct queue_entry *entry)
{
    if (resolve->error.code == REASON_NONE)
        reason_set(&resolve->error, code, 0, "variable %.160s of container %.100s %s", entry->variable,
                   entry->container, text);
}

/* --- queues of the id --- */

static bool is_same(const struct queue_resolved *queue, const struct sqs_reference *reference)
{
    return strcmp(queue->name, reference->name) == 0 && strcmp(queue->account, reference->account) == 0 &&
           strcmp(queue->region, reference->region) == 0;
}

static int key_of(struct resolve *resolve, const struct sqs_reference *reference, const char **ret)
{
    char hash[SHA256_TEXT_SIZE];
    const char *text = NULL;
    int r = arena_printf(resolve->arena, &text, "%s/%s/%s", reference->account, reference->region, reference->name);
    if (r < 0)
        return r;
    sha256_hex(str_of(text), hash);
    return arena_printf(resolve->arena, ret, "%s#%.16s", resolve->declared->id, hash);
}

static struct queue_resolved begin_queue(const struct resolve *resolve)
{
    return (struct queue_resolved){.id = resolve->declared->id,
                                   .type = QUEUE_TYPE_SQS,
                                   .client_config = "",
                                   .name = "",
                                   .group = "",
                                   .account = "",
                                   .region = "",
                                   .url = "",
                                   .declared = resolve->declared,
                                   .container = resolve->registry->container,
                                   .settings = &resolve->registry->settings,
                                   .resource_hash = resolve->resource_hash,
                                   .key = resolve->declared->id,
                                   .names = NULL};
}

/* The queue of the id that is named so, made when it is the first mention. */
static int queue_at(struct resolve *resolve, const struct sqs_reference *reference, struct queue_resolved **ret)
{
    void *entries = NULL;
    for (size_t i = resolve->first; i < resolve->count; i++)
        if (is_same(&resolve->queues[i], reference)) {
            *ret = &resolve->queues[i];
            return 0;
        }
    if (resolve->count >= REGISTRY_QUEUES_MAX) { /* ids with an error come on top */
        *ret = NULL;
        reason_set(&resolve->error, REASON_LIMIT_REACHED, 0, "the target's resources name more than %d queues",
                   REGISTRY_QUEUES_MAX);
        return 0;
    }
    struct queue_resolved *queue = &resolve->queues[resolve->count];
    *queue = begin_queue(resolve);
    queue->name = reference->name;
    queue->account = reference->account;
    queue->region = reference->region;
    queue->url = reference->url;
    int r = key_of(resolve, reference, &queue->key);
    if (r == 0)
        r = arena_alloc_array(resolve->arena, ENTRIES_MAX, sizeof(struct queue_entry), &entries);
    if (r)
        return r;
    queue->names = entries;
    resolve->count++;
    *ret = queue;
    return 0;
}

static int add_place(struct resolve *resolve, const struct queue_entry *entry, size_t at, struct queue_entry *to)
{
    void *memory = NULL;
    size_t count = to->at_count;
    int r = arena_alloc_array(resolve->arena, count + 1, sizeof(size_t), &memory);
    if (r < 0)
        return r;
    size_t *places = memory;
    for (size_t i = 0; i < count; i++)
        places[i] = to->at[i];
    places[count] = at;
    *to = *entry;
    to->at = places;
    to->at_count = count + 1;
    return 0;
}

static bool same_variable(const struct queue_entry *a, const struct queue_entry *b)
{
    return strcmp(a->container, b->container) == 0 && strcmp(a->variable, b->variable) == 0;
}

/* One mention: text is a reference, whose last byte stands before end in the entry's value. */
static int add_mention(struct resolve *resolve, const struct queue_entry *entry, struct str text, size_t end)
{
    struct sqs_reference reference;
    struct queue_resolved *queue = NULL;
    int r = sqs_reference_parse(text, resolve->arena, &reference);
    if (r > 0)
        fail(resolve, REASON_NAME_SOURCE_INVALID, "does not hold the name, URL or ARN of an SQS queue", entry);
    if (r == 0)
        r = queue_at(resolve, &reference, &queue);
    if (r < 0 || !queue)
        return r < 0 ? r : 0;
    struct queue_entry *entries = (struct queue_entry *)(uintptr_t)queue->names;
    size_t at = end - strlen(reference.name);
    for (size_t i = 0; i < queue->name_count; i++)
        if (same_variable(&entries[i], entry))
            return add_place(resolve, entry, at, &entries[i]);
    if (queue->name_count == ENTRIES_MAX) {
        fail(resolve, REASON_LIMIT_REACHED, "is one too many", entry);
        return 0;
    }
    entries[queue->name_count] = (struct queue_entry){.at_count = 0};
    return add_place(resolve, entry, at, &entries[queue->name_count++]);
}

/* --- variables --- */

static int add_value(struct resolve *resolve, const struct queue_entry *entry)
{
    struct json_name *names = NULL;
    struct str value = str_of(entry->value);
    size_t count = 0;
    if (resolve->seen_count < ENTRIES_MAX)
        resolve->seen[resolve->seen_count++] = *entry;
    if (!value.len)
        fail(resolve, REASON_NAME_SOURCE_EMPTY, "is empty", entry);
    if (resolve->error.code != REASON_NONE)
        return 0;
    if (!resolve->declared->json_map)
        return add_mention(resolve, entry, value, value.len);
    int r = json_names_find(value, resolve->arena, &names, &count);
    if (r > 0)
        fail(resolve, REASON_NAME_SOURCE_INVALID, "does not hold a JSON object of names (namesFromJsonMap)", entry);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = add_mention(resolve, entry, names[i].value, names[i].end);
    return r < 0 ? r : 0;
}

static int add_present(struct resolve *resolve, const char *container, const struct env_variable *variable)
{
    const struct queue_entry entry = {
        .container = container, .variable = variable->name, .value = variable->value, .present = variable};
    if (variable->unknown)
        fail(resolve, REASON_NAME_SOURCE_UNREADABLE, "comes from where Sluice cannot read", &entry);
    return add_value(resolve, &entry);
}

static bool is_meant(const struct resolve *resolve, size_t container)
{
    const char *only = resolve->registry->container;
    return !only || strcmp(only, resolve->workload->containers[container].name) == 0;
}

/* Where no container has the variable, each that is meant gets it, with the fallback's name in its place. */
static int add_fallback(struct resolve *resolve)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < resolve->workload->container_count; i++) {
        const struct queue_entry entry = {.container = resolve->workload->containers[i].name,
                                          .variable = resolve->declared->variable,
                                          .value = resolve->declared->fallback};
        const char *hidden = resolve->workload->environments[i].hidden;
        if (!is_meant(resolve, i))
            continue;
        if (hidden)
            fail(resolve, REASON_NAME_SOURCE_UNREADABLE, "comes, if at all, from where Sluice cannot read", &entry);
        if (!entry.value)
            fail(resolve, REASON_NAME_SOURCE_EMPTY, "is absent, and the queue has no fallbackName", &entry);
        r = add_value(resolve, &entry);
    }
    return r;
}

static int resolve_variable(struct resolve *resolve)
{
    bool found = false;
    int r = 0;
    if (variable_is_loader_like(resolve->declared->variable)) {
        reason_set(&resolve->error, REASON_VARIABLE_REFUSED, 0,
                   "variable %.253s changes how programs are run and is never patched", resolve->declared->variable);
        return 0;
    }
    for (size_t i = 0; r == 0 && i < resolve->workload->container_count; i++) {
        const struct env_variable *variable =
            environment_find(&resolve->workload->environments[i], resolve->declared->variable);
        if (!variable || !is_meant(resolve, i))
            continue;
        found = true;
        r = add_present(resolve, resolve->workload->containers[i].name, variable);
    }
    return r || found ? r : add_fallback(resolve);
}

static int add_matching(struct resolve *resolve, size_t container, const struct regex *regex,
                        struct regex_scratch *scratch)
{
    const struct environment *environment = &resolve->workload->environments[container];
    int r = 0;
    for (size_t i = 0; r == 0 && i < environment->count; i++) {
        const struct env_variable *variable = &environment->variables[i];
        if (variable_is_loader_like(variable->name) ||
            regex_search(regex, scratch, str_of(variable->name)) != REGEX_MATCH)
            continue;
        r = add_present(resolve, resolve->workload->containers[container].name, variable);
    }
    return r;
}

static int resolve_pattern(struct resolve *resolve)
{
    struct regex *regex CLEANUP(regex_freep) = NULL;
    struct regex_scratch *scratch CLEANUP(regex_scratch_freep) = NULL;
    struct reason why;
    int r = regex_compile(str_of(resolve->declared->pattern), &regex, &why);
    if (r > 0) {
        reason_set(&resolve->error, REASON_FIELD_INVALID, 0, "spec.queues.%.100s.nameSource.regexPattern: %.300s",
                   resolve->declared->id, why.text);
        return 0;
    }
    if (r == 0)
        r = regex_scratch_new(&scratch);
    for (size_t i = 0; r == 0 && i < resolve->workload->container_count; i++)
        if (is_meant(resolve, i))
            r = add_matching(resolve, i, regex, scratch);
    return r;
}

/* --- the id --- */

static bool container_is_there(const struct resolve *resolve)
{
    const char *only = resolve->registry->container;
    return !only || workload_environment(resolve->workload, only);
}

/* All or none of an id's queues are split: a session that names it asks for each of them. */
static int end_id(struct resolve *resolve)
{
    void *names = NULL;
    if (resolve->error.code == REASON_NONE && resolve->count == resolve->first)
        reason_set(&resolve->error, REASON_NAME_SOURCE_EMPTY, 0, "no variable names a queue of id %.253s",
                   resolve->declared->id);
    if (resolve->error.code == REASON_NONE)
        return 0;
    resolve->count = resolve->first;
    struct queue_resolved *queue = &resolve->queues[resolve->count++];
    *queue = begin_queue(resolve);
    queue->error = resolve->error;
    int r = arena_alloc_array(resolve->arena, resolve->seen_count + 1, sizeof(struct queue_entry), &names);
    if (r < 0)
        return r;
    if (resolve->seen_count)
        memcpy(names, resolve->seen, resolve->seen_count * sizeof *resolve->seen);
    queue->names = names;
    queue->name_count = resolve->seen_count;
    return 0;
}

/* Of an id with an error too: what variables it has is kept from local processes (C-14). */
static int resolve_id(struct resolve *resolve, const struct registry_queue *declared)
{
    bool there = container_is_there(resolve);
    int r = 0;
    resolve->declared = declared;
    resolve->first = resolve->count;
    resolve->seen_count = 0;
    resolve->error = declared->error;
    if (resolve->error.code == REASON_NONE && !there)
        reason_set(&resolve->error, REASON_CONTAINER_NOT_FOUND, 0, "the target has no container %.253s",
                   resolve->registry->container);
    if (there && declared->variable)
        r = resolve_variable(resolve);
    else if (there && declared->pattern)
        r = resolve_pattern(resolve);
    return r ? r : end_id(resolve);
}

int registry_resolve(const struct queue_registry *registry, const char *resource_hash,
                     const struct workload *workload, struct arena *arena, struct queue_resolved **ret,
                     size_t *ret_count)
{
    struct resolve resolve = {
        .registry = registry, .resource_hash = resource_hash, .workload = workload, .arena = arena};
    void *memory = NULL, *seen = NULL;
    size_t room = REGISTRY_QUEUES_MAX + registry->queue_count + 1;
    int r = arena_alloc_array(arena, room, sizeof(struct queue_resolved), &memory);
    if (r == 0)
        r = arena_alloc_array(arena, ENTRIES_MAX, sizeof(struct queue_entry), &seen);
    resolve.queues = memory;
    resolve.seen = seen;
    for (size_t i = 0; r == 0 && i < registry->queue_count; i++)
        if (strcmp(registry->queues[i].type, queue_type_name(QUEUE_TYPE_SQS)) == 0)
            r = resolve_id(&resolve, &registry->queues[i]);
    if (r < 0)
        return r;
    *ret = resolve.queues;
    *ret_count = resolve.count;
    return 0;
}
