/* The route index: a route table prepared for matching, immutable, shared by threads by reference count.
 *
 * A change of the table builds a new index, which takes over the compiled patterns and the health of the filters that
 * stay, so that a rebuild costs little and quarantine outlives it. The threads swap it in between two batches. */
#pragma once

#include "common/base/mono.h"
#include "worker/route/table.h"

#define ROUTE_STRIKES_MAX 3 /* hits of its limit within the period put a filter into quarantine (C-7) */
#define ROUTE_STRIKE_PERIOD_MS 60000

struct route_index;

/* previous: the index in force, borrowed, or NULL. ROUTE_REFUSED with *why (REASON_FILTER_INVALID, names session and
 * header) when a pattern is refused; -ENOMEM. Nothing is changed then, previous stays usable always. */
MUST_USE int route_index_build(const struct route_table *table, const struct route_index *previous,
                               struct route_index **ret, struct reason *why);
struct route_index *route_index_ref(struct route_index *index);
/* Frees it with the last reference; NULL is allowed; any thread. */
void route_index_unref(struct route_index *index);
static inline void route_index_unrefp(struct route_index **slot) { route_index_unref(*slot); }

uint64_t route_index_generation(const struct route_index *index);
size_t route_index_session_count(const struct route_index *index);

/* One session and the health of its filters, for reports to its owner. Filters that are equal in name and pattern
 * share their health among sessions. Counters only grow while a session with the filter is in consecutive tables. */
struct route_session_health {
    const char *uid; /* borrowed from the index */
    enum route_mode mode;
    uint32_t destination;
    uint64_t unevaluated;        /* times a filter could not be evaluated on a message (limit, length, quarantine) */
    uint32_t quarantined;        /* filters in quarantine */
    struct str quarantined_name; /* header name of the first of them; borrowed from the index */
};

/* Any thread, at any time; number < route_index_session_count, in route order. */
void route_index_session(const struct route_index *index, size_t number, struct route_session_health *ret);
