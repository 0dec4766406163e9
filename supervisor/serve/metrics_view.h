/* What one page of figures is made from: every split with what its worker tells, and the sessions that have series of their own.
 *
 * Gathered once for each page, for the text goes figure by figure, not split by split. Borrows from store and fleet: valid until the
 * loop turns. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/serve/session_share.h"
#include "supervisor/store/store.h"

#define VIEW_BYTES_MAX (64u << 20)
#define VIEW_OTHERS "(others)" /* no session can have that name */

struct view_split {
    const char *namespace, *name;
    const struct json *spec, *status;
    bool has_worker; /* there is or was one */
    struct fleet_numbers worker;
};

struct view_session {
    const char *namespace, *split, *name;
    const struct figures *figures;
};

struct metrics_view {
    struct view_split *splits;
    size_t split_count;
    struct view_session *sessions;
    size_t session_count;
};

/* -ENOMEM, -ENOBUFS: more than VIEW_BYTES_MAX. */
MUST_USE int metrics_view_take(const struct store *store, struct fleet *fleet, struct session_share *share,
                               struct arena *arena, struct metrics_view *ret);
