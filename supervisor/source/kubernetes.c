/* See kubernetes.h. Each watch is independent; the source is synced when each has listed once, and healthy when each is. */
#include "supervisor/source/kubernetes.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/base/log.h"

#define COMPONENT "supervisor.source"
#define RETRY_MAX_MS 5000 /* sessions wait for it */

struct followed {
    enum kind kind;
    struct kubernetes_source *source;
    struct kube_watch *watch;
    bool synced;
    struct reason trouble; /* REASON_NONE: it is heard of */
    struct followed *next;
};

struct kubernetes_source {
    struct kubernetes_source_config config;
    struct followed *followed;
    bool synced;
    struct reason trouble;
};

static void on_put(void *context, struct json *document_take)
{
    const struct followed *followed = context;
    char name[NAME_SIZE] = "";
    struct json *metadata = NULL;
    snprintf(name, sizeof name, "%s", json_text(json_path(document_take, "metadata", "name", NULL)));
    if (json_object_at(document_take, "metadata", &metadata) == 0)
        json_delete(metadata, "managedFields"); /* large, and whoever writes without them keeps them */
    int r = store_mirror_put(followed->source->config.store, document_take);
    if (r != 0)
        log_error(COMPONENT, "a resource is left out; there is no room for it, or it is not understood",
                  LF_STR("kind", kind_row(followed->kind)->name), LF_STR("name", name), LF_INT("result", r));
}

static void on_gone(void *context, const struct kube_object *object)
{
    const struct followed *followed = context;
    struct resource_key key = {.kind = followed->kind};
    if (str_copy(key.namespace, sizeof key.namespace, str_of(object->namespace)) < 0 ||
        str_copy(key.name, sizeof key.name, str_of(object->name)) < 0)
        return; /* it was never taken */
    if (store_mirror_remove(followed->source->config.store, &key) < 0)
        log_error(COMPONENT, "out of memory; a deleted resource goes on to count",
                  LF_STR("kind", kind_row(followed->kind)->name), LF_STR("name", object->name));
}

static void on_synced(void *context)
{
    struct followed *followed = context;
    struct kubernetes_source *source = followed->source;
    followed->synced = true;
    for (const struct followed *other = source->followed; other; other = other->next)
        if (!other->synced)
            return;
    if (!source->synced) {
        source->synced = true;
        source->config.on_synced(source->config.context);
    }
}

/* The first trouble stands for all. */
static void on_health(void *context, const struct reason *why)
{
    struct followed *followed = context;
    struct kubernetes_source *source = followed->source;
    bool before = source->trouble.code != REASON_NONE || source->trouble.text[0] != '\0';
    followed->trouble = why ? *why : (struct reason){.code = REASON_NONE};
    source->trouble = (struct reason){.code = REASON_NONE};
    for (const struct followed *other = source->followed; other; other = other->next)
        if (other->trouble.text[0] && !source->trouble.text[0])
            source->trouble = other->trouble;
    bool now = source->trouble.text[0] != '\0';
    if (why)
        log_warn(COMPONENT, "a kind is not heard of; what is known stays in force",
                 LF_STR("kind", kind_row(followed->kind)->name), LF_REASON(why));
    if (now != before)
        source->config.on_health(source->config.context, now ? &source->trouble : NULL);
}

static int follow(struct kubernetes_source *source, enum kind kind, const char *namespace)
{
    struct followed *followed = calloc(1, sizeof *followed);
    if (!followed)
        return -ENOMEM;
    followed->kind = kind;
    followed->source = source;
    LL_PREPEND(source->followed, followed);
    const struct kube_watch_spec spec = {.resource = kube_resource_of(kind),
                                         .namespace = namespace,
                                         .objects_max = STORE_DOCUMENTS_MAX,
                                         .retry_max_ms = RETRY_MAX_MS};
    const struct kube_watch_handlers handlers = {on_put, on_gone, on_synced, on_health, followed};
    return kube_watch_new(source->config.client, &spec, &handlers, &followed->watch);
}

static int follow_users(struct kubernetes_source *source, enum kind kind)
{
    const char *const *namespaces = source->config.namespaces;
    int r = namespaces[0] ? 0 : follow(source, kind, NULL);
    for (size_t i = 0; r == 0 && namespaces[i]; i++)
        r = follow(source, kind, namespaces[i]);
    return r;
}

int kubernetes_source_new(const struct kubernetes_source_config *config, struct kubernetes_source **ret)
{
    static const enum kind of_users[] = {KIND_SPLIT_SESSION, KIND_QUEUE_SPLIT, KIND_KAFKA_TOPICS_CONSUMER,
                                         KIND_WORKLOAD_QUEUE_REGISTRY, KIND_SQS_SESSION};
    struct kubernetes_source *source CLEANUP(kubernetes_source_freep) = calloc(1, sizeof *source);
    if (!source)
        return -ENOMEM;
    source->config = *config;
    int r = follow(source, KIND_KAFKA_CLIENT_CONFIG, config->operator_namespace);
    for (size_t i = 0; r == 0 && i < sizeof of_users / sizeof *of_users; i++)
        r = follow_users(source, of_users[i]);
    if (r == 0)
        *ret = TAKE(source);
    return r;
}

void kubernetes_source_free(struct kubernetes_source *source)
{
    struct followed *followed, *next;
    if (!source)
        return;
    LL_FOREACH_SAFE(source->followed, followed, next)
    {
        kube_watch_free(followed->watch);
        free(followed);
    }
    free(source);
}

bool kubernetes_source_is_synced(const struct kubernetes_source *source) { return source->synced; }

const struct reason *kubernetes_source_trouble(const struct kubernetes_source *source)
{
    return source->trouble.text[0] ? &source->trouble : NULL;
}
