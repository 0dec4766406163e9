/* From documents and observations to the view that reconcile reads. Changes nothing. */
#pragma once

#include "common/model/setting.h"
#include "supervisor/apply/effects.h"
#include "supervisor/apply/target_of.h"
#include "supervisor/split/view.h"
#include "supervisor/store/store.h"

/* All borrowed. */
struct view_source {
    enum target_home home;
    struct store *store;           /* read only */
    const struct effects *effects; /* only what they observe is used */
    const struct settings *settings;
    const char *operator_namespace;
    int64_t lag_ms;                   /* of the store's kinds among each other */
    const struct mono *patient_until; /* struct target_view; NULL: never */
};

/* Fills *ret; everything lives in the arena or, borrowed, in the store. < 0 only for lack of memory. */
MUST_USE int view_build(const struct view_source *source, const struct resource_key *target, struct mono now,
                        int64_t wall_ms, uint64_t random, struct arena *arena, struct target_view *ret);
