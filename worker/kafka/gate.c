/* See the header. */
#include "worker/kafka/gate.h"

enum gate_answer gate_begin(const struct group_view *view, bool original_free, const char *group, const char *topic,
                            struct reason *why)
{
    if (original_free || view->presence == GROUP_EMPTY || view->presence == GROUP_ELSEWHERE)
        return GATE_OPEN;
    if (view->presence == GROUP_ON_TOPIC)
        (void)reason_set(why, REASON_FOREIGN_CONSUMER, 0, "group %s still consumes %s: %s", group, topic,
                         view->client);
    else
        (void)reason_set(
            why, REASON_FOREIGN_CONSUMER, 0,
            "group %s has members of which the broker does not show what they consume; waiting until every "
            "instance that could consume %s is gone",
            group, topic);
    return GATE_WAIT;
}

int64_t gate_position(const struct worker_position *recorded, bool earliest, int64_t log_start)
{
    int64_t position;

    if (!recorded || recorded->start == recorded->end) /* empty, or there was an offset */
        return log_start;
    position = earliest ? recorded->start : recorded->end;
    return position > log_start ? position : log_start;
}
