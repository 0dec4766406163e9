/* See event_watch.h. */
#include "supervisor/apply/event_watch.h"

#include <stdlib.h>
#include <uthash.h>

#include "common/base/log.h"

struct told {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct event_memory memory;
    UT_hash_handle hh;
};

struct event_watch {
    event_watch_fn *callback;
    void *context;
    struct store_watch *changes;
    struct told *told;
};

static int remember(struct event_watch *watch, const struct resource_key *key, struct told **ret)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct told *told = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(watch->told, text, told);
    if (!told) {
        told = calloc(1, sizeof *told);
        if (!told)
            return -ENOMEM;
        memcpy(told->text, text, sizeof text);
        HASH_ADD_STR(watch->told, text, told);
    }
    *ret = told;
    return 0;
}

static void forget(struct event_watch *watch, const struct resource_key *key)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct told *told = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(watch->told, text, told);
    if (!told)
        return;
    HASH_DEL(watch->told, told);
    free(told);
}

static bool is_told_of(enum kind kind)
{
    enum kind_role role = kind_row(kind)->role;
    return kind != KIND_SECRET && kind != KIND_CONFIG_MAP &&
           (role == KIND_ROLE_OWN || role == KIND_ROLE_RECORD || role == KIND_ROLE_INPUT);
}

static void look(struct event_watch *watch, const struct resource_key *key, const struct json *document, bool telling)
{
    struct event events[EVENTS_MAX];
    struct told *told = NULL;
    int r = remember(watch, key, &told);
    size_t count = r == 0 ? events_of_document(document, &told->memory, events) : 0;
    for (size_t i = 0; telling && i < count; i++)
        watch->callback(watch->context, key, document, &events[i]);
    if (r < 0)
        log_debug("supervisor.event", "an event is left out", LF_ERR(r));
}

/* What was there when it was first seen was told by whoever wrote it. */
static void on_change(void *context, enum store_change change, const struct resource_key *key,
                      const struct json *document)
{
    if (!is_told_of(key->kind))
        return;
    if (change == STORE_DELETED)
        forget(context, key);
    else
        look(context, key, document, change == STORE_MODIFIED);
}

static void take_as_told(void *context, const struct resource_key *key, const struct json *document)
{
    if (is_told_of(key->kind))
        look(context, key, document, false);
}

int event_watch_new(struct store *store, event_watch_fn *callback, void *context, struct event_watch **ret)
{
    struct event_watch *watch CLEANUP(event_watch_freep) = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->callback = callback;
    watch->context = context;
    int r = store_watch_new(store, on_change, watch, &watch->changes);
    if (r < 0)
        return r;
    store_each(store, KIND_NONE, NULL, take_as_told, watch);
    *ret = TAKE(watch);
    return 0;
}

void event_watch_free(struct event_watch *watch)
{
    struct told *told, *next;
    if (!watch)
        return;
    store_watch_free(watch->changes);
    HASH_ITER (hh, watch->told, told, next) {
        HASH_DEL(watch->told, told);
        free(told);
    }
    free(watch);
}
