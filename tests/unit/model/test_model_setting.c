/* Operator-wide settings from the environment. */
#include "common/model/setting.h"
#include "common/model/setting_name.h"
#include "tests/unit/model/model_fixture.h"

static struct {
    const char *name, *value;
} given[4];

static char *lookup(const char *name)
{
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].name && strcmp(given[i].name, name) == 0)
            return (char *)(uintptr_t)given[i].value;
    return NULL;
}

static int clear(void **state)
{
    (void)state;
    memset(given, 0, sizeof given);
    return 0;
}

struct read {
    struct arena arena;
    struct settings settings;
    struct reason why;
    int result;
};

static void read_deinit(struct read *read) { arena_deinit(&read->arena); }

static struct read read_settings(void)
{
    struct read read = {.arena = ARENA_INIT(65536)};

    read.result = settings_read(lookup, &read.arena, &read.settings, &read.why);
    return read;
}

static void without_environment_the_defaults_count(void **state)
{
    struct read read CLEANUP(read_deinit) = read_settings();

    (void)state;
    assert_int_equal(read.result, 0);
    assert_string_equal(read.settings.topic_format, "mirrord-tmp-{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}");
    assert_int_equal(read.settings.session_setup_s, 180);
    assert_int_equal(read.settings.session_unused_s, 30);
    assert_int_equal(read.settings.session_kept_s, 600);
    assert_int_equal(read.settings.split.restart_timeout_ms, 60000);
    assert_int_equal(read.settings.split.drain_timeout_ms, -1);
    assert_int_equal(read.settings.split.leftovers, LEFTOVERS_KEEP);
    assert_int_equal(read.settings.split.overlap, OVERLAP_ALLOW);
    assert_int_equal(read.settings.split.wait_for_pods, -1);
    assert_false(read.settings.split.offset_reset_earliest);
    assert_int_equal(read.settings.split.ttl_ms, 0);
    assert_null(read.settings.secret_namespace_list[0]);
    assert_int_equal(read.settings.sqs_split.restart_timeout_ms, 120000);
    assert_int_equal(read.settings.sqs_split.leftovers, LEFTOVERS_RETURN); /* C-3 */
    assert_int_equal(read.settings.sqs_split.drain_timeout_ms, -1);
    assert_false(read.settings.sqs_splitting);
}

/* What users of the older product set: leftovers are given up after so long. */
static void a_linger_timeout_discards_on_sqs_alone(void **state)
{
    (void)state;
    given[0].name = "OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT", given[0].value = "90000";
    given[1].name = "OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILLIS", given[1].value = "2500";
    struct read read CLEANUP(read_deinit) = read_settings();
    assert_int_equal(read.result, 0);
    assert_int_equal(read.settings.sqs_split.drain_timeout_ms, 90000);
    assert_int_equal(read.settings.sqs_split.leftovers, LEFTOVERS_DISCARD);
    assert_int_equal(read.settings.sqs_split.ttl_ms, 0);
    assert_int_equal(read.settings.split.drain_timeout_ms, -1);
    assert_int_equal(read.settings.split.leftovers, LEFTOVERS_KEEP);
}

static void an_endpoint_is_a_scheme_and_a_host(void **state)
{
    static const char *const right[] = {"http://localhost:9324", "https://sqs.eu-north-1.amazonaws.com",
                                        "http://[::1]:4566"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        clear(state);
        given[0].name = "OPERATOR_AWS_ENDPOINT", given[0].value = right[i];
        struct read read CLEANUP(read_deinit) = read_settings();
        assert_int_equal(read.result, 0);
        assert_string_equal(read.settings.aws_endpoint, right[i]);
    }
}

static void values_of_the_environment_count(void **state)
{
    (void)state;
    given[0].name = "OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILLIS", given[0].value = "2500";
    given[1].name = "OPERATOR_SECRET_NAMESPACES", given[1].value = "a, b,,c ";
    given[2].name = "OPERATOR_DRAIN_TIMEOUT_SECONDS", given[2].value = "0";
    given[3].name = "OPERATOR_JSON_LOG", given[3].value = "true";
    struct read read CLEANUP(read_deinit) = read_settings();
    assert_int_equal(read.result, 0);
    assert_int_equal(read.settings.split.ttl_ms, 2500);
    assert_int_equal(read.settings.split.drain_timeout_ms, 0);
    assert_true(read.settings.log_json);
    assert_string_equal(read.settings.secret_namespace_list[0], "a");
    assert_string_equal(read.settings.secret_namespace_list[1], "b");
    assert_string_equal(read.settings.secret_namespace_list[2], "c");
    assert_null(read.settings.secret_namespace_list[3]);
}

static void an_empty_value_is_the_default(void **state)
{
    (void)state;
    given[0].name = "OPERATOR_MAX_SPLITS", given[0].value = "";
    struct read read CLEANUP(read_deinit) = read_settings();
    assert_int_equal(read.result, 0);
    assert_int_equal(read.settings.splits_max, 64);
}

static void wrong_values_are_refused_by_name(void **state)
{
    static const struct {
        const char *name, *value, *part;
    } rows[] = {
        {"OPERATOR_MAX_SPLITS", "many", "OPERATOR_MAX_SPLITS (operator.maxSplits): 'many'"},
        {"OPERATOR_MAX_SPLITS", "1025", "'1025' is not a whole number of splits from 0 to 1024"},
        {"OPERATOR_MAX_SPLITS", "-1", "OPERATOR_MAX_SPLITS"},
        {"OPERATOR_HTTP_PORT", "65536", "'65536' is not a whole number from 0 to 65535"},
        {"OPERATOR_SQS_VISIBILITY_SECONDS", "0", "'0' is not a whole number of seconds from 1 to 43200"},
        {"OPERATOR_SQS_VISIBILITY_SECONDS", "43201", "OPERATOR_SQS_VISIBILITY_SECONDS"},
        {"OPERATOR_JSON_LOG", "yes", "OPERATOR_JSON_LOG (operator.jsonLog): 'yes' is not true or false"},
        {"OPERATOR_AWS_REGION", "a-region-with-a-name-that-is-longer-than-the-limit-of-sixty-three-bytes",
         "is not a text of at most 63 bytes"},
        {"OPERATOR_LEFTOVERS", "burn", "leftovers"},
        {"OPERATOR_DRAIN_TIMEOUT_SECONDS", "1m", "drain-timeout"},
        {"OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT", "90s", "milliseconds"},
        {"OPERATOR_AWS_ENDPOINT", "localhost:9324", "scheme://host[:port]"},
        {"OPERATOR_AWS_ENDPOINT", "https://", "scheme://host[:port]"},
        {"OPERATOR_AWS_ENDPOINT", "http://me:secret@host", "scheme://host[:port]"},
        {"OPERATOR_AWS_ENDPOINT", "http://host/path", "scheme://host[:port]"},
        {"OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT", "tmp-{{RANDOM}}{{FALLBACK}}", "{{ORIGINAL_TOPIC}}"},
        {"OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT", "tmp-{{FALLBACK}}{{ORIGINAL_TOPIC}}", "{{RANDOM}}"},
        {"OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT", "{{RANDOM}}{{ORIGINAL_TOPIC}}", "{{FALLBACK}}"},
        {"OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT", "a b{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}", "not allowed"},
        {"OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT", "{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}{{USER}}", "{{USER}}"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clear(state);
        given[0].name = rows[i].name, given[0].value = rows[i].value;
        struct read read CLEANUP(read_deinit) = read_settings();
        assert_int_equal(read.result, SETTING_REFUSED);
        assert_reason(&read.why, REASON_FIELD_INVALID, rows[i].part);
    }
}

static void a_users_own_topic_format_is_kept(void **state)
{
    (void)state;
    given[0].name = "OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT";
    given[0].value = "team_a.{{ORIGINAL_TOPIC}}{{FALLBACK}}{{RANDOM}}";
    struct read read CLEANUP(read_deinit) = read_settings();
    assert_int_equal(read.result, 0);
    assert_string_equal(read.settings.topic_format, given[0].value);
}

static void a_misspelt_name_is_told_with_the_nearest(void **state)
{
    static const struct {
        const char *entry, *says;
    } rows[] = {
        {"OPERATOR_MAX_SPLIT=3", "OPERATOR_MAX_SPLIT is no setting; the nearest is OPERATOR_MAX_SPLITS"},
        {"OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILIS=1", "the nearest is OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILLIS"},
        {"OPERATOR_LEFTOVER", "the nearest is OPERATOR_LEFTOVERS"},
        {"OPERATOR_MAX_SESSIONS_PER_USR=", "the nearest is OPERATOR_MAX_SESSIONS_PER_USER"},
        {"OPERATOR_SERVICE_HOST=10.0.0.1", "OPERATOR_SERVICE_HOST is no setting"},
        {"OPERATOR_=x", "OPERATOR_ is no setting"},
    };
    struct reason why;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(setting_is_unknown(rows[i].entry, &why));
        assert_reason(&why, REASON_SETTING_UNKNOWN, rows[i].says);
        assert_null(strstr(why.text, "="));
    }
    assert_true(setting_is_unknown("OPERATOR_SERVICE_HOST=10.0.0.1", &why));
    assert_null(strstr(why.text, "nearest"));
    assert_false(setting_is_unknown("OPERATOR_MAX_SPLITS=3", &why));
    assert_false(setting_is_unknown("OPERATOR", &why));
    assert_false(setting_is_unknown("PATH=OPERATOR_X", &why));
}

/* However long somebody made it. */
static void a_long_name_is_near_to_none(void **state)
{
    char entry[4096];
    struct reason why;
    (void)state;
    memset(entry, 'S', sizeof entry);
    memcpy(entry, "OPERATOR_MAX_SPLITS", strlen("OPERATOR_MAX_SPLITS"));
    entry[sizeof entry - 1] = '\0';
    assert_true(setting_is_unknown(entry, &why));
    assert_null(strstr(why.text, "nearest"));
}

#define SETTING_TEST(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETTING_TEST(without_environment_the_defaults_count),
        SETTING_TEST(values_of_the_environment_count),
        SETTING_TEST(an_empty_value_is_the_default),
        SETTING_TEST(wrong_values_are_refused_by_name),
        SETTING_TEST(a_linger_timeout_discards_on_sqs_alone),
        SETTING_TEST(an_endpoint_is_a_scheme_and_a_host),
        SETTING_TEST(a_users_own_topic_format_is_kept),
        SETTING_TEST(a_misspelt_name_is_told_with_the_nearest),
        SETTING_TEST(a_long_name_is_near_to_none),
    };

    return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
