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

/* Each writes itself alone: what others said stays. */
static void who_stopped_is_a_list_that_each_changes_for_itself(void **state)
{
    (void)state;
    static const char spec[] = "\"spec\":{\"holderIdentity\":\"pod-b_2\",\"renewTime\":\"y\"}";
    static const struct {
        enum lease_change change;
        const char *before, *after;
    } rows[] = {{LEASE_SAY_STOPPED, "", "pod-a_1"},
                {LEASE_SAY_STOPPED, "pod-c_3 pod-a_12", "pod-a_1 pod-c_3 pod-a_12"},
                {LEASE_SAY_STOPPED, "pod-c_3 pod-a_1", "pod-a_1 pod-c_3"},
                {LEASE_SAY_STOPPED, "  pod-c_3   pod-d_4 ", "pod-a_1 pod-c_3 pod-d_4"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char before[512], after[512];
        snprintf(before, sizeof before, "{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"%s\"}},%s}",
                 rows[i].before, spec);
        snprintf(after, sizeof after, "{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"%s\"}},%s}",
                 rows[i].after, spec);
        expect_change(before, rows[i].change, after);
    }
}

/* It starts workers in a moment. */
static void who_takes_a_lease_takes_back_that_it_stopped(void **state)
{
    (void)state;
    static const char spec[] = "\"spec\":{\"holderIdentity\":\"pod-a_1\",\"acquireTime\":\"" NOW
                               "\",\"renewTime\":\"" NOW "\",\"leaseTransitions\":0,\"leaseDurationSeconds\":15}}";
    char after[512];
    snprintf(after, sizeof after, "{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"pod-b_2\"}},%s", spec);
    expect_change("{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"pod-b_2 pod-a_1\"}},\"spec\":{}}",
                  LEASE_TAKE, after);
    snprintf(after, sizeof after, "{\"metadata\":{\"annotations\":{}},%s", spec);
    expect_change("{\"metadata\":{\"annotations\":{\"sluice.dev/stopped\":\"pod-a_1\"}},\"spec\":{}}", LEASE_TAKE,
                  after);
}

static void a_list_that_is_too_long_loses_its_oldest(void **state)
{
    (void)state;
    struct lease_record record = {.duration_ms = 0};
    char identity[LEASE_IDENTITY_SIZE];
    for (int i = 0; i < 40; i++) {
        snprintf(identity, sizeof identity, "pod-%0200d_%d", 0, i);
        lease_stopped_set(&record, identity, true);
        assert_true(lease_is_stopped(&record, identity));
        assert_true(strlen(record.stopped) < LEASE_STOPPED_SIZE);
    }
    snprintf(identity, sizeof identity, "pod-%0200d_%d", 0, 0);
    assert_false(lease_is_stopped(&record, identity));
}

/* Half of "pod-b_23" is the whole of "pod-b_2". */
static void a_list_that_is_cut_says_nothing_of_the_one_that_was_cut(void **state)
{
    (void)state;
    char text[LEASE_STOPPED_SIZE + 64];
    struct lease_record record = {.duration_ms = 0};
    memset(text, 'x', sizeof text);
    memcpy(text, "pod-a_1 ", 8);
    memcpy(text + LEASE_STOPPED_SIZE - 1 - 8, " pod-b_23", 9);
    lease_stopped_read((struct str){text, sizeof text}, &record);
    assert_true(lease_is_stopped(&record, "pod-a_1"));
    assert_false(lease_is_stopped(&record, "pod-b_2"));
    memset(text, 'x', sizeof text);
    lease_stopped_read((struct str){text, sizeof text}, &record);
    assert_string_equal(record.stopped, "");
    assert_false(lease_is_stopped(&record, ""));
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
        cmocka_unit_test(who_stopped_is_a_list_that_each_changes_for_itself),
        cmocka_unit_test(who_takes_a_lease_takes_back_that_it_stopped),
        cmocka_unit_test(a_list_that_is_too_long_loses_its_oldest),
        cmocka_unit_test(a_list_that_is_cut_says_nothing_of_the_one_that_was_cut),
        cmocka_unit_test(whatever_a_lease_holds_is_read_within_bounds),
        cmocka_unit_test(a_document_of_another_shape_is_refused),
    };
    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
