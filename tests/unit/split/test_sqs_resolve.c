/* From declared registries to SQS queues, W-7. */
#include "supervisor/split/resolve.h"
#include "supervisor/split/sqs_reference.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/workload_fixture.h"
#include <stdio.h>

#define MAP                                                                                                  \
    "{ \"in\": \"orders\",\n \"out\" : \"https:\\/\\/sqs.eu-north-1.amazonaws.com\\/314159265359\\/done\", " \
    "\"again\":\"orders\" }"

static const struct env_entry main_env[] = {VALUE("NAME", "orders"),
                                            VALUE("URL", "http://localhost:9324/000000000000/orders"),
                                            VALUE("ARN", "arn:aws:sqs:eu-north-1:314159265359:orders.fifo"),
                                            VALUE("MAP", MAP),
                                            VALUE("NESTED", "{\"a\":{\"b\":\"c\"}}"),
                                            VALUE("ESCAPED", "{\"a\":\"or\\u0064ers\"}"),
                                            VALUE("NONE", "{}"),
                                            VALUE("BAD", "two words"),
                                            VALUE("EMPTY", ""),
                                            VALUE("LD_PRELOAD", "x"),
                                            {.name = "POD", .kind = ENV_UNRESOLVED}};
static const struct env_entry side_env[] = {VALUE("NAME", "others"), VALUE("SIDE_URL", "https://h/1/x")};

static int set_up(void **state)
{
    static const struct container containers[] = {
        {.name = "main", .env = main_env, .env_count = sizeof main_env / sizeof *main_env},
        {.name = "side", .env = side_env, .env_count = sizeof side_env / sizeof *side_env}};
    return fixture_set_up(state, containers, sizeof containers / sizeof *containers);
}

struct resolved {
    struct queue_resolved *queues;
    size_t count;
};

static struct resolved resolve(struct fixture *fixture, const char *container, struct registry_queue *queues,
                               size_t count)
{
    static struct queue_registry registry;
    struct resolved resolved = {.count = 0};
    registry = (struct queue_registry){.container = container, .queues = queues, .queue_count = count};
    assert_int_equal(
        registry_resolve(&registry, "hash", &fixture->workload, &fixture->arena, &resolved.queues, &resolved.count),
        0);
    return resolved;
}

static struct queue_resolved resolve_one(struct fixture *fixture, const char *container, const char *variable)
{
    struct registry_queue queue = {.id = "q", .type = "SQS", .variable = variable};
    struct resolved resolved = resolve(fixture, container, &queue, 1);
    assert_int_equal(resolved.count, 1);
    return resolved.queues[0];
}

static void Q_9_a_variable_holds_a_name_a_url_or_an_arn(void **state)
{
    struct queue_resolved queue = resolve_one(*state, "main", "NAME");
    assert_int_equal(queue.error.code, REASON_NONE);
    assert_int_equal(queue.type, QUEUE_TYPE_SQS);
    assert_string_equal(queue.name, "orders");
    assert_string_equal(queue.account, "");
    assert_string_equal(queue.region, "");
    assert_string_equal(queue.url, "");
    assert_int_equal(queue.names[0].at[0], 0);
    queue = resolve_one(*state, "main", "URL");
    assert_string_equal(queue.name, "orders");
    assert_string_equal(queue.account, "000000000000");
    assert_string_equal(queue.region, "");
    assert_string_equal(queue.url, "http://localhost:9324/000000000000/orders");
    assert_int_equal(queue.names[0].at[0], strlen("http://localhost:9324/000000000000/"));
    queue = resolve_one(*state, "main", "ARN");
    assert_string_equal(queue.name, "orders.fifo");
    assert_string_equal(queue.account, "314159265359");
    assert_string_equal(queue.region, "eu-north-1");
    assert_string_equal(queue.url, "");
}

static void Q_9_region_and_account_are_read_from_every_form_of_url(void **state)
{
    static const struct {
        const char *text, *account, *region;
    } rows[] = {{"https://sqs.eu-north-1.amazonaws.com/314159265359/q", "314159265359", "eu-north-1"},
                {"https://sqs.cn-north-1.amazonaws.com.cn/314159265359/q", "314159265359", "cn-north-1"},
                {"https://eu-west-1.queue.amazonaws.com/314159265359/q", "314159265359", "eu-west-1"},
                {"https://queue.amazonaws.com/314159265359/q", "314159265359", "us-east-1"},
                {"https://vpce-1a-2b.sqs.us-west-2.vpce.amazonaws.com/314159265359/q", "314159265359", "us-west-2"},
                {"http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q", "000000000000", "us-east-1"},
                {"http://localhost:4566/queue/us-east-2/000000000000/q", "000000000000", "us-east-2"},
                {"http://[::1]:9324/queue/q", "", ""},
                {"http://elasticmq:9324/queue/q", "", ""}};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sqs_reference reference;
        assert_int_equal(sqs_reference_parse(str_of(rows[i].text), &fixture->arena, &reference), 0);
        assert_string_equal(reference.name, "q");
        assert_string_equal(reference.account, rows[i].account);
        assert_string_equal(reference.region, rows[i].region);
        assert_string_equal(reference.url, rows[i].text);
    }
}

static void what_names_no_queue_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "two words",
        "a.b",
        ".fifo",
        "https://",
        "https://host",
        "https://host/1234/",
        "https://host/1234/q?x=1",
        "https://me:secret@host/314159265359/q",
        "arn:aws:sns:eu-north-1:314159265359:q",
        "arn:aws:sqs:eu-north-1:1:q",
        "arn:aws:sqs",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sqs_reference reference;
        assert_int_equal(sqs_reference_parse(str_of(rows[i]), &fixture->arena, &reference), SQS_REFERENCE_REFUSED);
    }
}

static void Q_12_each_value_of_a_json_map_is_a_queue(void **state)
{
    struct registry_queue queue = {.id = "q", .type = "SQS", .variable = "MAP", .json_map = true};
    struct resolved resolved = resolve(*state, NULL, &queue, 1);
    assert_int_equal(resolved.count, 2);
    const struct queue_resolved *orders = &resolved.queues[0], *done = &resolved.queues[1];
    assert_string_equal(orders->name, "orders");
    assert_int_equal(orders->name_count, 1);
    assert_int_equal(orders->names[0].at_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_memory_equal(orders->names[0].value + orders->names[0].at[i], "orders\"", 7);
    assert_string_equal(done->name, "done");
    assert_string_equal(done->account, "314159265359");
    assert_string_equal(done->region, "eu-north-1");
    assert_memory_equal(done->names[0].value + done->names[0].at[0], "done\"", 5);
    assert_string_not_equal(orders->key, done->key);
    assert_string_equal(orders->id, done->id);
}

static void Q_12_a_pattern_is_every_variable_that_it_finds(void **state)
{
    struct registry_queue queue = {.id = "q", .type = "SQS", .pattern = "^(NAME|URL|SIDE_.*|LD_PRELOAD)$"};
    struct resolved resolved = resolve(*state, NULL, &queue, 1);
    assert_int_equal(resolved.count, 4); /* orders by name and by URL, others, x: the loader's variable is none */
    resolved = resolve(*state, "side", &queue, 1);
    assert_int_equal(resolved.count, 2);
    assert_string_equal(resolved.queues[0].name, "others");
    assert_string_equal(resolved.queues[0].container, "side");
}

static void Q_12_a_fallback_stands_for_an_absent_variable(void **state)
{
    struct registry_queue queue = {.id = "q", .type = "SQS", .variable = "ABSENT", .fallback = "orders"};
    struct resolved resolved = resolve(*state, NULL, &queue, 1);
    assert_int_equal(resolved.count, 1);
    assert_int_equal(resolved.queues[0].name_count, 2); /* each container gets it */
    assert_null(resolved.queues[0].names[0].present);
    resolved = resolve(*state, "side", &queue, 1);
    assert_int_equal(resolved.queues[0].name_count, 1);
    assert_string_equal(resolved.queues[0].names[0].container, "side");
}

static void several_containers_may_name_several_queues(void **state)
{
    struct registry_queue queue = {.id = "q", .type = "SQS", .variable = "NAME"};
    struct resolved resolved = resolve(*state, NULL, &queue, 1);
    assert_int_equal(resolved.count, 2);
    assert_string_equal(resolved.queues[0].name, "orders");
    assert_string_equal(resolved.queues[1].name, "others");
}

static void what_cannot_be_split_is_an_error_of_its_id(void **state)
{
    static const struct {
        struct registry_queue queue;
        enum reason_code code;
        const char *says, *container;
    } rows[] = {{{.variable = "ABSENT"}, REASON_NAME_SOURCE_EMPTY, "ABSENT", "main"},
                {{.variable = "EMPTY"}, REASON_NAME_SOURCE_EMPTY, "EMPTY", NULL},
                {{.variable = "BAD"}, REASON_NAME_SOURCE_INVALID, "BAD", NULL},
                {{.variable = "POD"}, REASON_NAME_SOURCE_UNREADABLE, "POD", NULL},
                {{.variable = "LD_PRELOAD"}, REASON_VARIABLE_REFUSED, "LD_PRELOAD", NULL},
                {{.variable = "NAME", .json_map = true}, REASON_NAME_SOURCE_INVALID, "namesFromJsonMap", NULL},
                {{.variable = "NESTED", .json_map = true}, REASON_NAME_SOURCE_INVALID, "NESTED", NULL},
                {{.variable = "ESCAPED", .json_map = true}, REASON_NAME_SOURCE_INVALID, "ESCAPED", NULL},
                {{.variable = "NONE", .json_map = true}, REASON_NAME_SOURCE_EMPTY, "id q", NULL},
                {{.pattern = "NOTHING"}, REASON_NAME_SOURCE_EMPTY, "id q", NULL},
                {{.pattern = "("}, REASON_FIELD_INVALID, "regexPattern", NULL},
                {{.variable = "NAME"}, REASON_CONTAINER_NOT_FOUND, "nowhere", "nowhere"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct registry_queue queue = rows[i].queue;
        queue.id = "q";
        queue.type = "SQS";
        struct resolved resolved = resolve(*state, rows[i].container, &queue, 1);
        assert_int_equal(resolved.count, 1);
        assert_int_equal(resolved.queues[0].error.code, rows[i].code);
        assert_non_null(strstr(resolved.queues[0].error.text, rows[i].says));
    }
}

/* C-14: an id whose queues are not split still has variables, which must lead the local process elsewhere. */
static void the_variables_of_an_id_with_an_error_are_known(void **state)
{
    struct queue_resolved queue = resolve_one(*state, NULL, "BAD");
    assert_int_equal(queue.name_count, 1);
    assert_string_equal(queue.names[0].variable, "BAD");
    assert_int_equal(queue.names[0].at_count, 0);
}

/* S-10: whoever writes the resource also writes the map. */
static void more_queues_than_there_may_be_are_refused_id_by_id(void **state)
{
    enum { MAPS = 5, NAMES = 64 }; /* four of them fill what there is */
    static char texts[MAPS + 1][NAMES * 16], variables[MAPS + 1][8];
    static struct env_entry env[MAPS + 1];
    static const struct container containers[] = {{.name = "main", .env = env, .env_count = MAPS + 1}};
    struct registry_queue queues[MAPS + 2] = {{.id = ""}};
    void *full;
    (void)state;
    for (size_t i = 0; i <= MAPS; i++) {
        size_t used = (size_t)snprintf(texts[i], sizeof texts[i], "{");
        for (size_t j = 0; j < NAMES; j++)
            used += (size_t)snprintf(texts[i] + used, sizeof texts[i] - used, "%s\"%zu\":\"q%zu\"", j ? "," : "", j,
                                     i * NAMES + j);
        snprintf(texts[i] + used, sizeof texts[i] - used, "}");
        snprintf(variables[i], sizeof variables[i], "MAP%zu", i);
        env[i] = (struct env_entry)VALUE(variables[i], texts[i]);
        queues[i] =
            (struct registry_queue){.id = variables[i], .type = "SQS", .variable = variables[i], .json_map = true};
    }
    queues[MAPS + 1] = (struct registry_queue){.id = "none", .type = "SQS", .variable = "NONE"};
    assert_int_equal(fixture_set_up(&full, containers, 1), 0);
    struct resolved resolved = resolve(full, NULL, queues, MAPS + 2);
    assert_int_equal(resolved.count, REGISTRY_QUEUES_MAX + 3);
    for (size_t i = REGISTRY_QUEUES_MAX; i < resolved.count; i++)
        assert_int_equal(resolved.queues[i].error.code,
                         i + 1 < resolved.count ? REASON_LIMIT_REACHED : REASON_NAME_SOURCE_EMPTY);
    fixture_tear_down(&full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_queues_than_there_may_be_are_refused_id_by_id),
        cmocka_unit_test(Q_9_a_variable_holds_a_name_a_url_or_an_arn),
        cmocka_unit_test(Q_9_region_and_account_are_read_from_every_form_of_url),
        cmocka_unit_test(what_names_no_queue_is_refused),
        cmocka_unit_test(Q_12_each_value_of_a_json_map_is_a_queue),
        cmocka_unit_test(Q_12_a_pattern_is_every_variable_that_it_finds),
        cmocka_unit_test(Q_12_a_fallback_stands_for_an_absent_variable),
        cmocka_unit_test(several_containers_may_name_several_queues),
        cmocka_unit_test(what_cannot_be_split_is_an_error_of_its_id),
        cmocka_unit_test(the_variables_of_an_id_with_an_error_are_known),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_tear_down);
}
