/* The end of a temp: its topic, then its group. Each is proven gone by the cluster, not by our having tried. */
#include "worker/kafka/temp_private.h"

#define GROUP_MEMBERS_MS 120000 /* members that are dead are gone by then: clients' default is 45 s */

int temp_delete(struct converge *converge, struct temp *temp, struct reason *why)
{
    int result = admin_topic_delete(&converge->admin, temp->name, why);

    if (result && result != ADMIN_ABSENT)
        return result;
    temp->deleted = true;
    temp->routed = false;
    return 0;
}

bool temp_owns_group(const struct temp *temp)
{
    return str_starts_with(str_of(temp->wanted->group), STR("mirrord-tmp-"));
}

/* Nothing can be lost by it: without the topic the group is only a name. */
static int group_give_up(struct converge *converge, const struct temp *temp, struct reason *why)
{
    why->code = REASON_TEMP_GROUP_LEFT;
    worker_report_event(converge->runtime, why, temp->wanted->session);
    return 0;
}

/* A process that was killed stays a member until its session times out. One that lives on would keep the split for ever. */
int temp_ungroup(struct converge *converge, struct temp *temp, struct reason *why)
{
    struct mono now = mono_now();
    int result = admin_group_delete(&converge->admin, temp->wanted->group, temp->name, why);

    if (result == ADMIN_GROUP_HELD && !mono_is_set(temp->grouped_since))
        temp->grouped_since = now;
    if (result == ADMIN_GROUP_HELD && mono_reached(now, mono_after(temp->grouped_since, GROUP_MEMBERS_MS)))
        result = group_give_up(converge, temp, why);
    if (result == ADMIN_GROUP_SHARED || (result == ADMIN_FAILED && why->code == REASON_BROKER_AUTHORIZATION))
        result = group_give_up(converge, temp, why);
    temp->ungrouped = result == 0;
    return result;
}
