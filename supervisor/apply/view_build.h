/* From documents and observations to the view that reconcile reads. Changes nothing. */
#pragma once

#include "common/model/setting.h"
#include "supervisor/apply/effects.h"
#include "supervisor/split/view.h"
#include "supervisor/store/store.h"

struct view_source {
    const struct store *store;
    const struct observer *observer;
    const struct settings *settings;
    const char *operator_namespace;
};

/* The target that a session, a split, a resource or a workload belongs to. 1: none. */
int view_target_of(const struct json *document, const struct resource_key *key, struct resource_key *ret);
/* Fills *ret; everything lives in the arena or, borrowed, in the store. < 0 only for lack of memory. */
MUST_USE int view_build(const struct view_source *source, const struct resource_key *target, struct mono now,
                        int64_t wall_ms, uint64_t random, struct arena *arena, struct target_view *ret);
