/* The election's rules as tables: what was heard, when, and what is to be done now. Times in milliseconds. */
#include "supervisor/election/lease_judge.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#define US "pod-a_1"
#define OTHER "pod-b_2"
#define T0 1000000

static const struct lease_elector us = {.timing = {15000, 10000, 2000}, .identity = US};
static const struct lease_elector leaving = {.timing = {15000, 10000, 2000}, .identity = US, .leaving = true};

static struct mono at(int64_t ms) { return (struct mono){T0 + ms}; }

static struct lease_record record(const char *holder, const char *renew_time)
{
    struct lease_record made = {.duration_ms = 15000};
    snprintf(made.holder, sizeof made.holder, "%s", holder ? holder : "");
    snprintf(made.renew_time, sizeof made.renew_time, "%s", renew_time);
    return made;
}

static void read_at(struct lease_view *view, const char *holder, const char *renew_time, int64_t sent, int64_t now)
{
    const struct lease_record found = record(holder, renew_time);
    lease_view_read(view, holder ? &found : NULL, at(sent), at(now));
}

static void written_at(struct lease_view *view, int64_t sent)
{
    const struct lease_record made = record(US, "now");
    lease_view_written(view, &made, at(sent));
}

static enum lease_step step_at(const struct lease_view *view, const struct lease_elector *elector, int64_t now)
{
    return lease_judge(view, elector, at(now)).step;
}

static void the_first_step_is_to_read(void **state)
{
    (void)state;
    const struct lease_view view = {.exists = false};
    assert_int_equal(step_at(&view, &us, 0), LEASE_STEP_READ);
    assert_false(lease_leads(&view, &us, at(0)));
}

/* What is done right after the first read. */
static void a_lease_is_judged_by_its_holder(void **state)
{
    (void)state;
    static const struct {
        const char *holder;
        enum lease_step step;
    } rows[] = {{NULL, LEASE_STEP_CREATE},
                {"", LEASE_STEP_TAKE},
                {US, LEASE_STEP_RENEW}, /* of this pod, before its supervisor was started again */
                {OTHER, LEASE_STEP_WAIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lease_view view = {.exists = false};
        if (rows[i].holder)
            read_at(&view, rows[i].holder, "x", 0, 10);
        else
            lease_view_read(&view, NULL, at(0), at(10));
        assert_int_equal(step_at(&view, &us, 10), rows[i].step);
        assert_false(lease_leads(&view, &us, at(10)));
    }
}

static void a_standby_looks_every_two_seconds_and_takes_what_did_not_change_for_fifteen(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    read_at(&view, OTHER, "x", 0, 100);
    for (int64_t now = 2000; now < 15100; now += 2000) {
        assert_int_equal(step_at(&view, &us, now - 1), LEASE_STEP_WAIT);
        assert_int_equal(lease_judge(&view, &us, at(now - 1)).at.ms, at(now).ms);
        assert_int_equal(step_at(&view, &us, now), LEASE_STEP_READ);
        read_at(&view, OTHER, "x", now, now + 50);
        assert_int_equal(step_at(&view, &us, now + 50), LEASE_STEP_WAIT);
    }
    read_at(&view, OTHER, "x", 15099, 15120); /* seen at 100 */
    assert_int_equal(step_at(&view, &us, 15120), LEASE_STEP_WAIT);
    read_at(&view, OTHER, "x", 15100, 15120);
    assert_int_equal(step_at(&view, &us, 15120), LEASE_STEP_TAKE);
}

/* Once, and only about itself, while another leads: what nobody holds it takes, and it says nothing that is as old as its last look. */
static void who_has_stopped_says_so_while_another_leads(void **state)
{
    (void)state;
    const struct lease_elector stopped = {.timing = {15000, 10000, 2000}, .identity = US, .stopped = true};
    struct lease_view view = {.exists = false};
    assert_int_equal(step_at(&view, &stopped, 0), LEASE_STEP_READ);
    read_at(&view, OTHER, "x", 0, 100);
    assert_int_equal(step_at(&view, &us, 100), LEASE_STEP_WAIT);
    assert_int_equal(step_at(&view, &stopped, 100), LEASE_STEP_SAY_STOPPED);
    assert_int_equal(step_at(&view, &stopped, 2000), LEASE_STEP_READ);
    lease_view_failed(&view, at(100)); /* somebody was quicker */
    assert_int_equal(step_at(&view, &stopped, 200), LEASE_STEP_WAIT);
    assert_int_equal(step_at(&view, &stopped, 2100), LEASE_STEP_READ);

    struct lease_record said = record(OTHER, "x");
    lease_stopped_set(&said, US, true);
    lease_view_read(&view, &said, at(2100), at(2200));
    assert_int_equal(step_at(&view, &stopped, 2200), LEASE_STEP_WAIT);
    assert_int_equal(view.seen.ms, at(100).ms); /* that is no sign of life of the holder */
    lease_view_read(&view, &said, at(15100), at(15200));
    assert_int_equal(step_at(&view, &stopped, 15200), LEASE_STEP_TAKE);

    static const char *const holders[] = {NULL, "", US};
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct lease_view other = {.exists = false};
        read_at(&other, holders[i], "x", 0, 10);
        assert_int_equal(step_at(&other, &stopped, 10), step_at(&other, &us, 10));
    }
}

static void a_renewal_begins_the_wait_anew(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    read_at(&view, OTHER, "x", 0, 0);
    read_at(&view, OTHER, "y", 14000, 14000);
    read_at(&view, OTHER, "y", 28999, 28999);
    assert_int_equal(step_at(&view, &us, 28999), LEASE_STEP_WAIT);
    read_at(&view, OTHER, "y", 29000, 29000);
    assert_int_equal(step_at(&view, &us, 29000), LEASE_STEP_TAKE);
}

static void a_holder_with_a_longer_time_is_waited_for_but_not_for_ever(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    struct lease_record found = record(OTHER, "x");
    found.duration_ms = 60000;
    lease_view_read(&view, &found, at(0), at(0));
    lease_view_read(&view, &found, at(59999), at(59999));
    assert_int_equal(step_at(&view, &us, 59999), LEASE_STEP_WAIT);
    lease_view_read(&view, &found, at(60000), at(60000));
    assert_int_equal(step_at(&view, &us, 60000), LEASE_STEP_TAKE);
    found.duration_ms = 1000000000;
    lease_view_read(&view, &found, at(60000), at(60000));
    lease_view_read(&view, &found, at(360000), at(360000));
    assert_int_equal(step_at(&view, &us, 360000), LEASE_STEP_TAKE);
}

/* From when it was sent: the answer may have been long on its way. */
static void a_leader_leads_for_ten_seconds_from_the_renewal_that_was_accepted(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    lease_view_read(&view, NULL, at(0), at(0));
    written_at(&view, 10);
    assert_true(lease_leads(&view, &us, at(4000)));
    assert_int_equal(step_at(&view, &us, 2009), LEASE_STEP_WAIT);
    assert_int_equal(step_at(&view, &us, 2010), LEASE_STEP_RENEW);
    lease_view_failed(&view, at(2010));
    assert_int_equal(step_at(&view, &us, 4009), LEASE_STEP_WAIT);
    assert_int_equal(step_at(&view, &us, 4010), LEASE_STEP_READ);
    assert_int_equal(lease_leads_until(&view, &us).ms, at(10010).ms);
    assert_true(lease_leads(&view, &us, at(10009)));
    assert_false(lease_leads(&view, &us, at(10010)));
    read_at(&view, US, "now", 10020, 10020); /* nobody has taken it: again, but not before it is written */
    assert_int_equal(step_at(&view, &us, 10020), LEASE_STEP_RENEW);
    assert_false(lease_leads(&view, &us, at(10020)));
    written_at(&view, 10030);
    assert_true(lease_leads(&view, &us, at(10030)));
}

static void a_leader_that_reads_another_holder_leads_no_more_at_once(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    written_at(&view, 0);
    read_at(&view, OTHER, "y", 2000, 2000);
    assert_false(lease_leads(&view, &us, at(2000)));
    assert_int_equal(step_at(&view, &us, 2000), LEASE_STEP_WAIT);
}

/* The boot clock goes on while a machine sleeps: a leader that wakes is none, a standby asks before it takes anything. */
static void a_sleep_ends_leading_and_proves_nothing_to_a_standby(void **state)
{
    (void)state;
    struct lease_view leader = {.exists = false}, standby = {.exists = false};
    written_at(&leader, 0);
    read_at(&standby, OTHER, "x", 0, 0);
    assert_false(lease_leads(&leader, &us, at(3600000)));
    assert_int_equal(step_at(&standby, &us, 3600000), LEASE_STEP_READ);
    read_at(&standby, OTHER, "y", 3600000, 3600010); /* it is alive */
    assert_int_equal(step_at(&standby, &us, 3600010), LEASE_STEP_WAIT);
    /* Asked before the sleep, answered after it: as old as the question. */
    struct lease_view asked = {.exists = false};
    read_at(&asked, OTHER, "x", 0, 0);
    read_at(&asked, OTHER, "x", 2000, 3600000);
    assert_int_equal(step_at(&asked, &us, 2001), LEASE_STEP_WAIT);
}

/* Wall time goes anywhere, and nobody looks at it: only that it changed counts. */
static void a_clock_of_another_machine_decides_nothing(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    read_at(&view, OTHER, "1970-01-01T00:00:00.000000Z", 0, 0);
    assert_int_equal(step_at(&view, &us, 10), LEASE_STEP_WAIT);
    read_at(&view, OTHER, "2099-01-01T00:00:00.000000Z", 14000, 14000);
    read_at(&view, OTHER, "1999-01-01T00:00:00.000000Z", 28000, 28000);
    assert_int_equal(step_at(&view, &us, 28000), LEASE_STEP_WAIT);
    read_at(&view, OTHER, "1999-01-01T00:00:00.000000Z", 43000, 43000);
    assert_int_equal(step_at(&view, &us, 43000), LEASE_STEP_TAKE);
}

/* Somebody deletes the Lease: its holder may not know that yet, and we were not it. */
static void a_deleted_lease_is_waited_for_like_a_silent_one(void **state)
{
    (void)state;
    struct lease_view standby = {.exists = false}, leader = {.exists = false};
    read_at(&standby, OTHER, "x", 0, 0);
    lease_view_read(&standby, NULL, at(2000), at(2000));
    assert_int_equal(step_at(&standby, &us, 2000), LEASE_STEP_WAIT);
    lease_view_read(&standby, NULL, at(16999), at(16999));
    assert_int_equal(step_at(&standby, &us, 16999), LEASE_STEP_WAIT);
    lease_view_read(&standby, NULL, at(17000), at(17000));
    assert_int_equal(step_at(&standby, &us, 17000), LEASE_STEP_CREATE);
    written_at(&leader, 0);
    lease_view_read(&leader, NULL, at(2000), at(2000));
    assert_false(lease_leads(&leader, &us, at(2000)));
    assert_int_equal(step_at(&leader, &us, 2000), LEASE_STEP_CREATE);
}

static void who_leaves_gives_back_what_is_its_own_and_takes_nothing(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    assert_int_equal(step_at(&view, &leaving, 0), LEASE_STEP_READ);
    lease_view_read(&view, NULL, at(0), at(0));
    assert_int_equal(step_at(&view, &leaving, 0), LEASE_STEP_LEFT);
    read_at(&view, OTHER, "x", 0, 0);
    assert_int_equal(step_at(&view, &leaving, 0), LEASE_STEP_LEFT);
    read_at(&view, "", "x", 0, 0);
    assert_int_equal(step_at(&view, &leaving, 0), LEASE_STEP_LEFT);
    read_at(&view, US, "x", 0, 0);
    assert_int_equal(step_at(&view, &leaving, 0), LEASE_STEP_RELEASE);
    written_at(&view, 0);
    assert_int_equal(step_at(&view, &leaving, 1), LEASE_STEP_RELEASE);
    lease_view_failed(&view, at(10));
    assert_int_equal(step_at(&view, &leaving, 11), LEASE_STEP_WAIT);
    assert_int_equal(step_at(&view, &leaving, 2010), LEASE_STEP_READ);
}

/* What stops the workers of a leader that is none any more (CASE-5): silence is no proof that another leads. */
static void another_leads_only_as_long_as_it_is_heard_of(void **state)
{
    (void)state;
    struct lease_view view = {.exists = false};
    assert_false(lease_other_leads(&view, &us));
    read_at(&view, OTHER, "x", 0, 0);
    assert_true(lease_other_leads(&view, &us));
    lease_view_failed(&view, at(2000));
    assert_false(lease_other_leads(&view, &us));
    read_at(&view, OTHER, "x", 14999, 14999);
    assert_true(lease_other_leads(&view, &us));
    read_at(&view, OTHER, "x", 15000, 15000); /* it renewed nothing */
    assert_false(lease_other_leads(&view, &us));
    read_at(&view, "", "x", 16000, 16000);
    assert_false(lease_other_leads(&view, &us));
    read_at(&view, US, "y", 17000, 17000);
    assert_false(lease_other_leads(&view, &us));
    written_at(&view, 18000);
    assert_false(lease_other_leads(&view, &us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_is_to_read),
        cmocka_unit_test(a_lease_is_judged_by_its_holder),
        cmocka_unit_test(a_standby_looks_every_two_seconds_and_takes_what_did_not_change_for_fifteen),
        cmocka_unit_test(who_has_stopped_says_so_while_another_leads),
        cmocka_unit_test(a_renewal_begins_the_wait_anew),
        cmocka_unit_test(a_holder_with_a_longer_time_is_waited_for_but_not_for_ever),
        cmocka_unit_test(a_leader_leads_for_ten_seconds_from_the_renewal_that_was_accepted),
        cmocka_unit_test(a_leader_that_reads_another_holder_leads_no_more_at_once),
        cmocka_unit_test(a_sleep_ends_leading_and_proves_nothing_to_a_standby),
        cmocka_unit_test(a_clock_of_another_machine_decides_nothing),
        cmocka_unit_test(a_deleted_lease_is_waited_for_like_a_silent_one),
        cmocka_unit_test(another_leads_only_as_long_as_it_is_heard_of),
        cmocka_unit_test(who_leaves_gives_back_what_is_its_own_and_takes_nothing),
    };
    return cmocka_run_group_tests_name("lease judge", tests, NULL, NULL);
}
