/* See session_watch.h. What is not there from the beginning is gone, too, which the first list says. */
#include "cli/session_watch.h"

#include <stdlib.h>

enum { RETRY_MAX_MS = 1000 /* a person waits */ };

struct session_watch {
    struct session_id id; /* borrowed */
    struct session_watch_handlers handlers;
    struct kube_watch *watch;
    bool there;       /* as the server said last */
    bool told_gone;   /* since it was there */
    bool unreachable; /* told */
};

static void tell_gone(struct session_watch *watch)
{
    watch->there = false;
    if (watch->told_gone)
        return;
    watch->told_gone = true;
    watch->handlers.gone(watch->handlers.context);
}

static void on_put(void *context, struct json *document)
{
    struct session_watch *watch = context;
    CLEANUP(json_freep) struct json *owned = document;
    /* A server may know no field selectors. */
    if (strcmp(json_text(json_path(owned, "metadata", "name", NULL)), watch->id.name) != 0)
        return;
    watch->there = true;
    watch->told_gone = false;
    watch->handlers.document(watch->handlers.context, owned);
}

static void on_gone(void *context, const struct kube_object *object)
{
    struct session_watch *watch = context;
    if (strcmp(object->name, watch->id.name) == 0)
        tell_gone(watch);
}

static void on_synced(void *context)
{
    struct session_watch *watch = context;
    if (!watch->there)
        tell_gone(watch);
}

static void on_health(void *context, const struct reason *why)
{
    struct session_watch *watch = context;
    if (watch->unreachable == (why != NULL))
        return;
    watch->unreachable = why != NULL;
    watch->handlers.reachable(watch->handlers.context, why);
}

int session_watch_new(struct kube_client *client, struct session_id id, const struct session_watch_handlers *handlers,
                      struct session_watch **ret)
{
    CLEANUP(session_watch_freep) struct session_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    *watch = (struct session_watch){.id = id, .handlers = *handlers};
    const struct kube_watch_spec spec = {.resource = kube_resource_of(KIND_SPLIT_SESSION),
                                         .namespace = id.namespace,
                                         .name = id.name,
                                         .retry_max_ms = RETRY_MAX_MS};
    const struct kube_watch_handlers own = {on_put, on_gone, on_synced, on_health, watch};
    int r = kube_watch_new(client, &spec, &own, &watch->watch);
    if (r == 0)
        *ret = TAKE(watch);
    return r;
}

void session_watch_free(struct session_watch *watch)
{
    if (!watch)
        return;
    kube_watch_free(watch->watch);
    free(watch);
}
