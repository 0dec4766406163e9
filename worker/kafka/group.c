/* Describes groups. Fails when the broker does not answer or forbids it. */
#include "worker/kafka/group.h"

#include "common/base/mono.h"
#include "worker/kafka/errors.h"
#include <stdio.h>

#define COORDINATOR_PAUSE_MS 100

bool group_has_left(const struct group_view *view)
{
    return view->presence == GROUP_EMPTY || view->presence == GROUP_ELSEWHERE;
}

static bool member_has(const rd_kafka_MemberDescription_t *member, const char *topic)
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
    const rd_kafka_topic_partition_list_t *list =
        assignment ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;

    for (int i = 0; list && i < list->cnt; i++)
        if (strcmp(list->elems[i].topic, topic) == 0)
            return true;
    return false;
}

static void members_judge(const rd_kafka_ConsumerGroupDescription_t *group, const char *topic, struct group_view *ret)
{
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(group);

    ret->members = (uint32_t)count;
    ret->presence = count ? GROUP_ELSEWHERE : GROUP_EMPTY;
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_MemberDescription_t *member = rd_kafka_ConsumerGroupDescription_member(group, i);

        if (!member_has(member, topic))
            continue;
        ret->presence = GROUP_ON_TOPIC;
        snprintf(ret->client, sizeof ret->client, "%s at %s", rd_kafka_MemberDescription_client_id(member),
                 rd_kafka_MemberDescription_host(member));
        return;
    }
}

/* A group that rebalances has no assignments to look at; members that join may have the topic next. */
static void group_judge(const rd_kafka_ConsumerGroupDescription_t *group, const char *topic, struct group_view *ret)
{
    rd_kafka_consumer_group_state_t state = rd_kafka_ConsumerGroupDescription_state(group);

    members_judge(group, topic, ret);
    if (state == RD_KAFKA_CONSUMER_GROUP_STATE_STABLE || state == RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY)
        return;
    if (ret->presence != GROUP_ON_TOPIC)
        ret->presence = GROUP_UNKNOWN;
}

static rd_kafka_resp_err_t describe_read(rd_kafka_event_t *event, const char *topic, struct group_view *ret)
{
    rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    const rd_kafka_ConsumerGroupDescription_t **groups = NULL;
    size_t count = 0;

    if (!error)
        groups = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event),
                                                               &count);
    if (!error && count == 1 && rd_kafka_ConsumerGroupDescription_error(groups[0]))
        error = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(groups[0]));
    if (!error && count == 1)
        group_judge(groups[0], topic, ret);
    if (event)
        rd_kafka_event_destroy(event);
    return error == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND ? RD_KAFKA_RESP_ERR_NO_ERROR : error;
}

static rd_kafka_resp_err_t group_describe(struct admin *admin, const char *group, const char *topic,
                                          struct group_view *ret)
{
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_resp_err_t error;

    rd_kafka_DescribeConsumerGroups(admin->rk, &group, 1, options, admin->queue);
    error =
        describe_read(admin_answer(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, "describe a group"), topic, ret);
    rd_kafka_AdminOptions_destroy(options);
    return error;
}

/* Whether the list of groups shows this one without members, or not at all. */
static bool list_shows_empty(const rd_kafka_ListConsumerGroups_result_t *list, const char *group)
{
    size_t count = 0;
    const rd_kafka_ConsumerGroupListing_t **groups = rd_kafka_ListConsumerGroups_result_valid(list, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(rd_kafka_ConsumerGroupListing_group_id(groups[i]), group) == 0)
            return rd_kafka_ConsumerGroupListing_state(groups[i]) == RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY ||
                   rd_kafka_ConsumerGroupListing_state(groups[i]) == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD;
    return true;
}

static void group_list(struct admin *admin, const char *group, struct group_view *ret)
{
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
    const rd_kafka_ListConsumerGroups_result_t *list;
    rd_kafka_event_t *event;
    size_t errors = 0;

    rd_kafka_ListConsumerGroups(admin->rk, options, admin->queue);
    event = admin_answer(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "list groups");
    list = event && !rd_kafka_event_error(event) ? rd_kafka_event_ListConsumerGroups_result(event) : NULL;
    if (list)
        rd_kafka_ListConsumerGroups_result_errors(list, &errors);
    /* An error while listing never counts as "none" (C-11). */
    if (list && errors == 0 && list_shows_empty(list, group))
        ret->presence = GROUP_EMPTY;
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
}

/* The group's coordinator is being found or made: that passes, and is no news. */
static bool is_passing(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

static rd_kafka_resp_err_t group_describe_settled(struct admin *admin, const char *group, const char *topic,
                                                  struct group_view *ret)
{
    struct mono deadline = mono_after(mono_now(), ADMIN_ASK_MS);
    rd_kafka_resp_err_t error;

    while (is_passing(error = group_describe(admin, group, topic, ret)) && !mono_reached(mono_now(), deadline))
        rd_kafka_poll(admin->rk, COORDINATOR_PAUSE_MS);
    return error;
}

int group_look(struct admin *admin, const char *group, const char *topic, struct group_view *ret, struct reason *why)
{
    struct group_view view = {.presence = GROUP_UNKNOWN};
    rd_kafka_resp_err_t error = group_describe_settled(admin, group, topic, &view);

    if (error)
        return errors_reason(admin_error(admin, error),
                             &(struct errors_context){"describe", "Describe", "group", group}, ADMIN_FAILED, why);
    if (view.presence == GROUP_UNKNOWN && view.members == 0)
        group_list(admin, group, &view);
    *ret = view;
    return 0;
}
