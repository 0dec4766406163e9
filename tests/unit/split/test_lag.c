/* Sessions that are heard of before what they need (struct target_view, lag_ms). */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define Q0 RIG_TOPIC("q0", "config", RIG_SOURCE("TOPIC_0"), RIG_GROUP)

/* Each kind is watched by itself: what was made before a session may be heard of after it. */
static void what_a_session_lacks_may_be_heard_of_a_moment_later(void **state)
{
    static const char *const before[] = {RIG_SERVICE, NULL};
    static const char *const after[] = {RIG_SERVICE, RIG_CONFIG, RIG_CONSUMER("c", "", Q0), NULL};
    struct world *world = rig_open_with(before);
    (void)state;
    world->lag_ms = 2000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_run(world, 1000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    const char *waits = json_text(json_get(rig_status(world, "s"), "waitsFor"));
    assert_non_null(strstr(waits, "q0 is not declared"));
    /* "waiting for queue id q0 is not declared" would say the opposite of what is waited for. */
    assert_ptr_equal(strstr(waits, "news of what it needs: "), waits);
    world->manifests = after;
    inputs_write(world);
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

static void what_a_session_lacks_for_longer_is_told(void **state)
{
    static const char *const manifests[] = {RIG_SERVICE, NULL};
    struct world *world = rig_open_with(manifests);
    (void)state;
    world->lag_ms = 2000;
    rig_session(world, "s", "app-0", FILTER("q0", "a"), "");
    rig_run(world, 1800);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    rig_wait_session(world, "s", "Failed", 1000); /* by itself: nothing else happens */
    assert_string_equal(rig_reason(world, "s"), "QueueNotFound");
    rig_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_session_lacks_may_be_heard_of_a_moment_later),
        cmocka_unit_test(what_a_session_lacks_for_longer_is_told),
    };
    return cmocka_run_group_tests_name("lag", tests, NULL, NULL);
}
