/* Where a message goes: a pure function of its headers, the route index and the time.
 *
 * - The first session in route order whose filters all match takes the message (steal). Every mirror session whose
 *   filters all match gets a copy, whether it stands before or after the one that takes it, and whether or not
 *   somebody takes it: a mirror never changes what others get, so its place in the order means nothing (C-6).
 * - A filter matches when any value of that header name matches (C-15). A null value has no bytes to search and is
 *   matched by nothing, not even by the empty pattern; an empty value is a value.
 * - A filter that cannot be evaluated does not match (C-7): a value longer than REGEX_SUBJECT_BYTES_MAX, a pattern that
 *   hits its limit, a quarantined pattern. Only filters whose answer could still change the decision are evaluated. */
#pragma once

#include "worker/route/scratch.h"

struct route_header {
    struct str name;
    struct str value;
    bool null; /* without a value; value is not looked at */
};

/* One session that gets the message. */
struct route_copy {
    uint32_t session;     /* its number in route order */
    uint32_t destination; /* its queue, as the table numbered it */
};

struct route_decision {
    bool stolen;                      /* false: the fallback queue gets it */
    struct route_copy steal;          /* who gets it instead; only if stolen */
    const struct route_copy *mirrors; /* copies to make, in no order; in the scratch until its next use */
    size_t mirror_count;
    uint32_t unevaluated;     /* filters that could not be evaluated and values that were too long */
    uint32_t quarantined_now; /* filters that this message put into quarantine: tell their owners */
};

/* Cannot fail and allocates nothing. scratch was prepared for this index and is used by one thread. now: for strikes. */
void route_decide(const struct route_index *index, struct route_scratch *scratch, const struct route_header *headers,
                  size_t count, struct mono now, struct route_decision *ret);
