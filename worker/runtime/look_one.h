/* One look while it lasts: its filters, what it counted, which header names it saw. Internal to worker/runtime/look*.c; whoever owns it
 * guards it. */
#pragma once

#include "common/base/reason.h"
#include "ipc/look.h"
#include "ipc/messages.h"
#include "worker/route/table.h"
#include "worker/runtime/look.h"
#include "worker/runtime/look_budget.h"
#include "worker/runtime/look_frames.h"

#define LOOK_NAMES_MAX 48          /* header names that are told; others are not counted */
#define LOOK_SESSIONS_SHOWN_MAX 16 /* in one sample; the one that gets it comes first */
#define LOOK_SAMPLE_FILTERS_MAX 64

struct look_count {
    uint64_t matches, differs, absent, failed;
};

struct look_name {
    char name[257]; /* escaped */
    uint64_t messages;
};

struct look {
    uint64_t number; /* 0: free */
    bool open;       /* it sees messages; false: its filters are still coming */
    uint32_t seconds, filters_wanted, filter_count;
    struct mono until;         /* for its filters to come, then for itself */
    struct route_table *table; /* of its filters, until it is open */
    struct route_index *index; /* of its filters; NULL: it has none */
    struct route_scratch *scratch;
    struct look_budget budget;
    uint64_t passed, examined, matched, skipped;
    struct look_count counts[ROUTE_FILTERS_MAX];
    struct look_name names[LOOK_NAMES_MAX];
    size_t name_count;
};

/* Empties it; it is free afterwards. */
void look_clear(struct look *look);
/* LOOK_FILTERS_REFUSED with *why: the pattern, or a limit; -ENOMEM. */
enum look_one_outcome { LOOK_FILTERS_REFUSED = 1 };
MUST_USE int look_filter_add(struct look *look, struct str name, struct str pattern, struct reason *why);
/* All filters are there. LOOK_FILTERS_REFUSED, -ENOMEM. */
MUST_USE int look_open(struct look *look, struct mono now, struct reason *why);
/* One message that passed. Adds the frames of a sample where there is room. */
void look_at(struct look *look, const struct look_subject *subject, struct look_frames *frames);
/* Its totals. Best effort: what finds no room, or no memory, is left out. */
void look_tell(const struct look *look, enum look_state state, const struct reason *why, struct look_frames *frames);
/* Per filter and header name, then that it is over. */
void look_tell_over(const struct look *look, struct look_frames *frames);
