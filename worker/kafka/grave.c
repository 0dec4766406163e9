/* See the header. */
#include "worker/kafka/grave.h"

#include "worker/kafka/converge.h"
#include <string.h>

static bool is_over(const struct grave *grave)
{
    return !mono_is_set(grave->until) || mono_reached(mono_now(), grave->until);
}

static struct grave *place_find(struct graves *graves)
{
    struct grave *oldest = &graves->at[0];

    for (size_t i = 0; i < GRAVES_MAX; i++) {
        struct grave *grave = &graves->at[i];

        if (is_over(grave))
            return grave;
        if (grave->until.ms < oldest->until.ms)
            oldest = grave;
    }
    return oldest;
}

void grave_dig(struct converge *converge, const struct temp *temp)
{
    struct grave *grave = place_find(&converge->graves);

    *grave = (struct grave){.settled = mono_after(mono_now(), GRAVE_SETTLED_MS),
                            .until = mono_after(mono_now(), GRAVE_MS)};
    memcpy(grave->name, temp->name, sizeof grave->name);
    memcpy(grave->session, temp->session, sizeof grave->session);
}

int graves_want(struct converge *converge)
{
    int result = 0;

    for (size_t i = 0; !result && i < GRAVES_MAX; i++)
        if (!is_over(&converge->graves.at[i]))
            result = topics_want(&converge->topics, converge->graves.at[i].name);
    return result;
}

static void delete_again(struct converge *converge, struct grave *grave)
{
    struct reason why;

    if (admin_topic_delete(&converge->admin, grave->name, &why))
        return;
    grave->settled = mono_after(mono_now(), GRAVE_SETTLED_MS);
    (void)reason_set(&why, REASON_TEMP_CAME_BACK, 0,
                     "topic %s was created again by a client that still used it, and was deleted again", grave->name);
    worker_report_event(converge->runtime, &why, grave->session);
}

void graves_turn(struct converge *converge)
{
    for (size_t i = 0; i < GRAVES_MAX; i++) {
        struct grave *grave = &converge->graves.at[i];
        const struct topic_seen *seen = is_over(grave) ? NULL : topics_find(&converge->topics, grave->name);

        if (seen && seen->exists && mono_reached(mono_now(), grave->settled))
            delete_again(converge, grave);
    }
}
