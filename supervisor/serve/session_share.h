/* Which sessions have series of their own, so that a page stays small whatever developers do (S-11).
 *
 * A session keeps what it got for as long as it lives: only so a total never falls. The others of a split are summed up, and what they
 * counted stays in the sum when they end. Fails for lack of memory alone. */
#pragma once

#include "common/base/err.h"
#include "ipc/figures.h"
#include <stdbool.h>

struct session_share {
    struct share_entry *entries; /* uthash by split and uid; of uid "" the sum of a split's others */
    size_t shown, shown_max;
    uint64_t round;
};

void session_share_deinit(struct session_share *share);
/* A new page: then each session is taken, then the others are asked for, then it ends. */
void session_share_begin(struct session_share *share);
/* What a session has counted now. *ret_shown: it has series of its own; else it is in the sum of its split. -ENOMEM. */
MUST_USE int session_share_take(struct session_share *share, const char *split, const char *uid,
                                const struct figures *figures, bool *ret_shown);
/* The sum of a split's others; NULL: there never was one. Keeps it known. */
const struct figures *session_share_others(struct session_share *share, const char *split);
/* Forgets sessions and splits that did not come. */
void session_share_end(struct session_share *share);
