/* The objects of one resource, followed for ever: list, watch from there, list again when the watch cannot go on.
 *
 * Owns its calls, its timer and the keys of the objects that it told of (no documents). After every complete list, and after
 * each event, what was told is what the server has. Callbacks come from the loop; the watch may not be freed inside of
 * them. */
#pragma once

#include "common/kube/client.h"

enum {
    KUBE_PAGE_OBJECTS = 500,
    KUBE_EVENT_BYTES_MAX = 4 << 20,
    KUBE_WATCH_OBJECTS_MAX = 100000,
    KUBE_WATCH_RETRY_MS = 300, /* after the first failure, then growing */
    KUBE_WATCH_RETRY_MAX_MS = 30000,
    KUBE_WATCH_S_MIN = 240, /* a stream lasts so long, at random */
    KUBE_WATCH_S_MAX = 300,
    KUBE_WATCH_GRACE_MS = 30000, /* and is given up when it was silent for so much longer */
};

struct kube_object {
    const char *namespace; /* "" for one that is in none */
    const char *name;
    const char *uid; /* the last that is known */
};

struct kube_watch_handlers {
    /* An object as it is now; the handler owns document from then on. An object that is unchanged may come again. Its
     * apiVersion and kind are there, as lists leave them out. */
    void (*put)(void *context, struct json *document);
    /* It does not exist any more; borrowed for the call. An object that was replaced by one of another uid is told as gone
     * before the new one is put. */
    void (*gone)(void *context, const struct kube_object *object);
    /* What was told is complete: after each list. */
    void (*synced)(void *context);
    /* *why: nothing new is heard from now on; NULL: changes come again, from before the silence on. Told when it changes, and
     * for the first time when the first watch began or failed. */
    void (*health)(void *context, const struct reason *why);
    void *context;
};

struct kube_watch_spec {
    struct kube_resource resource;
    const char *namespace;      /* NULL: all */
    const char *name;           /* one object only (metadata.name); NULL: all */
    const char *label_selector; /* NULL: none */
    const char *field_selector; /* NULL: none; not beside name */
    size_t event_bytes_max;     /* 0: KUBE_EVENT_BYTES_MAX */
    size_t objects_max;         /* 0: KUBE_WATCH_OBJECTS_MAX */
    int64_t retry_max_ms;       /* 0: KUBE_WATCH_RETRY_MAX_MS */
    unsigned seconds;           /* that a stream lasts; 0: at random */
    int64_t grace_ms;           /* 0: KUBE_WATCH_GRACE_MS */
};

struct kube_watch;
/* Begins at once; texts are copied. client is borrowed for the watch's life. */
MUST_USE int kube_watch_new(struct kube_client *client, const struct kube_watch_spec *spec,
                            const struct kube_watch_handlers *handlers, struct kube_watch **ret);
void kube_watch_free(struct kube_watch *watch);
DEFINE_CLEANUP(struct kube_watch, kube_watch)
