/* What the Kafka engine decides without a broker: steps of temps, positions, settings of topics, overrides. */
#include "tests/unit/cmocka_all.h"

#include "worker/kafka/emptying.h"
#include "worker/kafka/gate.h"
#include "worker/kafka/group.h"
#include "worker/kafka/override.h"
#include "worker/kafka/reader.h"
#include "worker/kafka/record.h"
#include "worker/kafka/spec.h"
#include "worker/kafka/suspicion.h"
#include "worker/kafka/temp_shape.h"
#include "worker/kafka/temp_step.h"
#include "worker/kafka/topics.h"
#include <string.h>

/* There is no process to watch over here. */
void worker_watch_enter(struct worker_watch *watch, const char *what)
{
    (void)watch;
    (void)what;
}

void worker_watch_leave(struct worker_watch *watch) { (void)watch; }

static void k1_k2_a_wanted_temp_is_created_then_grown_then_positioned(void **state)
{
    struct temp_facts facts = {.want = WORKER_TEMP_WANT_PRESENT, .grouped = true, .partitions_wanted = 4};

    (void)state;
    assert_int_equal(temp_step(&facts), TEMP_STEP_CREATE);
    facts.exists = true;
    facts.partitions = 2;
    assert_int_equal(temp_step(&facts), TEMP_STEP_GROW);
    facts.partitions = 4;
    facts.positioned = 2;
    assert_int_equal(temp_step(&facts), TEMP_STEP_POSITION);
    facts.positioned = 4;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
    facts.positioned = 0;
    facts.grouped = false;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
}

static void c4_k11_emptied_and_absent_temps(void **state)
{
    struct temp_facts facts = {.want = WORKER_TEMP_WANT_EMPTIED, .exists = true};

    (void)state;
    assert_int_equal(temp_step(&facts), TEMP_STEP_EMPTY);
    facts.emptied = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
    facts.want = WORKER_TEMP_WANT_ABSENT;
    assert_int_equal(temp_step(&facts), TEMP_STEP_DELETE);
    facts.exists = false; /* its group may still have members */
    assert_int_equal(temp_step(&facts), TEMP_STEP_UNGROUP);
    facts.ungrouped = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
}

static void c4_c11_messages_of_a_group_that_cannot_be_seen_stay_with_it(void **state)
{
    struct group_view view = {.presence = GROUP_UNKNOWN};

    (void)state;
    assert_false(group_has_left(&view)); /* a group of the new protocol, or a list that failed */
    view.members = 1;
    assert_false(group_has_left(&view));
    view.presence = GROUP_ON_TOPIC;
    assert_false(group_has_left(&view));
    view.presence = GROUP_ELSEWHERE;
    assert_true(group_has_left(&view));
    view = (struct group_view){.presence = GROUP_EMPTY};
    assert_true(group_has_left(&view));
}

static void c9_c16_only_the_stamp_that_was_added_is_taken_off(void **state)
{
    rd_kafka_headers_t *headers = record_headers_stamp(NULL, "key");

    (void)state;
    record_headers_unstamp(headers, "other");
    assert_int_equal(rd_kafka_header_cnt(headers), 1);
    record_headers_unstamp(headers, "key");
    assert_int_equal(rd_kafka_header_cnt(headers), 0);
    /* The message's own, one of which looks like ours. */
    rd_kafka_header_add(headers, RECORD_STAMP_HEADER, -1, "first", -1);
    rd_kafka_header_add(headers, RECORD_STAMP_HEADER, -1, "key", -1);
    headers = record_headers_stamp(headers, "key");
    assert_int_equal(rd_kafka_header_cnt(headers), 2);
    record_headers_unstamp(headers, "key");
    assert_int_equal(rd_kafka_header_cnt(headers), 2);
    rd_kafka_headers_destroy(headers);
}

/* Offline: nothing is asked of a broker. */
static void k11_a_reader_of_many_topics_that_are_gone_is_replaced(void **state)
{
    struct client_health health = {0};
    struct json *credentials CLEANUP(json_freep) = json_new_object();
    struct reader reader = {.owner = {&health}, .credentials = credentials};
    struct reason why;

    (void)state;
    reader_forget(&reader); /* it knows nothing yet */
    assert_int_equal(reader.stale, 0);
    assert_int_equal(reader_start(&reader, "topic", 0, 0, &why), 0);
    for (int i = 0; i < 1001; i++)
        reader_forget(&reader);
    assert_int_equal(reader.stale, 1001);
    reader_stop(&reader);
    assert_int_equal(reader_start(&reader, "topic", 0, 0, &why), 0);
    assert_int_equal(reader.stale, 0);
    reader_close(&reader);
}

static void k11_a_handle_that_has_seen_many_topics_go_is_worn(void **state)
{
    struct client_health health = {0};
    struct json *credentials CLEANUP(json_freep) = json_new_object(), *properties = json_new_object();
    struct admin admin = {0};
    struct topics topics = {.admin = &admin};
    struct reason why;
    char name[16];

    (void)state;
    assert_int_equal(json_set_text(properties, "test.mock.num.brokers", "1"), 0);
    assert_int_equal(json_set_take(credentials, "properties", properties), 0);
    assert_int_equal(admin_open(&admin, credentials, &health, NULL, &why), 0);
    for (int i = 0; i < 1001; i++) {
        snprintf(name, sizeof name, "gone-%d", i);
        assert_int_equal(topics_want(&topics, name), 0);
    }
    topics_begin(&topics);
    assert_false(topics_are_worn(&topics));
    assert_int_equal(topics_refresh(&topics, &why), 0);
    assert_true(topics_are_worn(&topics));
    topics_deinit(&topics);
    assert_false(topics_are_worn(&topics));
    admin_close(&admin);
}

static void k3_k12_positions_without_a_committed_offset(void **state)
{
    struct worker_position recorded = {.partition = 1, .start = 10, .end = 20};

    (void)state;
    assert_int_equal(gate_position(&recorded, false, 5), 20);
    assert_int_equal(gate_position(&recorded, true, 5), 10);
    assert_int_equal(gate_position(&recorded, true, 15), 15); /* retention has passed it */
    assert_int_equal(gate_position(NULL, false, 7), 7);       /* an added partition starts at its beginning */
    recorded.start = recorded.end;                            /* there was an offset, and it is gone */
    assert_int_equal(gate_position(&recorded, false, 7), 7);
}

static void k9_who_must_be_gone_before_forwarding_begins(void **state)
{
    struct group_view view = {.presence = GROUP_ON_TOPIC, .client = "old at /10.0.0.1"};
    struct reason why = {0};

    (void)state;
    assert_int_equal(gate_begin(&view, false, "g", "t", &why), GATE_WAIT);
    assert_non_null(strstr(why.text, "old at /10.0.0.1"));
    assert_int_equal(gate_begin(&view, true, "g", "t", &why), GATE_OPEN);
    view.presence = GROUP_UNKNOWN;
    assert_int_equal(gate_begin(&view, false, "g", "t", &why), GATE_WAIT);
    view.presence = GROUP_ELSEWHERE;
    assert_int_equal(gate_begin(&view, false, "g", "t", &why), GATE_OPEN);
    view.presence = GROUP_EMPTY;
    assert_int_equal(gate_begin(&view, false, "g", "t", &why), GATE_OPEN);
}

static void k9_what_a_committed_offset_tells_that_is_not_ours(void **state)
{
    struct suspicion_offset offset = {.low = 100, .high = 110, .seen = 100, .log_start = 5, .log_end = 200};

    (void)state;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_NONE);
    offset.seen = 110; /* a commit that is under way */
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_NONE);
    offset.seen = 111;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_STRANGE);
    offset.seen = 99;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_BEHIND);
    offset.seen = ADMIN_OFFSET_NONE; /* forwarding would begin at the log's start */
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_BEHIND);
    offset.log_start = 100; /* nothing is left that could be repeated */
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_MISSING);
    offset.seen = 99;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_NONE);
    offset.log_start = 0; /* K-12: the topic was made again */
    offset.log_end = 50;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_STRANGE);
    offset.seen = ADMIN_OFFSET_UNSTABLE;
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_NONE);
    offset.seen = 1;
    offset.low = offset.high = ADMIN_OFFSET_NONE; /* nothing was committed yet */
    assert_int_equal(suspicion_judge(&offset), SUSPICION_SIGN_NONE);
}

static void k9_an_offset_behind_ours_is_believed_late_after_a_failure(void **state)
{
    struct suspicion suspicion = {.doubted_at = {1000}};
    struct mono soon = {1000 + SUSPICION_PATIENCE_MS - 1}, late = {1000 + SUSPICION_PATIENCE_MS};

    (void)state;
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, soon));
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, soon));
    assert_true(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, late));
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_NONE, late)); /* it came right */
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, late));
    suspicion = (struct suspicion){0}; /* nothing has failed */
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, soon));
    assert_true(suspicion_believe(&suspicion, SUSPICION_SIGN_BEHIND, soon));
    suspicion = (struct suspicion){.doubted_at = {1000}};
    assert_false(suspicion_believe(&suspicion, SUSPICION_SIGN_STRANGE, soon));
    assert_true(suspicion_believe(&suspicion, SUSPICION_SIGN_STRANGE, soon)); /* no loading explains it */
}

static const char *value_of(const struct admin_config *configs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(configs[i].name, name) == 0)
            return configs[i].value;
    return "";
}

static void k1_settings_of_a_temp(void **state)
{
    struct admin_config asked[TEMP_SHAPE_CONFIGS_MAX], made[TEMP_SHAPE_CONFIGS_MAX];
    size_t count = temp_shape_asked(asked);

    (void)state;
    assert_string_equal(asked[0].name, "min.insync.replicas");
    memcpy(asked[0].value, "3", 2);
    count = temp_shape_make(asked, count, 2, TEMP_SHAPE_CURRENT, made);
    assert_string_equal(value_of(made, count, "min.insync.replicas"), "2"); /* not above the replication */
    assert_string_equal(value_of(made, count, "cleanup.policy"), "delete");
    assert_string_equal(value_of(made, count, "max.message.bytes"), "104857600");
    assert_string_equal(value_of(made, count, "message.timestamp.difference.max.ms"), "");
    count = temp_shape_make(asked, 1, 2, TEMP_SHAPE_BEFORE_3_6, made);
    assert_string_equal(value_of(made, count, "message.timestamp.difference.max.ms"), "9223372036854775807");
    assert_string_equal(value_of(made, count, "message.timestamp.before.max.ms"), "");
}

static void k16_c8_a_refused_record_goes_one_step_further_each_time(void **state)
{
    struct overrides overrides = {0};

    (void)state;
    assert_int_equal(overrides_find(&overrides, 0, 5), OVERRIDE_NONE);
    for (int step = OVERRIDE_ALONE; step <= OVERRIDE_REFUSED; step++) {
        assert_int_equal(overrides_raise(&overrides, 0, 5), 0);
        assert_int_equal(overrides_find(&overrides, 0, 5), step);
    }
    assert_int_equal(overrides_raise(&overrides, 0, 5), 0);
    assert_int_equal(overrides_find(&overrides, 0, 5), OVERRIDE_REFUSED);
    assert_int_equal(overrides_find(&overrides, 1, 5), OVERRIDE_NONE);
    overrides_settle(&overrides, 0, 5);
    assert_int_equal(overrides_count(&overrides), 1);
    overrides_settle(&overrides, 0, 6);
    assert_int_equal(overrides_count(&overrides), 0);
    overrides_deinit(&overrides);
}

static void c13_overrides_are_bounded(void **state)
{
    struct overrides overrides = {0};

    (void)state;
    for (int64_t i = 0; i < OVERRIDES_MAX; i++)
        assert_int_equal(overrides_raise(&overrides, 0, i), 0);
    assert_int_equal(overrides_raise(&overrides, 0, OVERRIDES_MAX), -ENOBUFS);
    overrides_deinit(&overrides);
}

/* A mirror's queue that refuses the copy of a message is no reason to send the message itself elsewhere. */
static void k16_a_copy_that_is_refused_does_not_concern_the_message(void **state)
{
    struct overrides overrides = {0};

    (void)state;
    assert_int_equal(overrides_unmirror(&overrides, 1, 5), 0);
    assert_true(overrides_unmirrored(&overrides, 1, 5));
    assert_false(overrides_unmirrored(&overrides, 1, 6));
    assert_int_equal(overrides_find(&overrides, 1, 5), OVERRIDE_NONE);
    assert_int_equal(overrides_raise(&overrides, 1, 5), 0);
    assert_int_equal(overrides_find(&overrides, 1, 5), OVERRIDE_ALONE);
    assert_true(overrides_unmirrored(&overrides, 1, 5));
    overrides_settle(&overrides, 1, 6);
    assert_int_equal(overrides_count(&overrides), 0);
    overrides_deinit(&overrides);
}

/* A fallback with many partitions that is being consumed: what was counted is void at the next look, and no partition waits for
 * ever for those before it. */
static void k10_each_partition_has_its_turn_to_be_counted(void **state)
{
    struct leftover leftovers[3] = {{.seen = false}};
    struct emptying emptying = {.partitions = 3, .leftovers = leftovers};

    (void)state;
    assert_int_equal(emptying_uncounted(&emptying), 0);
    leftovers[0].seen = true;
    assert_int_equal(emptying_uncounted(&emptying), 1);
    emptying.count_from = 1; /* the time was over */
    leftovers[0].seen = false;
    assert_int_equal(emptying_uncounted(&emptying), 1);
    leftovers[1].seen = leftovers[2].seen = true;
    assert_int_equal(emptying_uncounted(&emptying), 0);
    leftovers[0].seen = true;
    assert_int_equal(emptying_uncounted(&emptying), emptying.partitions);
}

static int spec_of(const char *text, struct kafka_spec *ret, struct reason *why)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *document = NULL;
    int result;

    assert_int_equal(json_parse(str_of(text), &limits, &document, &error), 0);
    result = kafka_spec_read(document, ret, why);
    json_free(document);
    return result;
}

static void k18_the_specification_is_read_or_refused_by_name(void **state)
{
    char id[SPEC_TRANSACTIONAL_ID_SIZE];
    struct kafka_spec spec;
    struct reason why = {0};

    (void)state;
    assert_int_equal(spec_of("{\"topic\":\"t\",\"group\":\"g\",\"transactionalId\":\"mirrord-1\"}", &spec, &why), 0);
    assert_false(spec.earliest);
    assert_int_equal(spec.leftovers, SPEC_LEFTOVERS_KEEP);
    spec_transactional_id(&spec, '1', id);
    assert_string_equal(id, "mirrord-1-1");
    assert_int_equal(spec_of("{\"topic\":\"t\",\"transactionalId\":\"mirrord-1\"}", &spec, &why), SPEC_REFUSED);
    assert_string_equal(why.text, "spec.group is missing");
    assert_int_equal(spec_of("{\"topic\":\"t\",\"group\":\"g\",\"transactionalId\":\"other\"}", &spec, &why),
                     SPEC_REFUSED);
    assert_int_equal(
        spec_of("{\"topic\":\"t\",\"group\":\"g\",\"transactionalId\":\"mirrord-1\",\"leftovers\":\"burn\"}", &spec,
                &why),
        SPEC_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(k1_k2_a_wanted_temp_is_created_then_grown_then_positioned),
        cmocka_unit_test(c4_k11_emptied_and_absent_temps),
        cmocka_unit_test(c4_c11_messages_of_a_group_that_cannot_be_seen_stay_with_it),
        cmocka_unit_test(c9_c16_only_the_stamp_that_was_added_is_taken_off),
        cmocka_unit_test(k11_a_reader_of_many_topics_that_are_gone_is_replaced),
        cmocka_unit_test(k11_a_handle_that_has_seen_many_topics_go_is_worn),
        cmocka_unit_test(k3_k12_positions_without_a_committed_offset),
        cmocka_unit_test(k9_who_must_be_gone_before_forwarding_begins),
        cmocka_unit_test(k9_what_a_committed_offset_tells_that_is_not_ours),
        cmocka_unit_test(k9_an_offset_behind_ours_is_believed_late_after_a_failure),
        cmocka_unit_test(k1_settings_of_a_temp),
        cmocka_unit_test(k16_c8_a_refused_record_goes_one_step_further_each_time),
        cmocka_unit_test(c13_overrides_are_bounded),
        cmocka_unit_test(k16_a_copy_that_is_refused_does_not_concern_the_message),
        cmocka_unit_test(k10_each_partition_has_its_turn_to_be_counted),
        cmocka_unit_test(k18_the_specification_is_read_or_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
