/* Changes of the store that are worth telling people (event_of.h), one after the other. Owns the memory of what was told of each
 * document; for lack of memory an event is left out. */
#pragma once

#include "supervisor/apply/event_of.h"
#include "supervisor/store/store.h"

struct event_watch;
/* From within the store's change; document and event are borrowed. */
typedef void event_watch_fn(void *context, const struct resource_key *key, const struct json *document,
                            const struct event *event);
/* Borrows the store for life. What it has now is taken as told. -ENOMEM. */
MUST_USE int event_watch_new(struct store *store, event_watch_fn *callback, void *context, struct event_watch **ret);
void event_watch_free(struct event_watch *watch);
DEFINE_CLEANUP(struct event_watch, event_watch)
