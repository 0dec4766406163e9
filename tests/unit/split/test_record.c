/* The write-ahead record: what is written is read, and each change changes one thing. */
#include "common/base/mono.h"
#include "supervisor/split/record.h"
#include "supervisor/split/step.h"
#include "tests/sim/world.h"
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>

static int set_up(void **state)
{
    struct arena *arena = malloc(sizeof *arena);
    assert_non_null(arena);
    *arena = ARENA_INIT(1u << 20);
    *state = arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    free(*state);
    return 0;
}

static struct json *parsed(const char *text)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *json = NULL;
    assert_int_equal(json_parse(str_of(text), &limits, &json, &error), 0);
    return json;
}

static struct json *written(int64_t drain_timeout_ms, enum leftovers leftovers, int32_t pods)
{
    static const char *const ids[] = {"q0", "q1", NULL};
    struct json *original CLEANUP(json_freep) = parsed("{\"form\":\"Value\",\"name\":\"orders\"}");
    const struct split_entry entry = {
        .container = "main", .variable = "TOPIC", .temporary = "temp-1", .original = original, .base = ""};
    const struct split_temp temp = {"temp-1", WORKER_TEMP_FALLBACK, "", "", "billing", false, ""};
    struct split_record record = {.key = {.kind = KIND_QUEUE_SPLIT, .namespace = "default", .name = "split-1"},
                                  .target_kind = "LocalService",
                                  .target_name = "app",
                                  .target_uid = "uid",
                                  .original = {QUEUE_TYPE_KAFKA, "c1", "orders", "billing"},
                                  .client_config = "config",
                                  .resource_hash = "abcd",
                                  .ids = ids,
                                  .settings = {.restart_timeout_ms = 60000,
                                               .ttl_ms = 1500,
                                               .drain_timeout_ms = drain_timeout_ms,
                                               .leftovers = leftovers,
                                               .overlap = OVERLAP_REJECT,
                                               .offset_reset_earliest = true,
                                               .wait_for_pods = pods},
                                  .entries = &entry,
                                  .entry_count = 1,
                                  .temps = &temp,
                                  .temp_count = 1};
    struct json *document = NULL;
    assert_int_equal(split_record_encode(&record, &document), 0);
    return document;
}

/* An API server takes every record that is written. */
static void assert_allowed(const struct json *document)
{
    char problem[SIM_PROBLEM_SIZE];
    if (!sim_schema_fits(document, problem))
        fail_msg("%s", problem);
}

static struct split_record read_back(const struct json *document, struct arena *arena)
{
    struct split_record record;
    struct reason why;
    assert_int_equal(split_record_decode(document, arena, &record, &why), 0);
    assert_allowed(document);
    return record;
}

static void what_is_written_is_read(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_RETURN, -1);
    struct split_record record = read_back(document, *state);
    assert_string_equal(record.key.name, "split-1");
    assert_string_equal(record.target_uid, "uid");
    assert_string_equal(record.original.cluster, "c1");
    assert_string_equal(record.original.name, "orders");
    assert_string_equal(record.original.group, "billing");
    assert_string_equal(record.client_config, "config");
    assert_string_equal(record.ids[1], "q1");
    assert_null(record.ids[2]);
    assert_int_equal(record.entry_count, 1);
    assert_string_equal(record.entries[0].temporary, "temp-1");
    assert_string_equal(json_text(json_get(record.entries[0].original, "name")), "orders");
    assert_string_equal(split_record_fallback(&record)->name, "temp-1");
    assert_int_equal(record.settings.ttl_ms, 1500);
    assert_int_equal(record.settings.drain_timeout_ms, -1);
    assert_int_equal(record.settings.leftovers, LEFTOVERS_RETURN);
    assert_int_equal(record.settings.overlap, OVERLAP_REJECT);
    assert_true(record.settings.offset_reset_earliest);
    assert_int_equal(record.settings.wait_for_pods, -1);
    assert_false(record.positions_recorded);
    assert_int_equal(record.phase, SPLIT_PENDING);
    assert_false(record.deleting);
    const struct json *finalizers = json_path(document, "metadata", "finalizers", NULL);
    assert_string_equal(json_text(json_at(finalizers, 0)), SPLIT_FINALIZER); /* W-10: before the first effect */
}

static void settings_survive_in_every_value(void **state)
{
    for (enum leftovers leftovers = LEFTOVERS_KEEP; leftovers <= LEFTOVERS_DISCARD; leftovers++)
        for (int64_t seconds = 0; seconds < 2; seconds++) {
            struct json *document CLEANUP(json_freep) = written(seconds * 1000, leftovers, (int32_t)seconds + 1);
            struct split_record record = read_back(document, *state);
            assert_int_equal(record.settings.leftovers, leftovers);
            assert_int_equal(record.settings.drain_timeout_ms, seconds * 1000);
            assert_int_equal(record.settings.wait_for_pods, seconds + 1);
        }
}

static void a_temp_comes_and_goes(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1);
    struct json *with CLEANUP(json_freep) = NULL, *without CLEANUP(json_freep) = NULL;
    const struct split_temp temp = {"temp-2", WORKER_TEMP_SESSION, "mine", "uid-2", "mirrord-tmp-1-billing", true,
                                    "key"};
    struct split_record record = read_back(document, *state);
    assert_int_equal(split_record_with_temp(&record, &temp, &with), 0);
    assert_int_equal(json_set_take(with, "status", parsed("{\"phase\":\"Active\"}")), 0);
    struct split_record more = read_back(with, *state);
    assert_int_equal(more.temp_count, 2);
    const struct split_temp *found = split_record_temp_of(&more, "uid-2");
    assert_true(found && found->mirror);
    assert_non_null(found);
    assert_string_equal(found->name, "temp-2");
    assert_string_equal(found->session, "mine");
    assert_string_equal(found->group, "mirrord-tmp-1-billing");
    assert_string_equal(found->stamp, "key");
    assert_null(split_record_temp_of(&more, "uid-3"));
    assert_string_equal(split_record_fallback(&more)->name, "temp-1");
    assert_int_equal(split_record_without_temp(&more, "temp-2", &without), 0);
    json_delete(without, "status");
    assert_true(json_equal(without, document));
    assert_int_equal(record.temp_count, 1); /* the present document was not touched */
}

static void positions_are_kept(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *with CLEANUP(json_freep) = NULL;
    struct json *empty CLEANUP(json_freep) = NULL;
    assert_int_equal(json_set_take(document, "status", parsed("{\"phase\":\"Provisioning\"}")), 0);
    const struct wanted_position positions[] = {{0, 5, 9}, {3, 0, INT64_MAX}};
    struct split_record record = read_back(document, *state);
    assert_int_equal(split_record_with_positions(&record, positions, 2, &with), 0);
    struct split_record more = read_back(with, *state);
    assert_true(more.positions_recorded);
    assert_int_equal(more.position_count, 2);
    assert_int_equal(more.positions[1].partition, 3);
    assert_int_equal(more.positions[1].end, INT64_MAX);
    /* None is something else than not recorded yet (K-3). */
    assert_int_equal(split_record_with_positions(&record, NULL, 0, &empty), 0);
    more = read_back(empty, *state);
    assert_true(more.positions_recorded);
    assert_int_equal(more.position_count, 0);
}

static void the_finalizer_goes_last(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *bare CLEANUP(json_freep) = NULL;
    (void)state;
    assert_int_equal(split_record_without_finalizer(document, &bare), 0);
    assert_null(json_path(bare, "metadata", "finalizers", NULL));
    assert_true(json_equal(json_get(bare, "spec"), json_get(document, "spec")));
}

/* Foreground deletion, say, or a tool that keeps what it has not saved yet. */
static void finalizers_of_others_stay(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *bare CLEANUP(json_freep) = NULL;
    struct json *metadata = NULL, *left CLEANUP(json_freep) = parsed("[\"foregroundDeletion\",\"x.example/keep\"]");
    (void)state;
    assert_int_equal(json_object_at(document, "metadata", &metadata), 0);
    assert_int_equal(json_set_take(metadata, "finalizers",
                                   parsed("[\"foregroundDeletion\",\"" SPLIT_FINALIZER "\",\"x.example/keep\"]")),
                     0);
    assert_true(split_record_has_finalizer(document));
    assert_int_equal(split_record_without_finalizer(document, &bare), 0);
    assert_true(json_equal(json_path(bare, "metadata", "finalizers", NULL), left));
    assert_false(split_record_has_finalizer(bare));
}

static void status_says_what_a_restart_must_know(void **state)
{
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1);
    assert_int_equal(
        json_set_take(document, "status",
                      parsed("{\"phase\":\"Restoring\",\"since\":\"2026-01-02T03:04:05Z\",\"released\":true,"
                             "\"returning\":true,\"broken\":{\"reason\":\"TopicRefused\",\"message\":\"x\"}}")),
        0);
    struct split_record record = read_back(document, *state);
    assert_int_equal(record.phase, SPLIT_RESTORING);
    assert_true(record.has_status);
    assert_true(record.released);
    assert_true(record.returning);
    assert_int_equal(record.broken.code, REASON_TOPIC_REFUSED);
    assert_int_equal(record.since_ms, 1767323045000);
}

/* Not taken for an empty record: what stands there would never be undone. */
/* what an SQS split needs beside its name, and where the name stands in a JSON map. */
static void a_record_of_an_sqs_queue_keeps_where_its_name_stands(void **state)
{
    static const char *const ids[] = {"meme", NULL};
    static const struct queue_tag tags[] = {{"tool", "mirrord"}};
    static const size_t at[] = {6, 21};
    struct json *original CLEANUP(json_freep) =
        parsed("{\"form\":\"Value\",\"name\":\"orders\",\"value\":\"{\\\"a\\\":\\\"orders\\\"}\"}");
    const struct split_entry entry = {.container = "main",
                                      .variable = "Q",
                                      .temporary = "x",
                                      .original = original,
                                      .base = "",
                                      .at = at,
                                      .at_count = 2};
    const struct split_temp temp = {"temp-1", WORKER_TEMP_FALLBACK, "", "", "", false, ""};
    const struct split_record record = {.key = {.kind = KIND_QUEUE_SPLIT, .namespace = "default", .name = "split-1"},
                                        .target_kind = "LocalService",
                                        .target_name = "app",
                                        .target_uid = "uid",
                                        .original = {QUEUE_TYPE_SQS, "1234/eu-north-1", "orders", ""},
                                        .client_config = "",
                                        .url = "https://host/1234/orders",
                                        .sns = true,
                                        .tags = tags,
                                        .tag_count = 1,
                                        .resource_hash = "abcd",
                                        .ids = ids,
                                        .entries = &entry,
                                        .entry_count = 1,
                                        .temps = &temp,
                                        .temp_count = 1};
    struct json *document CLEANUP(json_freep) = NULL;
    assert_int_equal(split_record_encode(&record, &document), 0);
    struct split_record read = read_back(document, *state);
    assert_true(original_equal(&read.original, &record.original));
    assert_string_equal(read.url, record.url);
    assert_true(read.sns);
    assert_int_equal(read.tag_count, 1);
    assert_string_equal(read.tags[0].name, "tool");
    assert_string_equal(read.tags[0].value, "mirrord");
    assert_string_equal(read.entries[0].base, "{\"a\":\"orders\"}");
    assert_int_equal(read.entries[0].at_count, 2);
    assert_int_equal(read.entries[0].at[1], 21);
}

static void what_is_no_record_is_refused(void **state)
{
    static const char *const members[] = {"target", "queue", "temporaries"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *spec = NULL;
        struct split_record record;
        struct reason why;
        assert_int_equal(json_object_at(document, "spec", &spec), 0);
        json_delete(spec, members[i]);
        assert_int_equal(split_record_decode(document, *state, &record, &why), RECORD_REFUSED);
        assert_true(why.text[0]);
    }
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *spec = NULL, *settings = NULL;
    struct split_record record;
    struct reason why;
    assert_int_equal(json_object_at(document, "spec", &spec), 0);
    assert_int_equal(json_object_at(spec, "settings", &settings), 0);
    assert_int_equal(json_set_text(settings, "leftovers", "eat"), 0);
    assert_int_equal(split_record_decode(document, *state, &record, &why), RECORD_REFUSED);
    assert_non_null(strstr(why.text, "spec.settings.leftovers"));
}

/* Zero, or no name, would be as good as any other wrong value. */
static void temps_and_positions_are_whole(void **state)
{
    static const char *const positions[] = {"[{\"partition\":0,\"start\":1}]", "[{\"start\":1,\"end\":2}]",
                                            "[{\"partition\":0,\"start\":\"1\",\"end\":2}]",
                                            "[{\"partition\":-1,\"start\":1,\"end\":2}]", "[7]"};
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1), *spec = NULL;
    struct split_record record;
    struct reason why;
    assert_int_equal(json_set_take(document, "status", parsed("{\"phase\":\"Active\"}")), 0);
    assert_int_equal(json_object_at(document, "spec", &spec), 0);
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        assert_int_equal(json_set_take(spec, "positions", parsed(positions[i])), 0);
        assert_int_equal(split_record_decode(document, *state, &record, &why), RECORD_REFUSED);
        assert_non_null(strstr(why.text, "spec.positions[0]"));
    }
    json_delete(spec, "positions");
    assert_int_equal(json_set_take(spec, "temporaries", parsed("[{\"role\":\"fallback\",\"name\":\"\"}]")), 0);
    assert_int_equal(split_record_decode(document, *state, &record, &why), RECORD_REFUSED);
    assert_string_equal(why.text, "spec.temporaries[0].name: missing");
}

/* Taken for a new one, the fallback would be deleted with its messages, under an application that uses it. */
static void a_record_that_does_not_say_how_far_it_came_is_refused(void **state)
{
    static const char *const lost[] = {"{}", "{\"phase\":\"\"}", "{\"phase\":\"Done\"}", "{\"phase\":3}"};
    const struct split_temp temp = {"temp-2", WORKER_TEMP_SESSION, "mine", "uid-2", "g", false, ""};
    struct json *document CLEANUP(json_freep) = written(-1, LEFTOVERS_KEEP, -1);
    struct json *positions CLEANUP(json_freep) = NULL, *temps CLEANUP(json_freep) = NULL;
    struct split_record record = read_back(document, *state), refused;
    struct reason why;
    assert_int_equal(split_record_with_positions(&record, NULL, 0, &positions), 0);
    assert_int_equal(split_record_with_temp(&record, &temp, &temps), 0);
    assert_int_equal(split_record_decode(positions, *state, &refused, &why), RECORD_REFUSED);
    assert_int_equal(split_record_decode(temps, *state, &refused, &why), RECORD_REFUSED);
    assert_non_null(strstr(why.text, "status.phase"));
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        assert_int_equal(json_set_take(positions, "status", parsed(lost[i])), 0);
        assert_int_equal(split_record_decode(positions, *state, &refused, &why), RECORD_REFUSED);
    }
    assert_int_equal(json_set_take(positions, "status", parsed("{\"phase\":\"Draining\"}")), 0);
    assert_int_equal(read_back(positions, *state).phase, SPLIT_DRAINING);
}

static void a_condition_keeps_its_time_while_it_keeps_its_status(void **state)
{
    struct json *first CLEANUP(json_freep) = json_new_array(), *second CLEANUP(json_freep) = json_new_array();
    struct json *third CLEANUP(json_freep) = json_new_array();
    (void)state;
    assert_int_equal(condition_set(first, NULL, 1000, "Ready", false, REASON_NONE, "waits"), 0);
    assert_int_equal(condition_set(second, first, 5000, "Ready", false, REASON_TARGET_NOT_FOUND, "other words"), 0);
    assert_int_equal(condition_set(third, second, 9000, "Ready", true, REASON_NONE, ""), 0);
    const struct json *one = json_at(first, 0), *two = json_at(second, 0), *three = json_at(third, 0);
    assert_string_equal(json_text(json_get(one, "lastTransitionTime")), "1970-01-01T00:00:01Z");
    assert_string_equal(json_text(json_get(two, "lastTransitionTime")), "1970-01-01T00:00:01Z");
    assert_string_equal(json_text(json_get(one, "reason")), "NotReady"); /* never that it is */
    assert_string_equal(json_text(json_get(two, "reason")), "TargetNotFound");
    assert_string_equal(json_text(json_get(three, "reason")), "Ready");
    assert_true(json_text(json_get(two, "nextStep"))[0]);
    assert_string_equal(json_text(json_get(three, "lastTransitionTime")), "1970-01-01T00:00:09Z");
    assert_string_equal(json_text(json_get(three, "status")), "True");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(settings_survive_in_every_value),
        cmocka_unit_test(a_temp_comes_and_goes),
        cmocka_unit_test(positions_are_kept),
        cmocka_unit_test(the_finalizer_goes_last),
        cmocka_unit_test(finalizers_of_others_stay),
        cmocka_unit_test(status_says_what_a_restart_must_know),
        cmocka_unit_test(a_record_of_an_sqs_queue_keeps_where_its_name_stands),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(temps_and_positions_are_whole),
        cmocka_unit_test(a_record_that_does_not_say_how_far_it_came_is_refused),
        cmocka_unit_test(a_condition_keeps_its_time_while_it_keeps_its_status),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
