/* The admin handle and the questions about topics that need no admin request. */
#include "worker/kafka/admin.h"

#include "common/base/log.h"
#include "worker/kafka/errors.h"

#define GROUP_TIMEOUT_MAX_MS 3600000 /* the library's limit; never reached */

int admin_open(struct admin *admin, const struct json *credentials, struct client_health *health,
               struct worker_watch *watch, struct reason *why)
{
    struct client_setup setup = {.role = CLIENT_ADMIN, .credentials = credentials, .owner = &admin->owner};
    int result;

    admin->owner.health = health;
    admin->watch = watch;
    admin->spoiled = false;
    result = client_new(&setup, &admin->rk, why);
    if (result)
        return result;
    admin->queue = rd_kafka_queue_new(admin->rk);
    return 0;
}

void admin_share(struct admin *admin, rd_kafka_t *rk, struct client_health *health, struct worker_watch *watch)
{
    *admin = (struct admin){.owner = {health}, .rk = rk, .watch = watch, .shared = true};
    admin->queue = rd_kafka_queue_new(rk);
}

void admin_close(struct admin *admin)
{
    if (!admin->rk)
        return;
    worker_watch_enter(admin->watch, "close the admin client");
    rd_kafka_queue_destroy(admin->queue);
    if (!admin->shared)
        rd_kafka_destroy(admin->rk);
    worker_watch_leave(admin->watch);
    admin->rk = NULL;
}

rd_kafka_resp_err_t admin_error(struct admin *admin, rd_kafka_resp_err_t error)
{
    rd_kafka_resp_err_t last;

    rd_kafka_poll(admin->rk, 0);
    last = (rd_kafka_resp_err_t)atomic_load(&admin->owner.health->last_error);
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        return last ? last : error;
    default:
        return error;
    }
}

/* With the addresses that were asked, which are what a person can check. */
static int cluster_silent(struct admin *admin, struct reason *why)
{
    rd_kafka_resp_err_t error = admin_error(admin, RD_KAFKA_RESP_ERR__TIMED_OUT);
    char servers[256], name[sizeof servers + sizeof "cluster at "];
    size_t size = sizeof servers;

    if (rd_kafka_conf_get(rd_kafka_conf(admin->rk), "bootstrap.servers", servers, &size) != RD_KAFKA_CONF_OK)
        servers[0] = '\0';
    snprintf(name, sizeof name, "cluster%s%s", servers[0] ? " at " : "", servers);
    return errors_reason(error, &(struct errors_context){"read", "Describe", "the", name}, ADMIN_FAILED, why);
}

int admin_cluster(struct admin *admin, char *ret, size_t size, struct reason *why)
{
    char *id;

    worker_watch_enter(admin->watch, "read the cluster's id");
    id = rd_kafka_clusterid(admin->rk, ADMIN_LOOK_MS);
    worker_watch_leave(admin->watch);
    if (!id)
        return cluster_silent(admin, why);
    atomic_store(&admin->owner.health->last_error, 0);
    if (str_copy(ret, size, str_of(id)))
        ret[0] = '\0';
    rd_kafka_mem_free(admin->rk, id);
    return 0;
}

struct admin_topic admin_topic_shape(const rd_kafka_metadata_topic_t *topic)
{
    struct admin_topic shape = {.partitions = (uint32_t)topic->partition_cnt, .replicas = 1, .leaders = true};

    for (int i = 0; i < topic->partition_cnt; i++) {
        if (topic->partitions[i].leader < 0)
            shape.leaders = false;
        if (topic->partitions[i].id == 0 && topic->partitions[i].replica_cnt > 0)
            shape.replicas = (uint32_t)topic->partitions[i].replica_cnt;
    }
    return shape;
}

static rd_kafka_resp_err_t topic_metadata(struct admin *admin, const char *topic, struct admin_topic *ret)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(admin->rk, topic, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error;

    if (!handle)
        return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
    worker_watch_enter(admin->watch, "look at a topic");
    error = rd_kafka_metadata(admin->rk, 0, handle, &metadata, ADMIN_LOOK_MS);
    worker_watch_leave(admin->watch);
    if (!error)
        error = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (!error)
        *ret = admin_topic_shape(&metadata->topics[0]);
    if (metadata)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return error;
}

int admin_topic_look(struct admin *admin, const char *topic, struct admin_topic *ret, struct reason *why)
{
    struct admin_topic shape = {0};
    rd_kafka_resp_err_t error = topic_metadata(admin, topic, &shape);

    if (error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        return reason_set(why, REASON_TOPIC_NOT_FOUND, ADMIN_ABSENT, "the cluster has no topic %s", topic);
    if (error)
        return errors_reason(admin_error(admin, error),
                             &(struct errors_context){"look at", "Describe", "topic", topic}, ADMIN_FAILED, why);
    atomic_store(&admin->owner.health->last_error, 0);
    if (shape.partitions > ADMIN_PARTITIONS_MAX)
        return reason_set(why, REASON_LIMIT_REACHED, ADMIN_FAILED, "topic %s has more than %d partitions", topic,
                          ADMIN_PARTITIONS_MAX);
    *ret = shape;
    return 0;
}

static bool asks_coordinator(rd_kafka_admin_op_t operation)
{
    return operation == RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS ||
           operation == RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS || operation == RD_KAFKA_ADMIN_OP_DELETEGROUPS;
}

rd_kafka_AdminOptions_t *admin_options(struct admin *admin, rd_kafka_admin_op_t operation)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin->rk, operation);
    int timeout_ms = asks_coordinator(operation) ? GROUP_TIMEOUT_MAX_MS : ADMIN_CALL_MS - 1000;
    char text[8];

    check(options != NULL);
    /* Constants within the library's range. */
    check(rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof text) == 0);
    return options;
}

rd_kafka_event_t *admin_answer(struct admin *admin, rd_kafka_admin_op_t operation, const char *what)
{
    bool coordinator = asks_coordinator(operation);
    rd_kafka_event_t *event;

    /* The queue may hold the late answer to the question before. */
    if (admin->spoiled)
        return NULL;
    worker_watch_enter(admin->watch, what);
    event = rd_kafka_queue_poll(admin->queue, coordinator ? ADMIN_ASK_MS : ADMIN_CALL_MS);
    worker_watch_leave(admin->watch);
    admin->spoiled = !event;
    return event;
}

int admin_refresh(struct admin *admin, const struct json *credentials, struct reason *why)
{
    struct client_health *health = admin->owner.health;
    struct worker_watch *watch = admin->watch;

    if (!admin->spoiled && admin->rk)
        return 0;
    admin_close(admin);
    return admin_open(admin, credentials, health, watch, why);
}
