/* The Lease document: what is read from it, and what each change leaves in it. */
#include "supervisor/election/lease.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define WALL_MS 1767323045007 /* 2026-01-02T03:04:05.007Z */
#define NOW "2026-01-02T03:04:05.007000Z"

static const struct lease_author author = {"mirrord", "sluice", "pod-a_1", 15000};

static struct json *parsed(const char *text)
{
    struct json *document = NULL;
    struct json_error error;
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &document, &error), 0);
    return document;
}

static void expect_change(const char *before, enum lease_change change, const char *after)
{
    struct json *document CLEANUP(json_freep) = parsed(before);
    struct json *wanted CLEANUP(json_freep) = parsed(after);
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    assert_int_equal(lease_write(document, change, &author, WALL_MS), 0);
    assert_int_equal(json_write(document, JSON_COMPACT, &text), 0);
    if (!json_equal(document, wanted))
        fail_msg("it is %s", text.data);
}

static void a_new_lease_is_ours(void **state)
{
    (void)state;
    expect_change("{}", LEASE_TAKE,
                  "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"sluice\","
                  "\"namespace\":\"mirrord\"},\"spec\":{\"holderIdentity\":\"pod-a_1\",\"leaseDurationSeconds\":15,"
                  "\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW "\",\"leaseTransitions\":0}}");
}

static void taking_counts_and_leaves_what_is_not_ours(void **state)
{
    (void)state;
    expect_change("{\"metadata\":{\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":"
                  "\"pod-b_2\",\"acquireTime\":\"x\",\"renewTime\":\"y\",\"leaseTransitions\":4,\"strategy\":\"s\"}}",
                  LEASE_TAKE,
                  "{\"metadata\":{\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":"
                  "\"pod-a_1\",\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW
                  "\",\"leaseTransitions\":5,\"leaseDurationSeconds\":15,\"strategy\":\"s\"}}");
}

static void renewing_changes_the_time_alone(void **state)
{
    (void)state;
    expect_change(
        "{\"metadata\":{},\"spec\":{\"holderIdentity\":\"pod-a_1\",\"acquireTime\":\"x\",\"renewTime\":\"y\","
        "\"leaseTransitions\":4,\"leaseDurationSeconds\":15}}",
        LEASE_RENEW,
        "{\"metadata\":{},\"spec\":{\"holderIdentity\":\"pod-a_1\",\"acquireTime\":\"x\",\"renewTime\":\"" NOW
        "\",\"leaseTransitions\":4,\"leaseDurationSeconds\":15}}");
}

static void a_lease_that_is_given_back_has_no_holder(void **state)
{
    (void)state;
    static const char before[] = "{\"metadata\":{},\"spec\":{\"holderIdentity\":\"pod-a_1\",\"acquireTime\":\"x\","
                                 "\"renewTime\":\"y\",\"leaseTransitions\":4,\"leaseDurationSeconds\":15}}";
    expect_change(before, LEASE_RELEASE,
                  "{\"metadata\":{},\"spec\":{\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW
                  "\",\"leaseTransitions\":4,\"leaseDurationSeconds\":1}}");
    expect_change(
        before, LEASE_RELEASE_STOPPED,
        "{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"pod-a_1\"}},\"spec\":{\"acquireTime\":\"" NOW
        "\",\"renewTime\":\"" NOW "\",\"leaseTransitions\":4,\"leaseDurationSeconds\":1}}");
}

static void whatever_a_lease_holds_is_read_within_bounds(void **state)
{
    (void)state;
    char text[2048];
    struct lease_record record;
    struct json *odd CLEANUP(json_freep) =
        parsed("{\"metadata\":{\"annotations\":7},\"spec\":{\"holderIdentity\":null,\"leaseDurationSeconds\":\"15\","
               "\"leaseTransitions\":-3,\"renewTime\":{}}}");
    lease_read(odd, &record);
    assert_string_equal(record.holder, "");
    assert_string_equal(record.stopped, "");
    assert_int_equal(record.duration_ms, 0);
    assert_int_equal(record.transitions, 0);
    lease_read(NULL, &record);
    assert_string_equal(record.renew_time, "");
    int length =
        snprintf(text, sizeof text, "{\"spec\":{\"leaseDurationSeconds\":9223372036854775807,\"holderIdentity\":\"");
    memset(text + length, 'x', 1000);
    snprintf(text + length + 1000, sizeof text - (size_t)length - 1000, "\"}}");
    struct json *large CLEANUP(json_freep) = parsed(text);
    lease_read(large, &record);
    assert_int_equal(strlen(record.holder), LEASE_IDENTITY_SIZE - 1);
    assert_true(record.duration_ms > 0);
}

static void a_document_of_another_shape_is_refused(void **state)
{
    (void)state;
    struct json *document CLEANUP(json_freep) = parsed("{\"metadata\":{},\"spec\":[]}");
    assert_int_equal(lease_write(document, LEASE_TAKE, &author, WALL_MS), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_lease_is_ours),
        cmocka_unit_test(taking_counts_and_leaves_what_is_not_ours),
        cmocka_unit_test(renewing_changes_the_time_alone),
        cmocka_unit_test(a_lease_that_is_given_back_has_no_holder),
        cmocka_unit_test(whatever_a_lease_holds_is_read_within_bounds),
        cmocka_unit_test(a_document_of_another_shape_is_refused),
    };
    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
