/* See the header. */
#include "worker/kafka/health.h"

#include "worker/kafka/group.h"
#include <stdlib.h>

void health_filters_tell(struct converge *converge)
{
    const struct worker_table *table = converge->table;

    for (size_t i = 0; i < table->session_count; i++) {
        struct temp *temp = temps_find(converge, table->temps[table->sessions[i].temp].name);

        filter_health_tell(&temp->health, converge->runtime, &converge->tally, table, i);
    }
}

void health_positions_tell(struct converge *converge)
{
    struct reason why = {.code = REASON_POSITION_LOST};
    struct mono latest = {0};

    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot_status status;

        slot_look(converge->slots[i], &status);
        if (mono_is_set(status.lost_at) && status.lost_at.ms > latest.ms)
            latest = status.lost_at;
    }
    if (!mono_is_set(latest) || latest.ms == converge->lost_ended.ms ||
        !mono_reached(mono_now(), mono_after(latest, HEALTH_LOST_TOLD_MS)))
        return;
    converge->lost_ended = latest;
    worker_report_condition(converge->runtime, &why, "", false);
}

static int64_t sum_of(const int64_t *offsets, uint32_t count)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += offsets[i] > 0 ? offsets[i] : 0;
    return sum;
}

static void condition_set(struct converge *converge, const char *topic, bool active)
{
    struct reason why;

    if (converge->commits.told == active)
        return;
    converge->commits.told = active;
    (void)reason_set(&why, REASON_OFFSETS_NOT_COMMITTED, 0,
                     "group %s consumes %s but has committed nothing for %d s: whether it is empty cannot be seen",
                     converge->spec.group, topic, HEALTH_COMMITS_MS / 1000);
    worker_report_condition(converge->runtime, &why, "", active);
}

/* Behind: records that the group has not committed. Only a group that has the topic assigned can be at fault. */
static int behind_judge(struct converge *converge, const char *topic, int64_t committed, bool behind,
                        struct reason *why)
{
    struct health_commits *commits = &converge->commits;
    struct mono now = mono_now();
    struct group_view view;
    int result;

    if (!behind || committed != commits->sum || !mono_is_set(commits->since)) {
        commits->since = behind ? now : (struct mono){0};
        commits->sum = committed;
        condition_set(converge, topic, false);
        return 0;
    }
    if (!mono_reached(now, mono_after(commits->since, HEALTH_COMMITS_MS)))
        return 0;
    result = group_look(&converge->admin, converge->spec.group, topic, &view, why);
    if (!result && (view.presence == GROUP_ON_TOPIC || view.presence == GROUP_UNKNOWN))
        condition_set(converge, topic, true);
    return result;
}

int health_commits_tell(struct converge *converge, struct reason *why)
{
    const struct worker_temp *fallback = worker_table_fallback(converge->table);
    const struct topic_seen *seen = fallback ? topics_find(&converge->topics, fallback->name) : NULL;
    uint32_t count = seen && seen->exists ? seen->shape.partitions : 0;
    struct admin_range range = {.stride = 1, .end = count};
    CLEANUP(cleanup_freep) int64_t *offsets = calloc(3 * (size_t)count + 1, sizeof *offsets);
    bool behind = false;
    int result;

    if (!offsets)
        return -ENOMEM;
    if (count == 0)
        return 0;
    result = admin_committed_now(&converge->admin, converge->spec.group, fallback->name, range, offsets, why);
    if (!result)
        result = admin_log_range(&converge->admin, fallback->name, range, offsets + count,
                                 offsets + 2 * (size_t)count, why);
    if (result)
        return result;
    /* A control record alone lies between the last message's offset and the end. */
    for (uint32_t i = 0; i < count; i++)
        behind = behind || offsets[2 * (size_t)count + i] > offsets[i] + 1;
    return behind_judge(converge, fallback->name, sum_of(offsets, count), behind, why);
}
