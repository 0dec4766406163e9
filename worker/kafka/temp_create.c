/* The making of a temp: settings like the original's, as far as the cluster takes them (K-1). */
#include "worker/kafka/temp_private.h"

#include "worker/kafka/temp_shape.h"

#include "common/base/log.h"

#define CREATED_VISIBLE_MS 2000 /* for so long a topic that was made need not be seen */

static void lost_tell(struct converge *converge, const struct temp *temp)
{
    struct reason why;

    (void)reason_set(&why, REASON_TEMP_LOST, 0,
                     "topic %s was deleted by somebody else and is made again; messages in it that were not consumed "
                     "are lost",
                     temp->name);
    worker_report_event(converge->runtime, &why, temp->wanted->session);
}

static int create_try(struct converge *converge, const char *name, enum temp_shape_dialect dialect, uint32_t replicas,
                      struct reason *why)
{
    struct admin_config asked[TEMP_SHAPE_CONFIGS_MAX], made[TEMP_SHAPE_CONFIGS_MAX];
    size_t count = temp_shape_asked(asked);
    struct admin_topic shape = {.partitions = converge->source.partitions, .replicas = replicas};
    uint32_t insync_max = replicas == ADMIN_REPLICAS_DEFAULT ? 1 : replicas; /* the default may be one (K-1) */
    struct reason ignored;

    /* Without the right to read settings the cluster's defaults must do. */
    if (admin_config_read(&converge->admin, converge->spec.topic, asked, count, &ignored))
        count = 0;
    count = temp_shape_make(asked, count, insync_max, dialect, made);
    return admin_topic_create(&converge->admin, name, &shape, made, count, false, why);
}

static int create_ways(struct converge *converge, const char *name, struct reason *why)
{
    uint32_t replicas = converge->source.replicas;
    int result = create_try(converge, name, TEMP_SHAPE_CURRENT, replicas, why);

    if (result == ADMIN_REPLICAS_REFUSED) {
        replicas = ADMIN_REPLICAS_DEFAULT;
        result = create_try(converge, name, TEMP_SHAPE_CURRENT, replicas, why);
    }
    if (result == ADMIN_CONFIG_UNKNOWN)
        result = create_try(converge, name, TEMP_SHAPE_BEFORE_3_6, replicas, why);
    return result;
}

int temp_create(struct converge *converge, struct temp *temp, struct reason *why)
{
    int result;

    if (mono_is_set(temp->created_at) && !mono_reached(mono_now(), mono_after(temp->created_at, CREATED_VISIBLE_MS)))
        return 0;
    result = create_ways(converge, temp->name, why);
    temp->created_at = mono_now();
    if (result == ADMIN_EXISTS) {
        temp->positioned = 0; /* somebody may have made it again, and the offsets went with the one before (K-2) */
        return 0;             /* it will be seen; what its group has committed counts */
    }
    if (result) {
        temp->created_at = (struct mono){0};
        why->code = why->code == REASON_TOPIC_REFUSED ? REASON_TEMP_CREATE_FAILED : why->code;
        return result;
    }
    if (temp->seen)
        lost_tell(converge, temp);
    temp->positioned = 0;
    temp->fresh = true;
    temp->ungrouped = false;
    log_info("worker.kafka", "a temporary topic was created", LF_STR("topic", temp->name));
    return 0;
}
