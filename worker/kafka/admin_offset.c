/* Committed offsets and log ends. */
#include "worker/kafka/admin.h"
#include "worker/kafka/errors.h"

#include "common/base/mono.h"
#include <time.h>

#define UNSTABLE_PAUSE_MS 5

static void list_freep(rd_kafka_topic_partition_list_t **list)
{
    if (*list)
        rd_kafka_topic_partition_list_destroy(*list);
}

static rd_kafka_topic_partition_list_t *list_of(const char *topic, struct admin_range range, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)(range.end / range.stride + 1));

    for (uint32_t i = range.first; i < range.end; i += range.stride)
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)i)->offset = offset;
    return list;
}

/* The first error of a partition other than unstable, and the offsets of the rest. */
static rd_kafka_resp_err_t list_read(const rd_kafka_topic_partition_list_t *list, struct admin_range range,
                                     int64_t *ret)
{
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];

        if (element->partition < 0 || (uint32_t)element->partition >= range.end)
            continue;
        if (element->err == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
            ret[element->partition] = ADMIN_OFFSET_UNSTABLE;
        else if (element->err)
            return element->err;
        else
            ret[element->partition] = element->offset >= 0 ? element->offset : ADMIN_OFFSET_NONE;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t committed_result(rd_kafka_event_t *event, struct admin_range range, int64_t *ret)
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
        error = list_read(rd_kafka_group_result_partitions(groups[0]), range, ret);
    if (event)
        rd_kafka_event_destroy(event);
    return error;
}

static rd_kafka_resp_err_t committed_once(struct admin *admin, const char *group, const char *topic,
                                          struct admin_range range, int64_t *ret)
{
    CLEANUP(list_freep) rd_kafka_topic_partition_list_t *list = list_of(topic, range, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, list);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_error_t *error = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1);
    rd_kafka_resp_err_t result;

    check(error == NULL);
    rd_kafka_ListConsumerGroupOffsets(admin->rk, &request, 1, options, admin->queue);
    result = committed_result(
        admin_answer(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, "read committed offsets"), range, ret);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    return result;
}

/* Errors that pass within moments: a coordinator or leader that moves, a partition that was only just made. */
static bool passes(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
        return true;
    default:
        return false;
    }
}

static void moment_pass(void) { nanosleep(&(struct timespec){.tv_nsec = UNSTABLE_PAUSE_MS * 1000000L}, NULL); }

static bool unstable(struct admin_range range, const int64_t *offsets)
{
    for (uint32_t i = range.first; i < range.end; i += range.stride)
        if (offsets[i] == ADMIN_OFFSET_UNSTABLE)
            return true;
    return false;
}

/* As the handle's own consumer would: with isolation.level=read_committed, stable offsets are asked for. */
static rd_kafka_resp_err_t committed_own_once(struct admin *admin, const char *group, const char *topic,
                                              struct admin_range range, int64_t *ret)
{
    CLEANUP(list_freep) rd_kafka_topic_partition_list_t *list = list_of(topic, range, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t error;

    (void)group;
    worker_watch_enter(admin->watch, "read committed offsets");
    error = rd_kafka_committed(admin->rk, list, ADMIN_CALL_MS);
    worker_watch_leave(admin->watch);
    return error ? error : list_read(list, range, ret);
}

typedef rd_kafka_resp_err_t committed_once_fn(struct admin *admin, const char *group, const char *topic,
                                              struct admin_range range, int64_t *ret);

static int committed_read(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                          bool stable, committed_once_fn *once, int64_t *ret, struct reason *why)
{
    struct mono deadline = mono_after(mono_now(), ADMIN_CALL_MS);
    rd_kafka_resp_err_t error;

    if (range.first >= range.end)
        return 0;
    for (;;) {
        error = once(admin, group, topic, range, ret);
        if (!passes(error) && (error || !stable || !unstable(range, ret)))
            break;
        if (mono_reached(mono_now(), deadline)) {
            error = error ? error : RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT;
            break;
        }
        moment_pass();
    }
    if (!error)
        return 0;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return errors_reason(error, &(struct errors_context){"read the offsets in", "Read", "topic", topic},
                             ADMIN_FAILED, why);
    return errors_reason(admin_error(admin, error),
                         &(struct errors_context){"read the offsets of", "Read", "group", group}, ADMIN_FAILED, why);
}

int admin_committed(struct admin *admin, const char *group, const char *topic, struct admin_range range, int64_t *ret,
                    struct reason *why)
{
    return committed_read(admin, group, topic, range, true, committed_once, ret, why);
}

int admin_committed_own(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                        int64_t *ret, struct reason *why)
{
    return committed_read(admin, group, topic, range, true, committed_own_once, ret, why);
}

int admin_committed_now(struct admin *admin, const char *group, const char *topic, struct admin_range range,
                        int64_t *ret, struct reason *why)
{
    return committed_read(admin, group, topic, range, false, committed_once, ret, why);
}

static rd_kafka_resp_err_t log_ends_once(struct admin *admin, const char *topic, struct admin_range range,
                                         int64_t which, int64_t *ret)
{
    CLEANUP(list_freep) rd_kafka_topic_partition_list_t *list = list_of(topic, range, which);
    rd_kafka_resp_err_t error;

    worker_watch_enter(admin->watch, "read the ends of a log");
    error = rd_kafka_offsets_for_times(admin->rk, list, ADMIN_CALL_MS);
    worker_watch_leave(admin->watch);
    return error ? error : list_read(list, range, ret);
}

static rd_kafka_resp_err_t log_ends(struct admin *admin, const char *topic, struct admin_range range, int64_t which,
                                    int64_t *ret)
{
    struct mono deadline = mono_after(mono_now(), ADMIN_CALL_MS);
    rd_kafka_resp_err_t error;

    while (passes(error = log_ends_once(admin, topic, range, which, ret)) && !mono_reached(mono_now(), deadline))
        moment_pass();
    return error;
}

static int log_ends_read(struct admin *admin, const char *topic, struct admin_range range, int64_t which,
                         int64_t *ret, struct reason *why)
{
    rd_kafka_resp_err_t error;

    if (range.first >= range.end)
        return 0;
    error = log_ends(admin, topic, range, which, ret);
    if (!error)
        return 0;
    return errors_reason(admin_error(admin, error),
                         &(struct errors_context){"read the ends of", "Describe", "topic", topic}, ADMIN_FAILED, why);
}

int admin_log_range(struct admin *admin, const char *topic, struct admin_range range, int64_t *ret_starts,
                    int64_t *ret_ends, struct reason *why)
{
    int result = log_ends_read(admin, topic, range, RD_KAFKA_OFFSET_BEGINNING, ret_starts, why);

    return result ? result : log_ends_read(admin, topic, range, RD_KAFKA_OFFSET_END, ret_ends, why);
}

int admin_log_end(struct admin *admin, const char *topic, struct admin_range range, int64_t *ret, struct reason *why)
{
    return log_ends_read(admin, topic, range, RD_KAFKA_OFFSET_END, ret, why);
}
