/* One pattern on one header name, shared by the sessions and the successive indexes that use it.
 *
 * What it matches never changes; its health (how often it could not be evaluated, strikes, quarantine) is counted by
 * all threads. It lives as long as an index holds it, so quarantine ends when no session has the filter any more. */
#pragma once

#include "common/base/mono.h"
#include "common/base/reason.h"
#include "common/regex/regex.h"
#include "worker/route/index.h"
#include "worker/route/shape.h"
#include <stdatomic.h>

struct predicate {
    atomic_uint refs;
    struct str name, pattern; /* behind the struct */
    struct shape shape;
    struct regex *regex; /* only of generic shapes */
    _Atomic uint64_t unevaluated;
    _Atomic int64_t strikes_ms[ROUTE_STRIKES_MAX]; /* times of the last hits of the limit, a ring; 0: none */
    atomic_uint strike_count;
    atomic_bool quarantined;
};

/* ROUTE_REFUSED with *why when the pattern is refused (cause without session), -ENOMEM. */
MUST_USE int predicate_new(struct str name, struct str pattern, struct predicate **ret, struct reason *why);
struct predicate *predicate_ref(struct predicate *predicate);
void predicate_unref(struct predicate *predicate);
static inline void predicate_unrefp(struct predicate **slot) { predicate_unref(*slot); }

/* Records that the pattern hit its limit; true when that puts it into quarantine (once, for one of the threads). */
bool predicate_strike(struct predicate *predicate, struct mono now);
