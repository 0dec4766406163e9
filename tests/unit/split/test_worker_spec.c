/* The documents that workers are given, byte for byte: the programs at the other end read nothing else. */
#include "supervisor/split/entry_value.h"
#include "supervisor/split/worker_spec.h"
#include "tests/unit/cmocka_all.h"

static void assert_json(const struct json *json, const char *expected)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    assert_int_equal(json_write(json, JSON_COMPACT, &text), 0);
    assert_string_equal(text.data, expected);
}

static const struct settings operator_wide = {.aws_region = "eu-north-1",
                                              .aws_endpoint = "http://localhost:9324",
                                              .sqs_visibility_s = 120,
                                              .sqs_drain_proof_s = 60,
                                              .sqs_delete_proof_s = 180};
static const struct split_settings keep = {.leftovers = LEFTOVERS_KEEP};
static const struct split_settings give_back = {.leftovers = LEFTOVERS_RETURN};

static void a_worker_of_kafka_gets_topic_and_group(void **state)
{
    static const struct client_property property = {"bootstrap.servers", "b:9092"};
    const struct client_properties properties = {.properties = &property, .count = 1};
    const struct worker_wish wish = {.original = {QUEUE_TYPE_KAFKA, "c1", "orders", "billing"},
                                     .transactional_id = "mirrord-1",
                                     .settings = &keep,
                                     .operator_wide = &operator_wide,
                                     .properties = &properties};
    struct json *spec CLEANUP(json_freep) = NULL, *credentials CLEANUP(json_freep) = NULL;
    (void)state;
    assert_int_equal(worker_spec_write(&wish, &spec, &credentials), 0);
    assert_json(spec,
                "{\"type\":\"Kafka\",\"topic\":\"orders\",\"group\":\"billing\",\"transactionalId\":\"mirrord-1\","
                "\"cluster\":\"c1\",\"autoOffsetReset\":\"latest\",\"leftovers\":\"keep\"}");
    assert_json(credentials, "{\"properties\":{\"bootstrap.servers\":\"b:9092\"}}");
}

static void a_worker_of_sqs_gets_its_queue_as_far_as_it_is_known(void **state)
{
    static const struct queue_tag tag = {"tool", "mirrord"};
    const struct client_properties properties = {.count = 0};
    struct worker_wish wish = {.original = {QUEUE_TYPE_SQS, "", "orders", ""},
                               .url = "",
                               .settings = &give_back,
                               .operator_wide = &operator_wide,
                               .properties = &properties};
    struct json *spec CLEANUP(json_freep) = NULL, *credentials CLEANUP(json_freep) = NULL;
    (void)state;
    assert_int_equal(worker_spec_write(&wish, &spec, &credentials), 0);
    assert_json(spec, "{\"type\":\"SQS\",\"queue\":{\"name\":\"orders\",\"account\":\"\",\"region\":\"eu-north-1\","
                      "\"url\":\"\"},\"endpoint\":\"http://localhost:9324\",\"sns\":false,\"tags\":{},"
                      "\"visibilitySeconds\":120,\"drainProofSeconds\":60,\"deleteProofSeconds\":180,"
                      "\"leftovers\":\"return\"}");
    assert_json(credentials, "{\"properties\":{}}");
    wish.account = STR("314159265359");
    wish.region = STR("us-west-2");
    wish.url = "https://sqs.us-west-2.amazonaws.com/314159265359/orders";
    wish.sns = true;
    wish.tags = &tag;
    wish.tag_count = 1;
    json_free(TAKE(spec));
    json_free(TAKE(credentials));
    assert_int_equal(worker_spec_write(&wish, &spec, &credentials), 0);
    assert_json(
        spec,
        "{\"type\":\"SQS\",\"queue\":{\"name\":\"orders\",\"account\":\"314159265359\",\"region\":\"us-west-2\","
        "\"url\":\"https://sqs.us-west-2.amazonaws.com/314159265359/orders\"},"
        "\"endpoint\":\"http://localhost:9324\",\"sns\":true,\"tags\":{\"tool\":\"mirrord\"},"
        "\"visibilitySeconds\":120,\"drainProofSeconds\":60,\"deleteProofSeconds\":180,"
        "\"leftovers\":\"return\"}");
}

/* W-2, Q-12: several splits exchange their names in one value, and every other byte stays. */
static void a_value_is_composed_of_what_everybody_exchanges_in_it(void **state)
{
    static const char base[] = "{ \"a\":\"one\",\n\"b\" : \"two\", \"c\":\"one\" }";
    static const size_t ones[] = {7, 31}, twos[] = {20};
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(1u << 20);
    struct entry_value value = {.arena = &arena, .container = "main", .variable = "Q", .base = base};
    const struct entry_place one = {"main", "Q", base, ones, 2, 3}, two = {"main", "Q", base, twos, 1, 3};
    const struct entry_place others[] = {
        {"side", "Q", base, twos, 1, 3}, {"main", "P", base, twos, 1, 3}, {"main", "Q", "other", twos, 1, 3}};
    const char *text = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(entry_value_add(&value, &others[i], "wrong"), 0);
    assert_int_equal(entry_value_add(&value, &two, "temp-2"), 0);
    assert_int_equal(entry_value_compose(&value, &text), 0);
    assert_string_equal(text, "{ \"a\":\"one\",\n\"b\" : \"temp-2\", \"c\":\"one\" }");
    assert_int_equal(entry_value_add(&value, &one, "temp-1"), 0);
    assert_int_equal(entry_value_compose(&value, &text), 0);
    assert_string_equal(text, "{ \"a\":\"temp-1\",\n\"b\" : \"temp-2\", \"c\":\"temp-1\" }");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_of_kafka_gets_topic_and_group),
        cmocka_unit_test(a_worker_of_sqs_gets_its_queue_as_far_as_it_is_known),
        cmocka_unit_test(a_value_is_composed_of_what_everybody_exchanges_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
