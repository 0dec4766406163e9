/* From declared name sources to topics and groups: W-2, W-7, K-15. */
#include "supervisor/split/resolve.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/workload_fixture.h"

static const struct env_entry main_env[] = {VALUE("TOPIC", "orders"),     VALUE("SAME", "orders"),
                                            VALUE("OTHER", "payments"),   VALUE("GROUP", "billing"),
                                            VALUE("URL", "k://$(TOPIC)"), VALUE("COPY", "$$(GROUP)"),
                                            VALUE("EMPTY", ""),           VALUE("LD_PRELOAD", "x"),
                                            VALUE("BAD", "two words"),    VALUE("JAVA_TOOL_OPTIONS", "x")};
static const struct env_entry side_env[] = {VALUE("TOPIC", "orders"), VALUE("SEES", "$(TOPIC)")};
static const struct env_entry args_env[] = {VALUE("TOPIC", "orders"), {.name = "POD", .kind = ENV_UNRESOLVED}};
static const char *const args[] = {"--topic", "$(TOPIC)", NULL};

static int set_up(void **state)
{
    static const struct container containers[] = {
        {.name = "main", .env = main_env, .env_count = sizeof main_env / sizeof *main_env},
        {.name = "side", .env = side_env, .env_count = sizeof side_env / sizeof *side_env},
        {.name = "args", .env = args_env, .env_count = sizeof args_env / sizeof *args_env, .args = args}};
    return fixture_set_up(state, containers, sizeof containers / sizeof *containers);
}

static struct queue_resolved resolve_one(struct fixture *fixture, const struct env_source *names, size_t name_count,
                                         const struct env_source *groups, size_t group_count)
{
    const struct kafka_topic topic = {.id = "q0",
                                      .client_config = "config",
                                      .names = names,
                                      .name_count = name_count,
                                      .groups = groups,
                                      .group_count = group_count};
    const struct kafka_topics_consumer consumer = {.topics = &topic, .topic_count = 1};
    struct queue_resolved *queues = NULL;
    assert_int_equal(queues_resolve(&consumer, &fixture->workload, &fixture->arena, &queues), 0);
    return queues[0];
}

static const struct env_source group = {"main", "GROUP", NULL};

static void equal_sources_are_one_name(void **state)
{
    const struct env_source names[] = {{"main", "TOPIC", NULL}, {"main", "SAME", NULL}, {"side", "TOPIC", NULL}};
    struct queue_resolved queue = resolve_one(*state, names, 3, &group, 1);
    assert_int_equal(queue.error.code, REASON_NONE);
    assert_string_equal(queue.name, "orders");
    assert_string_equal(queue.group, "billing");
    assert_int_equal(queue.name_count, 3);
    assert_non_null(queue.names[0].present);
}

static void a_fallback_stands_for_an_absent_variable(void **state)
{
    const struct env_source names[] = {{"main", "ABSENT", "orders"}, {"main", "TOPIC", "ignored"}};
    struct queue_resolved queue = resolve_one(*state, names, 2, &group, 1);
    assert_int_equal(queue.error.code, REASON_NONE);
    assert_string_equal(queue.name, "orders");
    assert_null(queue.names[0].present);
}

static void what_cannot_be_split_is_an_error_of_its_queue(void **state)
{
    static const struct {
        struct env_source name;
        enum reason_code code;
        const char *says;
    } rows[] = {{{"main", "ABSENT", NULL}, REASON_NAME_SOURCE_EMPTY, "ABSENT"},
                {{"main", "EMPTY", NULL}, REASON_NAME_SOURCE_EMPTY, "EMPTY"},
                {{"none", "TOPIC", NULL}, REASON_CONTAINER_NOT_FOUND, "none"},
                {{"main", "LD_PRELOAD", NULL}, REASON_VARIABLE_REFUSED, "LD_PRELOAD"},
                {{"main", "JAVA_TOOL_OPTIONS", NULL}, REASON_VARIABLE_REFUSED, "JAVA_TOOL_OPTIONS"},
                {{"main", "PATH", "x"}, REASON_VARIABLE_REFUSED, "PATH"},
                {{"main", "BASH_ENV", "x"}, REASON_VARIABLE_REFUSED, "BASH_ENV"},
                {{"main", "BAD", NULL}, REASON_NAME_SOURCE_EMPTY, "BAD"},
                {{"main", "ABSENT", ".."}, REASON_NAME_SOURCE_EMPTY, "ABSENT"},
                {{"args", "POD", "x"}, REASON_NAME_SOURCE_UNREADABLE, "a field of the pod"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct queue_resolved queue = resolve_one(*state, &rows[i].name, 1, &group, 1);
        assert_int_equal(queue.error.code, rows[i].code);
        assert_non_null(strstr(queue.error.text, rows[i].says));
    }
}

static void sources_that_differ_are_told_by_variable(void **state)
{
    const struct env_source names[] = {{"main", "TOPIC", NULL}, {"main", "OTHER", NULL}};
    const struct env_source groups[] = {{"main", "GROUP", NULL}, {"main", "ABSENT", "another"}};
    struct queue_resolved queue = resolve_one(*state, names, 2, &group, 1);
    assert_int_equal(queue.error.code, REASON_NAME_SOURCES_DIFFER);
    assert_non_null(strstr(queue.error.text, "OTHER"));
    queue = resolve_one(*state, names, 1, groups, 2);
    assert_int_equal(queue.error.code, REASON_NAME_SOURCES_DIFFER);
    assert_null(strstr(queue.error.text, "another")); /* values may be secrets */
}

static void a_group_must_be_declared(void **state)
{
    const struct env_source name = {"main", "TOPIC", NULL};
    assert_int_equal(resolve_one(*state, &name, 1, NULL, 0).error.code, REASON_GROUP_UNDECLARED);
}

/* W-2: what refers to a patched variable without being declared. */
static void a_dependent_is_found_in_its_own_container_only(void **state)
{
    struct fixture *fixture = *state;
    const struct env_source topic = {"main", "TOPIC", NULL}, side = {"side", "TOPIC", NULL};
    const struct env_source both[] = {{"side", "TOPIC", NULL}, {"side", "SEES", NULL}};
    struct queue_resolved queue = resolve_one(fixture, &topic, 1, &group, 1);
    assert_string_equal(workload_dependent(&fixture->workload, &queue, 1, &queue.names[0]).name, "URL");
    assert_null(
        workload_dependent(&fixture->workload, &queue, 1, &queue.groups[0]).name); /* $$(GROUP) is no reference */
    queue = resolve_one(fixture, &side, 1, &group, 1);
    assert_string_equal(workload_dependent(&fixture->workload, &queue, 1, &queue.names[0]).name, "SEES");
    queue = resolve_one(fixture, both, 2, &group, 1); /* declared itself, it is patched with the other */
    assert_null(workload_dependent(&fixture->workload, &queue, 1, &queue.names[0]).name);
}

static void arguments_are_dependents_that_cannot_be_pinned(void **state)
{
    struct fixture *fixture = *state;
    const struct env_source topic = {"args", "TOPIC", NULL};
    struct queue_resolved queue = resolve_one(fixture, &topic, 1, &group, 1);
    struct dependent dependent = workload_dependent(&fixture->workload, &queue, 1, &queue.names[0]);
    assert_string_equal(dependent.name, "args");
    assert_false(dependent.is_variable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_sources_are_one_name),
        cmocka_unit_test(a_fallback_stands_for_an_absent_variable),
        cmocka_unit_test(what_cannot_be_split_is_an_error_of_its_queue),
        cmocka_unit_test(sources_that_differ_are_told_by_variable),
        cmocka_unit_test(a_group_must_be_declared),
        cmocka_unit_test(a_dependent_is_found_in_its_own_container_only),
        cmocka_unit_test(arguments_are_dependents_that_cannot_be_pinned),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_tear_down);
}
