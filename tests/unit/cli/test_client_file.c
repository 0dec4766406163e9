/* Client files as users have them (docs/client-file.md): every form of the documents, and errors that
 * name line and field. */
#include "tests/unit/cli/cli_given.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SQS_QUEUE                                                                     \
    "{\"id\":\"meme-queue\",\"type\":\"SQS\",\"messageFilter\":{\"author\":\"^me$\"," \
    "\"level\":\"^(beginner|intermediate)$\"}}"

static void one_sqs_queue(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given(
        "{\n    \"operator\": true,\n    \"target\": \"deployment/meme-app/main\",\n    \"feature\": {\n"
        "        \"split_queues\": {\n            \"meme-queue\": {\n                \"queue_type\": \"SQS\",\n"
        "                \"message_filter\": {\n                    \"author\": \"^me$\",\n"
        "                    \"level\": \"^(beginner|intermediate)$\"\n                }\n            }\n"
        "        }\n    }\n}\n",
        CLIENT_FORMAT_JSON);
    assert_string_equal(file.target.kind, "Deployment");
    assert_string_equal(file.target.api_version, "apps/v1");
    assert_string_equal(file.target.name, "meme-app");
    assert_string_equal(file.target.container, "main");
    assert_json(file.queues, "[" SQS_QUEUE "]");
}

static void sqs_and_kafka_with_an_empty_filter(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given(
        "{\"operator\": true, \"target\": \"deployment/meme-app/container/main\", \"feature\": {\"split_queues\": {"
        "\"meme-queue\": {\"queue_type\": \"SQS\", \"message_filter\": {\"author\": \"^me$\", \"level\": "
        "\"^(beginner|intermediate)$\"}}, \"ad-queue\": {\"queue_type\": \"SQS\", \"message_filter\": {}},"
        "\"views-topic\": {\"queue_type\": \"Kafka\", \"message_filter\": {\"author\": \"^me$\", \"source\": "
        "\"^my-session-\"}}}}}",
        CLIENT_FORMAT_JSON);
    assert_string_equal(file.target.container, "main");
    assert_json(file.queues, "[" SQS_QUEUE ",{\"id\":\"ad-queue\",\"type\":\"SQS\",\"messageFilter\":{}},"
                             "{\"id\":\"views-topic\",\"type\":\"Kafka\",\"messageFilter\":{\"author\":\"^me$\","
                             "\"source\":\"^my-session-\"}}]");
}

static void star_with_trailing_commas_and_comments(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given(
        "{ // mine\n\"target\": \"deployment/meme-app\", /* no container */ \"feature\": {\"split_queues\": {\n"
        "\"*\": {\"queue_type\": \"SQS\",\n\"message_filter\": {\"author\": \"^me$\",}\n},\n}\n}\n}",
        CLIENT_FORMAT_JSON);
    assert_string_equal(file.target.container, "");
    assert_json(file.queues, "[{\"id\":\"*\",\"type\":\"SQS\",\"messageFilter\":{\"author\":\"^me$\"}}]");
}

static void list_in_yaml(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file =
        file_given("target:\n  path: statefulset/worker\n  namespace: team\nfeature:\n  network: true\n"
                   "  split_queues:\n    - queue_id: \"*\"\n      queue_type: Kafka\n"
                   "      queue_mode: mirror\n    - queue_id: '*'\n      queue_type: RMQ\n"
                   "      jq_filter: .a == 1\n      message_filter: {a: b}\n",
                   CLIENT_FORMAT_YAML);
    assert_string_equal(file.target.kind, "StatefulSet");
    assert_string_equal(file.namespace, "team");
    assert_json(file.queues, "[{\"id\":\"*\",\"type\":\"Kafka\",\"mode\":\"mirror\"},{\"id\":\"*\",\"type\":\"RMQ\","
                             "\"jqFilter\":\".a == 1\",\"messageFilter\":{\"a\":\"b\"}}]");
}

static void nothing_of_ours(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given(
        "{\"feature\": {\"network\": {\"dns\": true}, \"fs\": \"local\"}, \"agent\": 1}", CLIENT_FORMAT_JSON);
    assert_null(file.target.kind);
    assert_json(file.queues, "[]");
    assert_non_null(json_path(file.document, "feature", "network", "dns", NULL));
}

struct wrong {
    const char *text;
    const char *says;
};

static void refused(enum client_format format, const struct wrong *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct client_file file = {.queues = NULL};
        struct reason why = {.code = REASON_NONE};
        assert_int_equal(client_file_parse(str_of(rows[i].text), format, "f", &file, &why), CLIENT_FILE_INVALID);
        assert_int_equal(why.code, REASON_CLIENT_FILE_INVALID);
        if (!strstr(why.text, rows[i].says))
            fail_msg("'%s' is not in '%s'", rows[i].says, why.text);
    }
}

#define QUEUE(entry) "{\n\"feature\": {\n\"split_queues\": {\n\"q.1\":\n" entry "}}}"

static void errors_in_json_name_line_and_field(void **state)
{
    (void)state;
    static const struct wrong rows[] = {
        {"{\n\"a\": }", "f:2:"},
        {"[1]", "f:1: the file: must hold an object, not a list"},
        {"{\"feature\": 1}", "f:1: feature: must be an object, not a number"},
        {"{\n\"target\": 7}", "f:2: target: must be a string such as"},
        {"{\n\"target\": \"pod/x\"}", "f:2: target: target 'pod/x': the environment of a single pod"},
        {"{\n\"target\": {\n\"path\": \"deployment\"}}", "f:3: target.path: target 'deployment' is none of"},
        {"{\n\"target\": {\n\"pth\": 1}}", "f:3: target.pth: is no field of a target"},
        {"{\n\"target\": {\"path\": \"deployment/x\",\n\"namespace\": 1}}",
         "f:3: target.namespace: must be a string"},
        {"{\"feature\": {\n\"split_queues\": true}}",
         "f:2: feature.split_queues: must be an object by queue id, or a list"},
        {QUEUE("7"), "f:4: feature.split_queues.q.1: must be an object, not a number"},
        {QUEUE("{}"), "f:4: feature.split_queues.q.1: queue_type is missing"},
        {QUEUE("{\"queue_type\":\n\"kafka\"}"),
         "f:5: feature.split_queues.q.1.queue_type: 'kafka' is not one of SQS, Kafka, RMQ"},
        {QUEUE("{\n\"queue_type\": null}"), "f:6: feature.split_queues.q.1.queue_type: must be a string, not null"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"message_filter\": []}"),
         "f:6: feature.split_queues.q.1.message_filter: must be an object, not a list"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"message_filter\": {\n\"a\": \"b\",\n\"c\": 1}}"),
         "f:8: feature.split_queues.q.1.message_filter.c: must be a string (a regular expression), not a number"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"jq_filter\": {}}"),
         "f:6: feature.split_queues.q.1.jq_filter: must be a string"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"queue_mode\": \"share\"}"),
         "queue_mode: 'share' is not one of steal, mirror"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"mesage_filter\": {}}"),
         "f:6: feature.split_queues.q.1.mesage_filter: is no field of a queue"},
        {QUEUE("{\"queue_type\": \"Kafka\",\n\"queue_id\": \"x\"}"), "queue_id: is no field of a queue"},
        {"{\"feature\": {\"split_queues\": {\"\": {\"queue_type\": \"SQS\"}}}}", "a queue id has 1 to 253 bytes"},
    };
    refused(CLIENT_FORMAT_JSON, rows, sizeof rows / sizeof rows[0]);
}

static void errors_in_yaml_name_line_and_field(void **state)
{
    (void)state;
    static const struct wrong rows[] = {
        {"target: deployment/x\n---\ntarget: deployment/y\n", "holds 2 documents, not one"},
        {"", "holds 0 documents, not one"},
        {"feature:\n  split_queues:\n    - queue_type: SQS\n",
         "f:3: feature.split_queues[0]: queue_id must be a string, and is absent"},
        {"feature:\n  split_queues:\n    - queue_id: a\n      queue_type: SQS\n    - queue_id: a\n      queue_type: "
         "SQS\n",
         "f:5: feature.split_queues[1]: queue id 'a' stands there twice"},
        {"feature:\n  split_queues:\n    a:\n      queue_type: Kafka\n      message_filter:\n        x: 1\n",
         "f:6: feature.split_queues.a.message_filter.x: must be a string"},
    };
    refused(CLIENT_FORMAT_YAML, rows, sizeof rows / sizeof rows[0]);
}

/* S-10, S-1: limits are named. */
static void limits(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1u << 20);
    assert_int_equal(
        buf_printf(&text, "{\"feature\":{\"split_queues\":{\"q\":{\"queue_type\":\"Kafka\",\"message_filter\":{"), 0);
    for (int i = 0; i < 33; i++)
        assert_int_equal(buf_printf(&text, "%s\"h%d\":\"x\"", i ? "," : "", i), 0);
    assert_int_equal(buf_printf(&text, "}}}}}"), 0);
    struct wrong row = {text.data, "more than the limit of 32 filters"};
    refused(CLIENT_FORMAT_JSON, &row, 1);
    buf_clear(&text);
    assert_int_equal(buf_printf(&text,
                                "{\"feature\":{\"split_queues\":{\"q\":{\"queue_type\":\"Kafka\",\"message_filter\":{"
                                "\"a\":\"%01025d\"}}}}}",
                                0),
                     0);
    row = (struct wrong){text.data, "longer than the limit of 1024 bytes"};
    refused(CLIENT_FORMAT_JSON, &row, 1);
    buf_clear(&text);
    assert_int_equal(buf_printf(&text, "{\"feature\":{\"split_queues\":{"), 0);
    for (int i = 0; i < 65; i++)
        assert_int_equal(buf_printf(&text, "%s\"q%d\":{\"queue_type\":\"SQS\"}", i ? "," : "", i), 0);
    assert_int_equal(buf_printf(&text, "}}}"), 0);
    row = (struct wrong){text.data, "more than the limit of 64 queues"};
    refused(CLIENT_FORMAT_JSON, &row, 1);
}

static void files_by_name(void **state)
{
    (void)state;
    char folder[] = "/tmp/sluice-test-XXXXXX";
    struct reason why = {.code = REASON_NONE};
    struct client_file file = {.queues = NULL};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(client_file_read(NULL, &file, &why), CLIENT_FILE_ABSENT);
    assert_json(file.queues, "[]");
    client_file_deinit(&file);
    assert_int_equal(client_file_read("none.json", &file, &why), CLIENT_FILE_INVALID);
    assert_non_null(strstr(why.text, "none.json: cannot be read"));
    assert_int_equal(client_file_read("mirrord.toml", &file, &why), CLIENT_FILE_INVALID);
    assert_non_null(strstr(why.text, "TOML is not read; write the same as JSON or YAML"));
    int fd = open("mine", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "// mine\n{\"target\": \"rollout/r\"}", 31), 31);
    close(fd);
    assert_int_equal(client_file_read("mine", &file, &why), 0);
    assert_string_equal(file.target.kind, "Rollout");
    client_file_deinit(&file);
    assert_int_equal(unlink("mine"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sqs_queue),
        cmocka_unit_test(sqs_and_kafka_with_an_empty_filter),
        cmocka_unit_test(star_with_trailing_commas_and_comments),
        cmocka_unit_test(list_in_yaml),
        cmocka_unit_test(nothing_of_ours),
        cmocka_unit_test(errors_in_json_name_line_and_field),
        cmocka_unit_test(errors_in_yaml_name_line_and_field),
        cmocka_unit_test(limits),
        cmocka_unit_test(files_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
