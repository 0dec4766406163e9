/* Events of a cluster (events.k8s.io/v1) about splits, sessions and the resources that people wrote.
 *
 * Tells what event_watch.h finds; what happens again within EVENT_SERIES_MS becomes a series of the
 * same event. Owns what was told and the calls on their way. Events are for people: one that cannot be written is left out, and
 * nothing waits for one. */
#pragma once

#include "common/kube/client.h"
#include "supervisor/store/store.h"

#define EVENT_SERIES_MS (6 * 60 * 1000)
#define EVENTS_RECENT_MAX 256
#define EVENT_CALLS_MAX 32 /* on their way at the same time */

struct event_writer_config {
    struct kube_client *client;
    struct store *store;
    const char *instance; /* who tells: the name of the pod */
    /* False: another operator tells what happens; what is seen now is taken as told. */
    bool (*may_write)(void *context);
    void *context;
};

struct event_writer;
/* Borrows what config points to for life. What the store has now is taken as told. -ENOMEM. */
MUST_USE int event_writer_new(const struct event_writer_config *config, struct event_writer **ret);
void event_writer_free(struct event_writer *writer);
DEFINE_CLEANUP(struct event_writer, event_writer)
