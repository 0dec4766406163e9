/* What errors of the broker and the library mean: to a person, to a record, to what is known of positions. */
#include "tests/unit/cmocka_all.h"

#include "worker/kafka/errors.h"
#include <string.h>

/* Each failure of a broker makes the leftovers of all sessions wait a minute anew: only one that may have lost what it had loaded
 * counts. */
static void k9_a_broker_that_answers_is_not_doubted(void **state)
{
    static const rd_kafka_resp_err_t doubted[] = {
        RD_KAFKA_RESP_ERR__TRANSPORT,      RD_KAFKA_RESP_ERR__TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_UNKNOWN,         RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION};
    static const rd_kafka_resp_err_t busy[] = {
        RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,     RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED};

    (void)state;
    for (size_t i = 0; i < sizeof doubted / sizeof *doubted; i++)
        assert_true(errors_of_broker(doubted[i]));
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
        assert_false(errors_of_broker(busy[i]));
}

static void k13_s4_errors_name_the_acl_and_none_of_the_librarys_words(void **state)
{
    struct errors_context context = {"create", "Create", "topic", "mirrord-x"};
    struct reason why = {0};

    (void)state;
    assert_int_equal(errors_reason(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, &context, 7, &why), 7);
    assert_int_equal(why.code, REASON_BROKER_AUTHORIZATION);
    assert_string_equal(why.text, "cannot create topic mirrord-x: the ACL Create on topic mirrord-x is missing");
    (void)errors_reason(RD_KAFKA_RESP_ERR__AUTHENTICATION, &context, 1, &why);
    assert_int_equal(why.code, REASON_BROKER_AUTHENTICATION);
    (void)errors_reason(RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, &context, 1, &why);
    assert_int_equal(why.code, REASON_TRANSACTIONS_UNAVAILABLE);
    (void)errors_reason(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, &context, 1, &why);
    assert_int_equal(why.code, REASON_BROKER_BUSY);
    assert_non_null(strstr(why.text, "the broker cannot do it now (UNSTABLE_OFFSET_COMMIT)"));
    (void)errors_reason(RD_KAFKA_RESP_ERR__TIMED_OUT, &context, 1, &why);
    assert_int_equal(why.code, REASON_BROKER_UNREACHABLE);
}

static void k16_refusals_are_of_the_record_the_destination_or_nobody(void **state)
{
    (void)state;
    assert_int_equal(errors_refusal(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), ERRORS_REFUSAL_RECORD);
    assert_int_equal(errors_refusal(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), ERRORS_REFUSAL_DESTINATION);
    assert_int_equal(errors_refusal(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), ERRORS_REFUSAL_LOST);
    assert_int_equal(errors_refusal(RD_KAFKA_RESP_ERR__TIMED_OUT), ERRORS_REFUSAL_TRANSIENT);
    assert_int_equal(errors_refusal(RD_KAFKA_RESP_ERR__PURGE_QUEUE), ERRORS_REFUSAL_TRANSIENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(k9_a_broker_that_answers_is_not_doubted),
        cmocka_unit_test(k13_s4_errors_name_the_acl_and_none_of_the_librarys_words),
        cmocka_unit_test(k16_refusals_are_of_the_record_the_destination_or_nobody),
    };
    return cmocka_run_group_tests_name("kafka errors", tests, NULL, NULL);
}
