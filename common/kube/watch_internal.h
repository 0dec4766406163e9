/* What the files of a watch share. Included in this folder only. */
#pragma once

#include "common/kube/watch.h"

struct watch_key;

struct kube_watch {
    struct kube_client *client; /* borrowed */
    struct kube_resource resource;
    char *namespace; /* NULL: all */
    char *label_selector, *field_selector;
    size_t event_bytes_max, objects_max;
    int64_t retry_max_ms, grace_ms;
    unsigned seconds; /* 0: at random */
    struct kube_watch_handlers handlers;
    struct loop_timer *timer; /* the next step */
    struct kube_call *call;   /* a page, or the stream */
    bool relist;              /* the next step is a list from its beginning; else the stream goes on from version */
    char *version;            /* of the last event or list */
    char *page;               /* the list's next one; NULL: the first */
    unsigned round;           /* of lists */
    struct watch_key *keys;   /* told, and not told as gone */
    size_t key_count;
    unsigned failures;    /* without success in between */
    bool told, healthy;   /* what health was told */
    struct buf line;      /* the part of an event that came */
    bool broken;          /* what the stream says counts no more */
    struct mono began_at; /* this stream */
};

/* watch.c */
void watch_tell_health(struct kube_watch *watch, const struct reason *why);
/* The next step comes after a pause that grows with failures, and not before the server wishes. */
void watch_step_later(struct kube_watch *watch, int64_t retry_after_ms);
/* The next step comes at once. */
void watch_step_soon(struct kube_watch *watch);
MUST_USE int watch_query(const struct kube_watch *watch, struct buf *query); /* the selectors */
MUST_USE int watch_text_set(char **slot, struct str text);

/* watch_list.c, watch_stream.c: 0, or < 0 when there is no memory for it. */
MUST_USE int watch_list(struct kube_watch *watch);
MUST_USE int watch_stream(struct kube_watch *watch);

/* watch_keys.c: tells the handlers. */
enum watch_outcome { WATCH_MISUNDERSTOOD = 1, WATCH_TOO_MANY };
/* document is borrowed; api_version and kind fill what it lacks. */
MUST_USE int watch_put(struct kube_watch *watch, const struct json *document, const char *api_version,
                       const char *kind);
MUST_USE int watch_remove(struct kube_watch *watch, const struct json *document);
/* Those that the present round has not put are gone. */
void watch_sweep(struct kube_watch *watch);
void watch_keys_deinit(struct kube_watch *watch);
