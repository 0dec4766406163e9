/* The end of a session's group. Never touches a group that holds a position of another topic. */
#include "worker/kafka/admin.h"

#include <string.h>

static bool holds_others(const rd_kafka_topic_partition_list_t *list, const char *topic)
{
    for (int i = 0; list && i < list->cnt; i++)
        if (list->elems[i].offset >= 0 && strcmp(list->elems[i].topic, topic) != 0)
            return true;
    return false;
}

/* No answer counts as others: deleting a position that is needed would hand messages on that were consumed. */
static bool event_holds_others(rd_kafka_event_t *event, const char *topic)
{
    const rd_kafka_group_result_t **groups = NULL;
    size_t count = 0;

    if (!event || rd_kafka_event_error(event))
        return true;
    groups = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(event),
                                                             &count);
    return count != 1 || rd_kafka_group_result_error(groups[0]) ||
           holds_others(rd_kafka_group_result_partitions(groups[0]), topic);
}

static bool group_is_shared(struct admin *admin, const char *group, const char *topic)
{
    /* Without a list of partitions all that the group has are told (OffsetFetch with null). */
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_event_t *event;
    bool shared;

    rd_kafka_ListConsumerGroupOffsets(admin->rk, &request, 1, options, admin->queue);
    event = admin_answer(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, "read all offsets of a group");
    shared = event_holds_others(event, topic);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    return shared;
}

void admin_group_delete(struct admin *admin, const char *group, const char *topic)
{
    rd_kafka_DeleteGroup_t *request;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_event_t *event;

    if (group_is_shared(admin, group, topic))
        return;
    request = rd_kafka_DeleteGroup_new(group);
    options = admin_options(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
    rd_kafka_DeleteGroups(admin->rk, &request, 1, options, admin->queue);
    event = admin_answer(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS, "delete a group");
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteGroup_destroy(request);
}
