/* See the header. */
#include "worker/runtime/filter_health.h"

#include "worker/route/index.h"

/* What was counted before the session came is an equal filter's of somebody else. */
static void unevaluated_count(struct filter_health *health, struct tally *tally, const char *uid,
                              uint64_t unevaluated)
{
    struct figures more = {.filter_errors = unevaluated - health->unevaluated};

    if (health->judged && unevaluated > health->unevaluated)
        tally_session(tally, uid, &more);
    health->judged = true;
    health->unevaluated = unevaluated;
}

void filter_health_tell(struct filter_health *health, struct worker_runtime *runtime, struct tally *tally,
                        const struct worker_table *table, size_t session)
{
    const char *uid = table->sessions[session].uid;
    struct route_session_health found;
    struct reason why;

    route_index_session(table->routes, session, &found);
    unevaluated_count(health, tally, uid, found.unevaluated);
    if (health->quarantined == (found.quarantined > 0))
        return;
    health->quarantined = found.quarantined > 0;
    (void)reason_set(&why, REASON_FILTER_LIMIT, 0,
                     "the filter for %.*s hit its limit %d times in a minute and matches nothing any more",
                     STR_ARG(found.quarantined_name), ROUTE_STRIKES_MAX);
    worker_report_condition(runtime, &why, uid, health->quarantined);
}
