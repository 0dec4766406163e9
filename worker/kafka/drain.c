/* See the header. */
#include "worker/kafka/drain.h"

#include "worker/kafka/leftovers.h"

int drain_tell(struct converge *converge, struct reason *why)
{
    const struct worker_temp *fallback = worker_table_fallback(converge->table);
    struct temp *temp = fallback ? temps_find(converge, fallback->name) : NULL;
    const struct topic_seen *seen = temp ? topics_find(&converge->topics, temp->name) : NULL;
    struct reason none = {0};
    bool known = false;
    int result;

    if (!seen || !seen->exists || fallback->want != WORKER_TEMP_WANT_PRESENT || !converge_settled(converge))
        return 0;
    converge_portion_begin(converge);
    result = leftovers_look(converge, temp, seen->shape.partitions, why);
    if (!result)
        result = leftovers_count(converge, temp, &known, why);
    /* As long as somebody consumes many partitions, not all of them can be counted at one time. */
    if (!result)
        worker_report_temp(converge->runtime, temp->name,
                           known && !temp->emptying.remaining ? WORKER_TEMP_EMPTY : WORKER_TEMP_PRESENT,
                           temp->emptying.remaining, 0, &none);
    return result;
}
