/* Batches, pace, proof of emptiness, steps of temporary queues, groups, errors. */
#include "tests/unit/cmocka_all.h"
#include "worker/sqs/batch.h"
#include "worker/sqs/error.h"
#include "worker/sqs/lane.h"
#include "worker/sqs/owed.h"
#include "worker/sqs/pace.h"
#include "worker/sqs/proof.h"
#include "worker/sqs/queue_url.h"
#include "worker/sqs/request.h"
#include "worker/sqs/source.h"
#include "worker/sqs/temp_step.h"
#include <stdio.h>

static void q15_a_batch_closes_at_ten_entries_or_a_mebibyte(void **state)
{
    struct batch batch = {.entries_max = REQUEST_BATCH_MAX};

    (void)state;
    assert_true(batch_takes(&batch, 5u << 20)); /* alone: SQS says what it thinks of it */
    batch = (struct batch){.entries_max = 10, .entries = 9, .bytes = 1048576 - 100};
    assert_true(batch_takes(&batch, 100));
    assert_false(batch_takes(&batch, 101));
    batch.entries = 10;
    assert_false(batch_takes(&batch, 1));
    batch = (struct batch){.entries_max = 2, .entries = 2};
    assert_false(batch_takes(&batch, 1));
}

static void c12_late_is_five_seconds_before_the_visibility_ends_or_a_quarter_of_a_short_one(void **state)
{
    static const struct {
        uint32_t visibility_s;
        int64_t sent_until_ms; /* after it was received */
    } rows[] = {{120, 115000}, {10, 7500}, {2, 1500}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source source = {.visibility_s = rows[i].visibility_s};
        struct mono got = {.ms = 1000};
        struct held held = {.source = &source, .until = mono_after(got, (int64_t)rows[i].visibility_s * 1000)};

        assert_false(held_is_late(&held, mono_after(got, rows[i].sent_until_ms - 1)));
        assert_true(held_is_late(&held, mono_after(got, rows[i].sent_until_ms)));
    }
}

static void q2_a_batch_is_sent_full_or_alone_or_after_its_time(void **state)
{
    struct batch_queue queue = {.waiting = 1, .in_flight_max = 4};

    (void)state;
    assert_true(batch_due(&queue));
    queue.in_flight = 1;
    assert_false(batch_due(&queue));
    queue.oldest_ms = BATCH_LINGER_MS;
    assert_true(batch_due(&queue));
    queue = (struct batch_queue){.waiting = 10, .in_flight = 3, .in_flight_max = 4};
    assert_true(batch_due(&queue));
    queue.in_flight = 4;
    assert_false(batch_due(&queue));
    queue = (struct batch_queue){.waiting = 2, .bytes = 1u << 20, .in_flight = 1, .in_flight_max = 4};
    assert_true(batch_due(&queue));
    queue.waiting = 0;
    assert_false(batch_due(&queue));
}

static void q2_polls_become_more_while_answers_are_full_and_one_when_they_are_empty(void **state)
{
    struct pace pace = {0};

    (void)state;
    assert_int_equal(pace_polls(&pace), 1);
    for (int i = 0; i < 40; i++)
        pace_note(&pace, 10, 10);
    assert_int_equal(pace_polls(&pace), PACE_POLLS_MAX);
    pace_note(&pace, 10, 4);
    assert_int_equal(pace_polls(&pace), PACE_POLLS_MAX);
    for (int i = 0; i < 6; i++)
        pace_note(&pace, 10, 0);
    assert_int_equal(pace_polls(&pace), 1);
}

static void q8_zeros_count_only_without_a_break_and_after_the_last_send(void **state)
{
    const struct proof_counts none = {0}, one = {.invisible = 1};
    const struct mono never = {0};
    struct proof proof = {0};

    (void)state;
    proof_note(&proof, &none, never, (struct mono){1000});
    assert_false(proof_holds(&proof, true, 0, (struct mono){1000}));
    proof_note(&proof, &none, never, (struct mono){2000});
    assert_true(proof_holds(&proof, true, 60, (struct mono){2000})); /* FIFO: two looks */
    assert_false(proof_holds(&proof, false, 60, (struct mono){60999}));
    assert_true(proof_holds(&proof, false, 60, (struct mono){61000}));
    proof_note(&proof, &none, (struct mono){30000}, (struct mono){62000}); /* we sent meanwhile */
    assert_false(proof_holds(&proof, false, 60, (struct mono){62000}));
    proof_note(&proof, &none, (struct mono){30000}, (struct mono){63000});
    assert_true(proof_holds(&proof, false, 60, (struct mono){122000}));
    proof_note(&proof, &one, (struct mono){30000}, (struct mono){123000});
    assert_false(proof_holds(&proof, true, 0, (struct mono){999999}));
}

static void temps_are_looked_for_before_anything_is_made_or_deleted(void **state)
{
    struct temp_facts facts = {.want = WORKER_TEMP_WANT_ABSENT};

    (void)state;
    assert_int_equal(temp_step(&facts), TEMP_STEP_LOOK);
    facts.seen = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
    facts.exists = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_DELETE);
    facts.want = WORKER_TEMP_WANT_EMPTIED;
    assert_int_equal(temp_step(&facts), TEMP_STEP_EMPTY);
    facts.emptied = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
    facts.want = WORKER_TEMP_WANT_PRESENT;
    assert_int_equal(temp_step(&facts), TEMP_STEP_NONE);
    facts.due = true;
    assert_int_equal(temp_step(&facts), TEMP_STEP_LOOK);
    facts.exists = false;
    assert_int_equal(temp_step(&facts), TEMP_STEP_CREATE);
}

static void c11_q17_a_queue_is_gone_only_when_sqs_stays_with_that(void **state)
{
    static const struct {
        struct temp_absence absence;
        bool gone;
    } rows[] = {
        {{.want = WORKER_TEMP_WANT_PRESENT, .times = 1}, true},
        {{.want = WORKER_TEMP_WANT_PRESENT, .known = true, .times = 1, .for_ms = 60000}, false},
        {{.want = WORKER_TEMP_WANT_PRESENT, .known = true, .times = 9, .for_ms = TEMP_GONE_MS - 1}, false},
        {{.want = WORKER_TEMP_WANT_PRESENT, .known = true, .times = 3, .for_ms = TEMP_GONE_MS}, true},
        {{.want = WORKER_TEMP_WANT_PRESENT, .known = true, .young = true, .times = 3, .for_ms = TEMP_GONE_MS}, false},
        {{.want = WORKER_TEMP_WANT_PRESENT, .known = true, .young = true, .times = 3, .for_ms = TEMP_GONE_YOUNG_MS},
         true},
        {{.want = WORKER_TEMP_WANT_ABSENT, .times = 1}, false},
        {{.want = WORKER_TEMP_WANT_EMPTIED, .times = 2, .for_ms = 60000}, false},
        {{.want = WORKER_TEMP_WANT_ABSENT, .times = 3, .for_ms = TEMP_GONE_MS}, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (temp_is_gone(&rows[i].absence) != rows[i].gone)
            fail_msg("row %zu", i);
}

static void q4_one_message_of_a_group_at_a_time(void **state)
{
    struct lane *lanes = NULL;
    struct held a1 = {.message.group = STR("a")}, a2 = {.message.group = STR("a")}, b = {.message.group = STR("b")};

    (void)state;
    assert_int_equal(lane_join(&lanes, &a1), 0);
    assert_int_equal(lane_join(&lanes, &a2), 0);
    assert_int_equal(lane_join(&lanes, &b), 0);
    assert_ptr_equal(lane_next(a1.lane), &a1);
    assert_null(lane_next(a1.lane));
    assert_ptr_equal(lane_next(b.lane), &b);
    assert_null(lane_leave(&lanes, &b));
    assert_ptr_equal(lane_leave(&lanes, &a1), a2.lane);
    assert_ptr_equal(lane_next(a2.lane), &a2);
    assert_null(lane_leave(&lanes, &a2));
    assert_null(lanes);
}

static enum sqs_outcome outcome_of(int error, unsigned status, const char *code)
{
    struct aws_result result = {.error = error, .status = status, .code = code, .message = ""};

    return error_outcome(&result);
}

static void errors_have_their_meaning(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(0, 200, ""), SQS_DONE);
    assert_int_equal(outcome_of(0, 400, "QueueDoesNotExist"), SQS_GONE);
    assert_int_equal(outcome_of(0, 403, "AccessDeniedException"), SQS_DENIED);
    assert_int_equal(outcome_of(0, 403, "ExpiredToken"), SQS_CREDENTIALS);
    assert_int_equal(outcome_of(-ENOKEY, 0, ""), SQS_CREDENTIALS);
    assert_int_equal(outcome_of(-ECONNREFUSED, 0, ""), SQS_UNREACHABLE);
    assert_int_equal(outcome_of(0, 500, "SomethingNew"), SQS_BUSY);
}

static void q13_a_missing_right_is_named(void **state)
{
    struct aws_result result = {.status = 403, .code = "AccessDenied", .message = "secret stuff"};
    struct reason why;

    (void)state;
    error_reason(SQS_DENIED, SQS_ACTION_SEND, "mirrord-x", &result, &why);
    assert_int_equal(why.code, REASON_BROKER_AUTHORIZATION);
    assert_non_null(strstr(why.text, "sqs:SendMessage"));
    assert_non_null(strstr(why.text, "mirrord-x"));
    assert_null(strstr(why.text, "secret"));
}

static void q9_a_url_says_whose_queue_it_is_and_where_its_neighbours_are(void **state)
{
    static const struct {
        const char *url, *account, *beside;
    } rows[] = {{"https://sqs.eu-north-1.amazonaws.com/314159265359/q", "314159265359",
                 "https://sqs.eu-north-1.amazonaws.com/314159265359/t"},
                {"http://localhost:4566/queue/us-east-2/000000000000/q", "000000000000",
                 "http://localhost:4566/queue/us-east-2/000000000000/t"},
                {"http://elasticmq:9324/queue/q", "", "http://elasticmq:9324/queue/t"},
                {"http://h/31415926535/q", "", "http://h/31415926535/t"},
                {"q", "", "t"}};
    char url[SQS_URL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(str_equal(queue_url_account(rows[i].url), str_of(rows[i].account)));
        assert_int_equal(queue_url_beside(rows[i].url, "t", url), 0);
        assert_string_equal(url, rows[i].beside);
    }
}

static void c1_what_is_owed_is_known_until_it_is_deleted_and_waited_for_half_a_minute(void **state)
{
    struct owed owed CLEANUP(owed_deinit) = {0};
    struct mono visible = {.ms = 5000};

    (void)state;
    assert_false(owed_awaits(&owed, visible));
    assert_int_equal(0, owed_note(&owed, STR("one"), OWED_DELIVERED, visible));
    assert_int_equal(0, owed_note(&owed, STR("one"), OWED_UNSURE, (struct mono){.ms = 4000}));
    assert_int_equal(OWED_DELIVERED, owed_find(&owed, STR("one")));
    assert_int_equal(OWED_NOTHING, owed_find(&owed, STR("two")));
    assert_true(owed_awaits(&owed, mono_after(visible, OWED_WAIT_MS - 1)));
    assert_false(owed_awaits(&owed, mono_after(visible, OWED_WAIT_MS)));
    assert_int_equal(OWED_DELIVERED, owed_find(&owed, STR("one")));
    owed_forget(&owed, STR("two"));
    owed_forget(&owed, STR("one"));
    assert_int_equal(OWED_NOTHING, owed_find(&owed, STR("one")));
    assert_false(owed_awaits(&owed, visible));
}

static void c13_of_too_many_that_are_owed_the_oldest_is_forgotten(void **state)
{
    struct owed owed CLEANUP(owed_deinit) = {0};
    char id[16];

    (void)state;
    for (int i = 0; i <= OWED_MAX; i++) {
        snprintf(id, sizeof id, "%d", i);
        assert_int_equal(0, owed_note(&owed, str_of(id), OWED_UNSURE, (struct mono){.ms = 1}));
    }
    assert_int_equal(OWED_NOTHING, owed_find(&owed, STR("0")));
    assert_int_equal(OWED_UNSURE, owed_find(&owed, STR("1")));
    assert_int_equal(OWED_UNSURE, owed_find(&owed, str_of(id)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c1_what_is_owed_is_known_until_it_is_deleted_and_waited_for_half_a_minute),
        cmocka_unit_test(c13_of_too_many_that_are_owed_the_oldest_is_forgotten),
        cmocka_unit_test(q9_a_url_says_whose_queue_it_is_and_where_its_neighbours_are),
        cmocka_unit_test(q15_a_batch_closes_at_ten_entries_or_a_mebibyte),
        cmocka_unit_test(c12_late_is_five_seconds_before_the_visibility_ends_or_a_quarter_of_a_short_one),
        cmocka_unit_test(q2_a_batch_is_sent_full_or_alone_or_after_its_time),
        cmocka_unit_test(q2_polls_become_more_while_answers_are_full_and_one_when_they_are_empty),
        cmocka_unit_test(q8_zeros_count_only_without_a_break_and_after_the_last_send),
        cmocka_unit_test(temps_are_looked_for_before_anything_is_made_or_deleted),
        cmocka_unit_test(c11_q17_a_queue_is_gone_only_when_sqs_stays_with_that),
        cmocka_unit_test(q4_one_message_of_a_group_at_a_time),
        cmocka_unit_test(errors_have_their_meaning),
        cmocka_unit_test(q13_a_missing_right_is_named),
    };

    return cmocka_run_group_tests_name("sqs_rules", tests, NULL, NULL);
}
