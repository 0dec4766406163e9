/* Level strings: ours, and those of RUST_LOG users. */
#include "common/base/log_levels.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>

static struct log_levels parsed(const char *text)
{
    struct log_levels levels;

    if (log_levels_parse(str_of(text), &levels) != 0)
        fail_msg("refused: %s", text);
    return levels;
}

static void the_bare_level_is_the_default(void **state)
{
    struct log_levels levels = parsed(" worker.sqs = trace , warn,");

    (void)state;
    assert_int_equal(log_levels_of(&levels, "worker.sqs"), LOG_LEVEL_TRACE);
    assert_int_equal(log_levels_of(&levels, "worker.sqs.pump"), LOG_LEVEL_TRACE);
    assert_int_equal(log_levels_of(&levels, "worker.sqsx"), LOG_LEVEL_WARN);
    assert_int_equal(log_levels_of(&levels, "worker"), LOG_LEVEL_WARN);
    assert_int_equal(log_levels_max(&levels), LOG_LEVEL_TRACE);
    levels = parsed("");
    assert_int_equal(log_levels_of(&levels, "worker"), LOG_LEVEL_INFO);
    levels = parsed("worker.kafka=debug");
    assert_int_equal(log_levels_of(&levels, "supervisor"), LOG_LEVEL_INFO);
}

static void the_longest_name_counts(void **state)
{
    struct log_levels levels = parsed("worker.kafka.source=trace,worker=ERROR,worker.kafka=off,Debug");

    (void)state;
    assert_int_equal(log_levels_of(&levels, "worker.kafka.source"), LOG_LEVEL_TRACE);
    assert_int_equal(log_levels_of(&levels, "worker.kafka.sink"), LOG_LEVEL_OFF);
    assert_int_equal(log_levels_of(&levels, "worker.runtime"), LOG_LEVEL_ERROR);
    assert_int_equal(log_levels_of(&levels, "supervisor"), LOG_LEVEL_DEBUG);
}

static void old_level_strings_mean_our_components(void **state)
{
    struct log_levels levels =
        parsed("mirrord=info,operator=info,operator_sqs_splitting::forwarder=trace,operator_kafka_splitting=debug,"
               "operator_rmq_splitting=warn,hyper=off,operator::agent=trace");

    (void)state;
    assert_int_equal(log_levels_of(&levels, "worker.sqs"), LOG_LEVEL_TRACE);
    assert_int_equal(log_levels_of(&levels, "worker.kafka"), LOG_LEVEL_DEBUG);
    assert_int_equal(log_levels_of(&levels, "worker.amqp.source"), LOG_LEVEL_WARN);
    assert_int_equal(log_levels_of(&levels, "supervisor.split"), LOG_LEVEL_INFO);
}

static void a_component_named_twice_gets_the_more_verbose_level(void **state)
{
    struct log_levels levels =
        parsed("operator_sqs_splitting::forwarder=trace,operator_sqs_splitting=warn,mirrord=error,operator=debug");

    (void)state;
    assert_int_equal(log_levels_of(&levels, "worker.sqs"), LOG_LEVEL_TRACE);
    assert_int_equal(log_levels_of(&levels, "supervisor"), LOG_LEVEL_DEBUG);
}

static void what_is_no_level_string_is_refused(void **state)
{
    static const char *const texts[] = {
        "verbose", "worker=verbose", "worker=", "=info", "worker.kafka", "info;debug"};
    struct log_levels levels = {.fallback = 77};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (log_levels_parse(str_of(texts[i]), &levels) != -EINVAL)
            fail_msg("accepted: %s", texts[i]);
    assert_int_equal(levels.fallback, 77);
}

static void S_10_level_strings_have_limits(void **state)
{
    static char text[LOG_LEVELS_TEXT_MAX + 2];
    struct log_levels levels;
    size_t len = 0;

    (void)state;
    memset(text, ',', LOG_LEVELS_TEXT_MAX + 1);
    assert_int_equal(log_levels_parse((struct str){text, LOG_LEVELS_TEXT_MAX}, &levels), 0);
    assert_int_equal(log_levels_parse((struct str){text, LOG_LEVELS_TEXT_MAX + 1}, &levels), -EINVAL);
    for (int i = 0; i < LOG_LEVELS_RULES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "c%d=info,", i);
    assert_int_equal(log_levels_parse((struct str){text, len}, &levels), 0);
    len += (size_t)snprintf(text + len, sizeof text - len, "more=info");
    assert_int_equal(log_levels_parse((struct str){text, len}, &levels), -EINVAL);
    memset(text, 'n', LOG_LEVELS_NAME_SIZE);
    memcpy(text + LOG_LEVELS_NAME_SIZE, "=info", 6);
    assert_int_equal(log_levels_parse(str_of(text), &levels), -EINVAL);
    assert_int_equal(log_levels_parse(str_of(text + 1), &levels), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bare_level_is_the_default),
        cmocka_unit_test(the_longest_name_counts),
        cmocka_unit_test(old_level_strings_mean_our_components),
        cmocka_unit_test(a_component_named_twice_gets_the_more_verbose_level),
        cmocka_unit_test(what_is_no_level_string_is_refused),
        cmocka_unit_test(S_10_level_strings_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
