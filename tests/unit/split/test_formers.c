/* Workers of former leaders (every incarnation counts, CASE-5): what holds a session back until they are proven gone or fenced. */
#include "tests/unit/cmocka_all.h"
#include "tests/unit/split/rig.h"

#define OLD "old_1"
#define NEW "new_2"

static bool old_is_gone;

static bool is_gone(void *context, const char *identity)
{
    (void)context;
    assert_string_equal(identity, OLD);
    return old_is_gone;
}

/* The pod of the present leader. */
static void lead(struct world *world, const char *pod)
{
    world->effects.pods.self = pod;
    world->effects.pods.gone = is_gone;
}

static const struct json *workers(struct world *world)
{
    return json_path(rig_split(world, "orders-0-0"), "status", "workers", NULL);
}

static const char *pod_of(struct world *world, size_t index)
{
    return json_text(json_get(json_at(workers(world), index), "pod"));
}

/* The leader is gone with its Lease: another one starts a worker of its own. What became of the old one nobody knows. */
static struct world *begin_succession(bool transactions)
{
    struct world *world = rig_open(1);
    old_is_gone = false;
    lead(world, OLD);
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    assert_int_equal(json_count(workers(world)), 1);
    assert_string_equal(pod_of(world, 0), OLD);
    world_supervisor_crash(world);
    sim_worker_crash(world, rig_worker_of(world, "orders-0-0"));
    lead(world, NEW);
    world->no_transactions = !transactions; /* as a broker whose workers do not say that they fence */
    return world;
}

static void a_former_worker_counts_until_ours_has_fenced_it(void **state)
{
    struct world *world = begin_succession(true);
    bool both = false;
    (void)state;
    for (int i = 0; i < 150 && !(both && json_count(workers(world)) == 1); i++) {
        world_step(world, 200);
        both = both || (json_count(workers(world)) == 2 && strcmp(pod_of(world, 0), NEW) == 0 &&
                        strcmp(pod_of(world, 1), OLD) == 0);
    }
    assert_true(both); /* it was written down as long as it counted */
    assert_int_equal(json_count(workers(world)), 1);
    assert_string_equal(pod_of(world, 0), NEW);
    rig_session(world, "s", "app-0", FILTER("q0", "b"), "");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

/* A broker that fences nobody: an expired Lease is no proof. */
static void without_a_fence_only_a_proof_lets_a_session_begin(void **state)
{
    struct world *world = begin_succession(false);
    (void)state;
    rig_session(world, "s", "app-0", FILTER("q0", "b"), "");
    rig_run(world, 30000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    assert_non_null(strstr(json_text(json_get(rig_status(world, "s"), "waitsFor")), "a worker of another pod"));
    assert_int_equal(json_count(workers(world)), 2);
    world_supervisor_crash(world); /* and it is not forgotten */
    rig_run(world, 10000);
    assert_string_equal(rig_phase(world, "s"), "Pending");
    old_is_gone = true;
    world_mark_all(world);
    rig_wait_session(world, "s", "Ready", 10000);
    assert_int_equal(json_count(workers(world)), 1);
    rig_close(world);
}

/* Its pod dies with the worker right after the start, before anything of it was observed: the next leader finds it all the same.
 * sim_worker_start looks whether it was written down. */
static void C_1_a_pod_is_written_down_before_its_worker_is_started(void **state)
{
    struct world *world = rig_open(1);
    bool planned = false;
    (void)state;
    lead(world, OLD);
    rig_session(world, "s", "app-0", FILTER("q0", "b"), "");
    for (int i = 0; i < 100 && !(rig_split(world, "orders-0-0") && rig_worker_of(world, "orders-0-0")->incarnation);
         i++) {
        world_step(world, 200);
        planned = planned || json_count(workers(world)) == 1;
    }
    assert_true(planned);
    assert_string_equal(pod_of(world, 0), OLD);
    assert_string_equal(json_text(json_get(json_at(workers(world), 0), "state")), "Starting");
    rig_wait_session(world, "s", "Ready", 30000);
    rig_close(world);
}

/* Outside of a pod the guardian and the locks know all workers that there are. */
static void outside_of_pods_there_are_no_former_workers(void **state)
{
    struct world *world = rig_open(1);
    struct former_worker *formers = NULL;
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(1 << 20);
    size_t count = 7;
    (void)state;
    struct sim_client *client = sim_client_start(world, 0, 1, 'a');
    rig_wait_session(world, client->name, "Ready", 30000);
    assert_int_equal(json_count(workers(world)), 1);
    assert_null(json_get(json_at(workers(world), 0), "pod"));
    assert_int_equal(formers_read(json_get(rig_split(world, "orders-0-0"), "status"), "", &arena, &formers, &count),
                     0);
    assert_int_equal(count, 0);
    rig_close(world);
}

static void a_worker_that_its_guardian_reported_is_not_waited_for(void **state)
{
    struct json *status = NULL;
    struct json_error error;
    struct former_worker *formers = NULL;
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(1 << 20);
    size_t count = 0;
    (void)state;
    assert_int_equal(json_parse(STR("{\"workers\":[{\"pod\":\"old_1\",\"state\":\"Gone\",\"incarnation\":1},"
                                    "{\"pod\":\"new_2\",\"state\":\"Live\",\"incarnation\":2},"
                                    "{\"pod\":\"old_1\",\"state\":\"Live\",\"incarnation\":3},{\"incarnation\":4}]}"),
                                &JSON_LIMITS_DOCUMENT, &status, &error),
                     0);
    assert_int_equal(formers_read(status, NEW, &arena, &formers, &count), 0);
    assert_int_equal(count, 1);
    assert_ptr_equal(former_left(formers, count), &formers[0]);
    formers[0].gone = true;
    assert_null(former_left(formers, count));
    json_free(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_former_worker_counts_until_ours_has_fenced_it),
        cmocka_unit_test(without_a_fence_only_a_proof_lets_a_session_begin),
        cmocka_unit_test(C_1_a_pod_is_written_down_before_its_worker_is_started),
        cmocka_unit_test(outside_of_pods_there_are_no_former_workers),
        cmocka_unit_test(a_worker_that_its_guardian_reported_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("former workers", tests, NULL, NULL);
}
