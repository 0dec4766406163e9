/* The end of a supervisor in order: what comes before what, over real workers. */
#include "supervisor/main/way_out.h"
#include "tests/component/fleet/yard.h"

#include <signal.h>
#include <string.h>

static struct {
    struct yard *yard;
    struct way_out *way_out;
    char steps[16]; /* 'h'alted, 'e'nded, 'r'eleased with no worker left, 'w' with some */
    elector_released_fn *released;
    void *context;
} t;

static void step(char what) { t.steps[strlen(t.steps)] = what; }

void __wrap_elector_release(struct elector *elector, bool no_worker_left, elector_released_fn *done, void *context);

/* Stands for the election: the answer of the API server comes when the test says so. */
void __wrap_elector_release(struct elector *elector, bool no_worker_left, elector_released_fn *done, void *context)
{
    assert_non_null(elector);
    step(no_worker_left ? 'r' : 'w');
    t.released = done;
    t.context = context;
}

static void on_halt(void *context)
{
    (void)context;
    step('h');
}

static void on_ended(void *context)
{
    struct yard *yard = context;
    assert_int_equal(fleet_running(yard->fleet), 0);
    step('e');
}

static struct yard *begin(void **state, struct elector *elector)
{
    memset(&t, 0, sizeof t);
    t.yard = *state;
    yard_begin_life(t.yard);
    const struct way_out_config config = {.loop = t.yard->loop,
                                          .fleet = t.yard->fleet,
                                          .elector = elector,
                                          .halt = on_halt,
                                          .ended = on_ended,
                                          .context = t.yard};
    assert_int_equal(way_out_new(&config, &t.way_out), 0);
    assert_false(way_out_begun(t.way_out));
    return t.yard;
}

static int end(void **state)
{
    way_out_free(t.way_out);
    return yard_close(state);
}

static struct elector *some_elector(void) { return (struct elector *)(void *)&t; }

static bool is_released(struct yard *yard) { return yard && t.released; }

static void the_lead_is_given_back_after_the_last_worker(void **state)
{
    struct yard *yard = begin(state, some_elector());
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    way_out_begin(t.way_out, SIGTERM);
    assert_true(way_out_begun(t.way_out));
    assert_string_equal(t.steps, "h");
    assert_int_equal(yard_view(yard)->presence, WORKER_STOPPING);
    way_out_begin(t.way_out, SIGTERM); /* once */
    yard_wait(yard, is_released);
    assert_string_equal(t.steps, "her");
    t.released(t.context);
    assert_int_equal(loop_run(yard->loop), 0); /* it was stopped */
}

/* What a supervisor before us had started, and the guardian has not told yet. */
static void workers_of_the_one_before_end_too(void **state)
{
    struct yard *yard = begin(state, some_elector());
    assert_int_equal(yard_start(yard, "{\"stop\":\"never\"}"), 0);
    yard_wait(yard, is_live);
    way_out_free(TAKE(t.way_out));
    yard_end_life(yard);
    begin(state, some_elector());
    way_out_begin(t.way_out, SIGTERM);
    clock_speed(4);
    yard_wait(yard, is_released); /* killed after 35 s: no worker is left */
    assert_string_equal(t.steps, "her");
}

static void a_worker_of_which_nothing_is_known_is_not_said_to_be_gone(void **state)
{
    struct yard *yard = begin(state, some_elector());
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    assert_int_equal(kill(yard->rig.guardian, SIGSTOP), 0); /* tells no end */
    way_out_begin(t.way_out, SIGTERM);
    clock_speed(4);
    yard_wait(yard, is_released);
    assert_string_equal(t.steps, "hw");
    assert_int_equal(kill(yard->rig.guardian, SIGCONT), 0);
}

static void without_replicas_the_end_of_the_workers_is_the_end(void **state)
{
    struct yard *yard = begin(state, NULL);
    way_out_begin(t.way_out, SIGINT);
    assert_int_equal(loop_run(yard->loop), 0);
    assert_string_equal(t.steps, "he");
}

#define WAY_OUT_TEST(name) cmocka_unit_test_setup_teardown(name, yard_open, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WAY_OUT_TEST(the_lead_is_given_back_after_the_last_worker),
        WAY_OUT_TEST(workers_of_the_one_before_end_too),
        WAY_OUT_TEST(a_worker_of_which_nothing_is_known_is_not_said_to_be_gone),
        WAY_OUT_TEST(without_replicas_the_end_of_the_workers_is_the_end),
    };
    return cmocka_run_group_tests_name("way out", tests, NULL, NULL);
}
