/* CASE data: resources of the shapes that users already have are read as they are, JSON or YAML. */
#include "tests/unit/yaml/yaml_given.h"

static const char registry[] = "apiVersion: \"queues.mirrord.metalbear.co/v1alpha\"\n"
                               "kind: MirrordWorkloadQueueRegistry\n"
                               "metadata:\n"
                               "  name: orders-q-registry\n"
                               "spec:\n"
                               "  queues:\n"
                               "    order-queue:\n"
                               "      queueType: SQS\n"
                               "      nameSource:\n"
                               "        envVar: ORDER_QUEUE_NAME\n"
                               "      tags:\n"
                               "        tool: mirrord\n"
                               "    many:\n"
                               "      queueType: SQS\n"
                               "      nameSource:\n"
                               "        regexPattern: \"^.+_QUEUE$\"\n"
                               "      namesFromJsonMap: true\n"
                               "  consumer:\n"
                               "    name: orders\n"
                               "    workloadType: Deployment\n";

static const char consumer[] = "apiVersion: queues.mirrord.metalbear.co/v1alpha\n"
                               "kind: MirrordKafkaTopicsConsumer\n"
                               "metadata:\n"
                               "  name: orders-topics\n"
                               "  namespace: shop\n"
                               "spec:\n"
                               "  consumerApiVersion: apps/v1\n"
                               "  consumerKind: StatefulSet\n"
                               "  consumerName: orders\n"
                               "  topics:\n"
                               "  - id: orders-topic\n"
                               "    clientConfig: base-config\n"
                               "    groupIdSources:\n"
                               "    - directEnvVar:\n"
                               "        container: consumer\n"
                               "        variable: KAFKA_GROUP_ID\n"
                               "    nameSources:\n"
                               "    - directEnvVar:\n"
                               "        container: consumer\n"
                               "        variable: KAFKA_TOPIC_NAME\n"
                               "  splitTtl: 30\n";

/* Two client configs and a secret in one stream: inheritance with a removed property, PEM text, an empty list. */
static const char configs[] = "apiVersion: queues.mirrord.metalbear.co/v1alpha\n"
                              "kind: MirrordKafkaClientConfig\n"
                              "metadata:\n"
                              "  name: with-client-id\n"
                              "  namespace: mirrord\n"
                              "spec:\n"
                              "  parent: base-config\n"
                              "  properties:\n"
                              "  - name: bootstrap.servers\n"
                              "    value: kafka.default.svc.cluster.local:9092\n"
                              "  - name: message.send.max.retries\n"
                              "    value: 4\n"
                              "  - name: client.id\n"
                              "    value: null\n"
                              "  # Contents of a PEM file.\n"
                              "  - name: ssl.ca.pem\n"
                              "    value: |\n"
                              "      -----BEGIN CERTIFICATE-----\n"
                              "      MIIB\n"
                              "      -----END CERTIFICATE-----\n"
                              "---\n"
                              "apiVersion: v1\n"
                              "kind: Secret\n"
                              "metadata:\n"
                              "  name: kafka-ssl\n"
                              "type: Opaque\n"
                              "data:\n"
                              "  ssl.key.pem: \"...\"\n"
                              "---\n"
                              "apiVersion: queues.mirrord.metalbear.co/v1alpha\n"
                              "kind: MirrordKafkaClientConfig\n"
                              "metadata: {name: base-config, namespace: mirrord}\n"
                              "spec:\n"
                              "  loadFromSecret: mirrord/kafka-ssl\n"
                              "  authenticationExtra:\n"
                              "    awsRegion: eu-south-1\n"
                              "    kind: MSK_IAM\n"
                              "  properties: []\n";

static const char service[] = "apiVersion: sluice.dev/v1alpha1\n"
                              "kind: LocalService\n"
                              "metadata: {name: orders, annotations: {sluice.dev/drain-timeout: \"30\"}}\n"
                              "spec:\n"
                              "  containers:\n"
                              "  - name: consumer\n"
                              "    env:\n"
                              "    - {name: KAFKA_TOPIC_NAME, value: orders}\n"
                              "    - name: KAFKA_GROUP_ID\n"
                              "      valueFrom: {configMapKeyRef: {name: kafka, key: group, optional: false}}\n"
                              "    envFile: /run/orders/env\n"
                              "  restart: [\"/bin/sh\", \"-c\", \"kill 900\"]\n";

static const struct json *only(const struct yaml_stream *stream)
{
    assert_int_equal(stream->count, 1);
    return stream->documents[0].value;
}

static void a_queue_registry_is_read(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(registry);
    const struct json *queues = json_path(only(&stream), "spec", "queues", NULL);
    bool from_map = false;

    assert_string_equal(json_text(json_get(only(&stream), "apiVersion")), "queues.mirrord.metalbear.co/v1alpha");
    assert_string_equal(json_text(json_path(queues, "order-queue", "nameSource", "envVar", NULL)),
                        "ORDER_QUEUE_NAME");
    assert_string_equal(json_text(json_path(queues, "many", "nameSource", "regexPattern", NULL)), "^.+_QUEUE$");
    assert_int_equal(json_bool(json_path(queues, "many", "namesFromJsonMap", NULL), &from_map), 0);
    assert_true(from_map);
    assert_int_equal(yaml_line_of(&stream.documents[0], "spec.queues.many.nameSource.regexPattern"), 16);
}

static void a_topics_consumer_is_read(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(consumer);
    const struct json *topic = json_at(json_path(only(&stream), "spec", "topics", NULL), 0);
    const struct json *name = json_at(json_get(topic, "nameSources"), 0);
    int64_t ttl_s;

    assert_string_equal(json_text(json_get(topic, "id")), "orders-topic");
    assert_string_equal(json_text(json_path(name, "directEnvVar", "variable", NULL)), "KAFKA_TOPIC_NAME");
    assert_int_equal(json_int(json_path(only(&stream), "spec", "splitTtl", NULL), &ttl_s), 0);
    assert_int_equal(ttl_s, 30);
    assert_int_equal(yaml_line_of(&stream.documents[0], "spec.topics[0].nameSources[0].directEnvVar.fallback"), 18);
}

static void client_configs_and_secrets_are_read_from_one_stream(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(configs);
    const struct json *properties = json_path(stream.documents[0].value, "spec", "properties", NULL);

    assert_int_equal(stream.count, 3);
    assert_int_equal(stream.documents[1].line, 22);
    assert_int_equal(json_count(properties), 4);
    assert_string_equal(json_text(json_get(json_at(properties, 0), "value")), "kafka.default.svc.cluster.local:9092");
    assert_int_equal(json_type(json_get(json_at(properties, 1), "value")), JSON_INT);
    assert_non_null(json_get(json_at(properties, 2), "value"));
    assert_int_equal(json_type(json_get(json_at(properties, 2), "value")), JSON_NULL);
    assert_string_equal(json_text(json_get(json_at(properties, 3), "value")),
                        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    assert_string_equal(json_text(json_path(stream.documents[1].value, "data", "ssl.key.pem", NULL)), "...");
    assert_int_equal(yaml_line_of(&stream.documents[1], "data.ssl.key.pem"), 28);
    assert_int_equal(json_count(json_path(stream.documents[2].value, "spec", "properties", NULL)), 0);
    assert_string_equal(json_text(json_path(stream.documents[2].value, "metadata", "name", NULL)), "base-config");
}

static void a_local_service_is_read(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(service);
    const struct json *container = json_at(json_path(only(&stream), "spec", "containers", NULL), 0);
    const struct json *restart = json_path(only(&stream), "spec", "restart", NULL);

    assert_string_equal(json_text(json_get(json_at(json_get(container, "env"), 0), "value")), "orders");
    assert_int_equal(json_count(restart), 3);
    assert_string_equal(json_text(json_at(restart, 2)), "kill 900");
    assert_string_equal(
        json_text(json_path(only(&stream), "metadata", "annotations", "sluice.dev/drain-timeout", NULL)), "30");
}

static void a_policy_in_json_is_read(void **state)
{
    (void)state;
    assert_yaml(
        "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Effect\": \"Allow\",\n"
        "            \"Action\": [\n                \"sqs:GetQueueUrl\"\n            ],\n"
        "            \"Resource\": \"arn:aws:sqs:eu-north-1:314159265359:mirrord-*\"\n        }\n    ]\n}\n",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"sqs:GetQueueUrl\"],"
        "\"Resource\":\"arn:aws:sqs:eu-north-1:314159265359:mirrord-*\"}]}");
}

static void a_client_configuration_in_yaml_is_read(void **state)
{
    (void)state;
    assert_yaml(
        "target: deployment/orders/container/main\nfeature:\n  split_queues:\n    \"*\":\n      queue_type: SQS\n"
        "      message_filter: {author: ^me$, level: \"^(beginner|intermediate)$\"}\n",
        "{\"target\":\"deployment/orders/container/"
        "main\",\"feature\":{\"split_queues\":{\"*\":{\"queue_type\":\"SQS\","
        "\"message_filter\":{\"author\":\"^me$\",\"level\":\"^(beginner|intermediate)$\"}}}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_registry_is_read),
        cmocka_unit_test(a_topics_consumer_is_read),
        cmocka_unit_test(client_configs_and_secrets_are_read_from_one_stream),
        cmocka_unit_test(a_local_service_is_read),
        cmocka_unit_test(a_policy_in_json_is_read),
        cmocka_unit_test(a_client_configuration_in_yaml_is_read),
    };

    return cmocka_run_group_tests_name("yaml_manifests", tests, NULL, NULL);
}
