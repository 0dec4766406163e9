/* Creates, grows, deletes topics and reads their settings, one per request. */
#include "worker/kafka/admin.h"
#include "worker/kafka/errors.h"

/* The error of the single topic that a request was about, and of the request itself. */
static rd_kafka_resp_err_t topic_result(struct admin *admin, rd_kafka_event_t *event)
{
    const rd_kafka_topic_result_t **results = NULL;
    size_t count = 0;
    rd_kafka_resp_err_t error;

    if (!event)
        return admin_error(admin, RD_KAFKA_RESP_ERR__TIMED_OUT);
    error = rd_kafka_event_error(event);
    if (!error && rd_kafka_event_CreateTopics_result(event))
        results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    else if (!error && rd_kafka_event_DeleteTopics_result(event))
        results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    else if (!error && rd_kafka_event_CreatePartitions_result(event))
        results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
    if (!error && count == 1)
        error = rd_kafka_topic_result_error(results[0]);
    rd_kafka_event_destroy(event);
    return admin_error(admin, error);
}

static rd_kafka_NewTopic_t *topic_request(const char *topic, const struct admin_topic *shape,
                                          const struct admin_config *configs, size_t count)
{
    char text[8];
    rd_kafka_NewTopic_t *request =
        rd_kafka_NewTopic_new(topic, (int)shape->partitions, (int)shape->replicas, text, sizeof text);

    for (size_t i = 0; request && i < count; i++) {
        if (!configs[i].value[0])
            continue;
        if (rd_kafka_NewTopic_set_config(request, configs[i].name, configs[i].value)) {
            rd_kafka_NewTopic_destroy(request);
            return NULL;
        }
    }
    return request;
}

int admin_topic_create(struct admin *admin, const char *topic, const struct admin_topic *shape,
                       const struct admin_config *configs, size_t count, bool validate, struct reason *why)
{
    rd_kafka_NewTopic_t *request = topic_request(topic, shape, configs, count);
    rd_kafka_AdminOptions_t *options;
    rd_kafka_resp_err_t error;
    char text[8];

    if (!request)
        return reason_set(why, REASON_TEMP_CREATE_FAILED, ADMIN_FAILED, "topic %s cannot be asked for", topic);
    options = admin_options(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    check(rd_kafka_AdminOptions_set_validate_only(options, validate, text, sizeof text) == 0);
    rd_kafka_CreateTopics(admin->rk, &request, 1, options, admin->queue);
    error = topic_result(admin, admin_answer(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS, "create a topic"));
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(request);
    if (!error)
        return 0;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return ADMIN_EXISTS;
    if (error == RD_KAFKA_RESP_ERR_INVALID_CONFIG)
        return reason_set(why, REASON_TOPIC_REFUSED, ADMIN_CONFIG_UNKNOWN,
                          "cannot create the topic %s: the cluster refuses one of its settings", topic);
    if ((error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR || error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION) &&
        shape->replicas == ADMIN_REPLICAS_DEFAULT)
        return reason_set(why, REASON_TOPIC_REFUSED, ADMIN_FAILED,
                          "cannot create the topic %s: the cluster's policy refuses it, with its own number of "
                          "replicas too",
                          topic);
    if (error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR || error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION)
        return reason_set(why, REASON_TOPIC_REFUSED, ADMIN_REPLICAS_REFUSED,
                          "cannot create the topic %s: the cluster's policy refuses it with %d replicas", topic,
                          (int)shape->replicas);
    return errors_reason(error, &(struct errors_context){"create", "Create", "topic", topic}, ADMIN_FAILED, why);
}

int admin_partitions_grow(struct admin *admin, const char *topic, uint32_t partitions, struct reason *why)
{
    char text[8];
    rd_kafka_NewPartitions_t *request = rd_kafka_NewPartitions_new(topic, partitions, text, sizeof text);
    rd_kafka_AdminOptions_t *options;
    rd_kafka_resp_err_t error;

    if (!request)
        return reason_set(why, REASON_TEMP_CREATE_FAILED, ADMIN_FAILED, "topic %s cannot grow to %u", topic,
                          partitions);
    options = admin_options(admin, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
    rd_kafka_CreatePartitions(admin->rk, &request, 1, options, admin->queue);
    error = topic_result(admin, admin_answer(admin, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, "add partitions"));
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewPartitions_destroy(request);
    /* INVALID_PARTITIONS: it has them already. */
    if (!error || error == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS)
        return 0;
    return errors_reason(error, &(struct errors_context){"add partitions to", "Alter", "topic", topic}, ADMIN_FAILED,
                         why);
}

int admin_topic_delete(struct admin *admin, const char *topic, struct reason *why)
{
    rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_resp_err_t error;

    rd_kafka_DeleteTopics(admin->rk, &request, 1, options, admin->queue);
    error = topic_result(admin, admin_answer(admin, RD_KAFKA_ADMIN_OP_DELETETOPICS, "delete a topic"));
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteTopic_destroy(request);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return ADMIN_ABSENT;
    if (!error)
        return 0;
    return errors_reason(error, &(struct errors_context){"delete", "Delete", "topic", topic}, ADMIN_FAILED, why);
}

static void config_copy(const rd_kafka_ConfigEntry_t *entry, struct admin_config *configs, size_t count)
{
    const char *value = rd_kafka_ConfigEntry_value(entry);
    bool own = rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;

    for (size_t i = 0; value && i < count; i++) {
        if (strcmp(configs[i].name, rd_kafka_ConfigEntry_name(entry)) != 0 || (!own && !configs[i].effective))
            continue;
        if (str_copy(configs[i].value, sizeof configs[i].value, str_of(value)))
            configs[i].value[0] = '\0'; /* longer than any value that we copy */
    }
}

static rd_kafka_resp_err_t config_result(struct admin *admin, rd_kafka_event_t *event, struct admin_config *configs,
                                         size_t count)
{
    rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    const rd_kafka_ConfigResource_t **resources = NULL;
    const rd_kafka_ConfigEntry_t **entries = NULL;
    size_t resource_count = 0, entry_count = 0;

    if (!error)
        resources =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resource_count);
    if (!error && resource_count == 1)
        error = rd_kafka_ConfigResource_error(resources[0]);
    if (!error && resource_count == 1)
        entries = rd_kafka_ConfigResource_configs(resources[0], &entry_count);
    for (size_t i = 0; i < entry_count; i++)
        config_copy(entries[i], configs, count);
    if (event)
        rd_kafka_event_destroy(event);
    return admin_error(admin, error);
}

int admin_config_read(struct admin *admin, const char *topic, struct admin_config *configs, size_t count,
                      struct reason *why)
{
    rd_kafka_ConfigResource_t *request = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = admin_options(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_resp_err_t error;

    rd_kafka_DescribeConfigs(admin->rk, &request, 1, options, admin->queue);
    error = config_result(admin, admin_answer(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "read a topic's settings"),
                          configs, count);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(request);
    if (!error)
        return 0;
    return errors_reason(error, &(struct errors_context){"read the settings of", "DescribeConfigs", "topic", topic},
                         ADMIN_FAILED, why);
}
