/* When a call is repeated, how long after, and how often. */
#include "common/aws/budget.h"
#include "common/aws/clock.h"
#include "common/aws/verdict.h"
#include "common/base/mono.h"
#include "tests/unit/cmocka_all.h"

static enum aws_verdict end(int error, unsigned status, const char *code, bool repeatable)
{
    const struct aws_try end = {error, status, aws_error_kind_of(str_of(code)), repeatable};

    return aws_verdict_of(&end);
}

static void a_good_answer_is_told(void **state)
{
    (void)state;
    assert_int_equal(end(0, 200, "", true), AWS_VERDICT_TELL);
    assert_int_equal(end(0, 204, "Throttling", true), AWS_VERDICT_TELL);
}

static void an_error_of_the_caller_is_told(void **state)
{
    (void)state;
    assert_int_equal(end(0, 400, "QueueDoesNotExist", true), AWS_VERDICT_TELL);
    assert_int_equal(end(0, 403, "AccessDenied", true), AWS_VERDICT_TELL);
    assert_int_equal(end(0, 301, "", true), AWS_VERDICT_TELL);
    assert_int_equal(end(0, 400, "OverLimit", true),
                     AWS_VERDICT_TELL); /* too many in flight: asking again does not help */
}

static void too_many_is_throttled_whatever_the_status(void **state)
{
    static const char *const codes[] = {"ThrottlingException", "Throttling",          "RequestThrottled", "SlowDown",
                                        "KmsThrottled",        "RequestLimitExceeded"};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(end(0, i % 2 ? 400 : 503, codes[i], false), AWS_VERDICT_THROTTLED);
    assert_int_equal(end(0, 429, "", false), AWS_VERDICT_THROTTLED);
}

static void failures_of_the_service_pass(void **state)
{
    (void)state;
    assert_int_equal(end(0, 500, "", false), AWS_VERDICT_TRANSIENT);
    assert_int_equal(end(0, 503, "ServiceUnavailable", false), AWS_VERDICT_TRANSIENT);
    assert_int_equal(end(0, 400, "RequestTimeout", false), AWS_VERDICT_TRANSIENT);
}

static void what_was_not_sent_may_be_sent(void **state)
{
    (void)state;
    assert_int_equal(end(-ECONNREFUSED, 0, "", false), AWS_VERDICT_TRANSIENT);
    assert_int_equal(end(-EHOSTUNREACH, 0, "", false), AWS_VERDICT_TRANSIENT);
}

static void what_may_have_been_done_is_repeated_only_if_that_does_no_harm(void **state)
{
    static const int errors[] = {-ECONNRESET, -EPROTO, -ETIMEDOUT};

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        assert_int_equal(end(errors[i], 0, "", true), AWS_VERDICT_LOST);
        assert_int_equal(end(errors[i], 0, "", false), AWS_VERDICT_TELL);
    }
    assert_int_equal(end(-EKEYREJECTED, 0, "", true), AWS_VERDICT_TELL);
    assert_int_equal(end(-ENOBUFS, 0, "", true), AWS_VERDICT_TELL);
    assert_int_equal(end(-ENOMEM, 0, "", true), AWS_VERDICT_TELL);
}

static void refused_times_and_keys_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(end(0, 403, "RequestTimeTooSkewed", false), AWS_VERDICT_SKEWED);
    assert_int_equal(end(0, 403, "SignatureDoesNotMatch", false), AWS_VERDICT_SKEWED);
    assert_int_equal(end(0, 400, "ExpiredToken", false), AWS_VERDICT_EXPIRED);
    assert_int_equal(end(0, 403, "InvalidClientTokenId", false), AWS_VERDICT_EXPIRED);
}

static void the_budget_is_spent_and_filled(void **state)
{
    struct aws_budget budget = AWS_BUDGET_INIT;
    unsigned repeats = 0;

    (void)state;
    while (aws_budget_take(&budget, AWS_REPEAT_TOKENS))
        repeats++;
    assert_int_equal(repeats, 100);
    for (int i = 0; i < 4; i++)
        aws_budget_fill(&budget, 0);
    assert_false(aws_budget_take(&budget, AWS_REPEAT_TOKENS));
    aws_budget_fill(&budget, 0);
    assert_true(aws_budget_take(&budget, AWS_REPEAT_TOKENS));
    aws_budget_fill(&budget, AWS_REPEAT_TOKENS);
    assert_true(aws_budget_take(&budget, AWS_REPEAT_TOKENS));
    for (int i = 0; i < 1000; i++)
        aws_budget_fill(&budget, AWS_LOST_TOKENS);
    assert_int_equal(budget.tokens, AWS_BUDGET_TOKENS);
}

/* One call in ten throttled, or one in four failing once, costs less than the answers bring in. */
static void usual_trouble_never_empties_the_budget(void **state)
{
    struct aws_budget budget = AWS_BUDGET_INIT;

    (void)state;
    for (unsigned call = 0; call < 10000; call++) {
        unsigned tokens = 0;
        if (call % 4 == 0) {
            assert_true(aws_budget_take(&budget, AWS_REPEAT_TOKENS));
            tokens = AWS_REPEAT_TOKENS;
        }
        aws_budget_fill(&budget, tokens);
    }
    assert_true(budget.tokens > AWS_BUDGET_TOKENS - 2 * AWS_REPEAT_TOKENS);
}

static void pauses_grow_to_a_ceiling_and_are_spread(void **state)
{
    static const int64_t most_ms[] = {50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000};

    (void)state;
    for (unsigned i = 0; i < sizeof most_ms / sizeof *most_ms; i++) {
        int64_t least_ms = most_ms[i] - most_ms[i] * 3 / 4;
        assert_int_equal(aws_repeat_delay_ms(i + 1, false, 0), most_ms[i]);
        assert_int_equal(aws_repeat_delay_ms(i + 1, false, (uint64_t)(most_ms[i] * 3 / 4)), least_ms);
        for (uint64_t random = 1; random; random *= 3) {
            int64_t delay_ms = aws_repeat_delay_ms(i + 1, false, random);
            assert_true(delay_ms >= least_ms && delay_ms <= most_ms[i]);
            if (random > UINT64_MAX / 3)
                break;
        }
    }
    assert_int_equal(aws_repeat_delay_ms(1, true, 0), 500);
    assert_int_equal(aws_repeat_delay_ms(UINT32_MAX, true, 0), AWS_REPEAT_MAX_MS);
}

static void a_clock_is_set_by_more_than_a_minute(void **state)
{
    struct aws_clock clock = {0};

    (void)state;
    assert_false(aws_clock_correct(&clock, 0, 1000000 + AWS_SKEW_MIN_MS - 1, 1000000));
    assert_false(aws_clock_correct(&clock, 0, 1000000 - AWS_SKEW_MIN_MS + 1, 1000000));
    assert_int_equal(clock.ahead_ms, 0);
    assert_true(aws_clock_correct(&clock, 0, 1000000 + 3600000, 1000000));
    assert_int_equal(clock.ahead_ms, 3600000);
    assert_int_equal((aws_clock_now_ms(&clock) - wall_now_ms()) / 60000, 60);
    /* One that was signed before that is sent again, one that was signed with it is not. */
    assert_true(aws_clock_correct(&clock, 0, 1000000 + 3600000, 1000000));
    assert_false(aws_clock_correct(&clock, clock.ahead_ms, 1000000 + 3600000, 1000000));
    assert_true(aws_clock_correct(&clock, clock.ahead_ms, 1000000, 1000000));
    assert_int_equal(clock.ahead_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_told),
        cmocka_unit_test(an_error_of_the_caller_is_told),
        cmocka_unit_test(too_many_is_throttled_whatever_the_status),
        cmocka_unit_test(failures_of_the_service_pass),
        cmocka_unit_test(what_was_not_sent_may_be_sent),
        cmocka_unit_test(what_may_have_been_done_is_repeated_only_if_that_does_no_harm),
        cmocka_unit_test(refused_times_and_keys_are_told_apart),
        cmocka_unit_test(the_budget_is_spent_and_filled),
        cmocka_unit_test(usual_trouble_never_empties_the_budget),
        cmocka_unit_test(pauses_grow_to_a_ceiling_and_are_spread),
        cmocka_unit_test(a_clock_is_set_by_more_than_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
