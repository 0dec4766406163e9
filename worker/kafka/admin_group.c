/* The end of a session's group. Never touches a group that holds a position of another topic. */
#include "worker/kafka/admin.h"
#include "worker/kafka/errors.h"

#include <string.h>

/* Whose positions a group holds beside those of the topic that was deleted. */
struct others {
    bool any;
    char foreign[250]; /* a topic that is no temporary one; "": none */
};

#define TEMP_PREFIX "mirrord-" /* of temporary topics, where names have their usual form */

/* The queue of another split of the same session keeps the group: whoever deletes the last one of them deletes it. */
static bool may_be_temp(const char *other, const char *topic)
{
    return str_starts_with(str_of(other), STR(TEMP_PREFIX)) || !str_starts_with(str_of(topic), STR(TEMP_PREFIX));
}

static void others_find(const rd_kafka_topic_partition_list_t *list, const char *topic, struct others *ret)
{
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *elem = &list->elems[i];

        if (elem->offset < 0 || strcmp(elem->topic, topic) == 0)
            continue;
        ret->any = true;
        if (!may_be_temp(elem->topic, topic))
            str_copy_cut(ret->foreign, sizeof ret->foreign, str_of(elem->topic));
    }
}

static rd_kafka_resp_err_t event_others(rd_kafka_event_t *event, const char *topic, struct others *ret)
{
    rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    const rd_kafka_group_result_t **groups = NULL;
    size_t count = 0;

    if (!error)
        groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    if (!error && count == 1 && rd_kafka_group_result_error(groups[0]))
        error = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
    if (!error && count == 1)
        others_find(rd_kafka_group_result_partitions(groups[0]), topic, ret);
    if (event)
        rd_kafka_event_destroy(event);
    return error;
}

static rd_kafka_resp_err_t group_others(struct admin *admin, const char *group, const char *topic, struct others *ret)
{
    /* Without a list of partitions all that the group has are told (OffsetFetch with null). */
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_resp_err_t error;

    rd_kafka_ListConsumerGroupOffsets(admin->rk, &request, 1, options, admin->queue);
    error = event_others(
        admin_answer(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, "read all offsets of a group"), topic, ret);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    return error;
}

static rd_kafka_resp_err_t event_deleted(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    const rd_kafka_group_result_t **groups = NULL;
    size_t count = 0;

    if (!error)
        groups = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
    if (count == 1 && rd_kafka_group_result_error(groups[0]))
        error = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
    if (event)
        rd_kafka_event_destroy(event);
    return error;
}

static rd_kafka_resp_err_t group_delete(struct admin *admin, const char *group)
{
    rd_kafka_DeleteGroup_t *request = rd_kafka_DeleteGroup_new(group);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
    rd_kafka_resp_err_t error;

    rd_kafka_DeleteGroups(admin->rk, &request, 1, options, admin->queue);
    error = event_deleted(admin_answer(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS, "delete a group"));
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteGroup_destroy(request);
    return error;
}

int admin_group_delete(struct admin *admin, const char *group, const char *topic, struct reason *why)
{
    struct others others = {.any = false};
    rd_kafka_resp_err_t error = group_others(admin, group, topic, &others);

    if (!error && others.foreign[0])
        return reason_set(
            why, REASON_TEMP_GROUP_LEFT, ADMIN_GROUP_SHARED,
            "topic %s is deleted; its group %s is left to the broker, because it also has a position of "
            "topic %s",
            topic, group, others.foreign);
    if (!error && !others.any)
        error = group_delete(admin, group);
    if (!error || error == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
        return 0;
    if (error == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP)
        return reason_set(why, REASON_WAITING_FOR_IN_FLIGHT, ADMIN_GROUP_HELD,
                          "topic %s is deleted; its group %s still has members and is deleted when it has none",
                          topic, group);
    return errors_reason(admin_error(admin, error), &(struct errors_context){"delete", "Delete", "group", group},
                         ADMIN_FAILED, why);
}
