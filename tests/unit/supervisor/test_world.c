/* The table of effects: outcomes of the store that are as good as done, and those that lead to a new plan;
 * every other effect reaches the room that it is for. */
#include "supervisor/main/world.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/json/json_given.h"

static struct {
    const char *worker;
    const struct target_wanted *wanted;
    unsigned starts, tables, stops, looks;
    int answer;
} seen;

int __wrap_fleet_start(struct fleet *fleet, const char *worker, struct json *spec_take,
                       struct json *credentials_take);
int __wrap_fleet_table(struct fleet *fleet, const char *worker, const struct wanted_table *table);
int __wrap_fleet_stop(struct fleet *fleet, const char *worker);
int __wrap_fleet_observe(struct fleet *fleet, const char *worker, struct arena *arena, struct worker_view *ret);
int __wrap_local_services_set(struct local_services *services, const struct target_wanted *wanted);
void __wrap_local_services_observe(struct local_services *services, const struct resource_key *key,
                                   struct target_observed *ret);

int __wrap_fleet_start(struct fleet *fleet, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    (void)fleet;
    json_free(spec_take);
    json_free(credentials_take);
    seen.worker = worker;
    seen.starts++;
    return seen.answer;
}

int __wrap_fleet_table(struct fleet *fleet, const char *worker, const struct wanted_table *table)
{
    (void)fleet, (void)table;
    seen.worker = worker;
    seen.tables++;
    return seen.answer;
}

int __wrap_fleet_stop(struct fleet *fleet, const char *worker)
{
    (void)fleet;
    seen.worker = worker;
    seen.stops++;
    return seen.answer;
}

int __wrap_fleet_observe(struct fleet *fleet, const char *worker, struct arena *arena, struct worker_view *ret)
{
    (void)fleet, (void)arena;
    seen.worker = worker;
    ret->incarnation = 7;
    return seen.answer;
}

int __wrap_local_services_set(struct local_services *services, const struct target_wanted *wanted)
{
    (void)services;
    seen.wanted = wanted;
    return seen.answer;
}

void __wrap_local_services_observe(struct local_services *services, const struct resource_key *key,
                                   struct target_observed *ret)
{
    (void)services, (void)key;
    seen.looks++;
    *ret = (struct target_observed){.patched_ready = 3};
}

struct stage {
    struct store *store;
    struct effects effects;
};

static int begin(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct reason why;
    memset(&seen, 0, sizeof seen);
    assert_int_equal(store_new(-1, &stage->store, &why), 0);
    stage->effects = (struct effects){.documents = world_of_store(stage->store),
                                      .workers = world_of_fleet(NULL),
                                      .targets = world_of_services(NULL)};
    *state = stage;
    return 0;
}

static int end(void **state)
{
    struct stage *stage = *state;
    store_free(stage->store);
    free(stage);
    return 0;
}

static struct json *split_named(const char *name, const char *version)
{
    char text[512];
    snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"default\","
        "\"name\":\"%s\"%s%s%s},\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"shop\"}},"
        "\"status\":{\"phase\":\"Active\"}}",
        name, *version ? ",\"resourceVersion\":\"" : "", version, *version ? "\"" : "");
    return json_given(text);
}

static const struct resource_key split_1 = {KIND_QUEUE_SPLIT, "default", "split-1"};

static void what_is_there_or_gone_already_is_as_good_as_done(void **state)
{
    const struct stage *stage = *state;
    void *context = stage->effects.documents.context;
    assert_int_equal(stage->effects.documents.create(context, split_named("split-1", "")), 0);
    assert_int_equal(stage->effects.documents.create(context, split_named("split-1", "")), 0);
    assert_non_null(store_get(stage->store, &split_1));
    assert_int_equal(stage->effects.documents.status(context, split_named("split-1", "")), 0);
    assert_string_equal(json_text(json_path(store_get(stage->store, &split_1), "status", "phase", NULL)), "Active");
    assert_int_equal(stage->effects.documents.remove(context, &split_1), 0);
    assert_null(store_get(stage->store, &split_1));
    assert_int_equal(stage->effects.documents.remove(context, &split_1), 0);
    assert_int_equal(stage->effects.documents.update(context, split_named("split-1", "")), 0);
    assert_int_equal(stage->effects.documents.status(context, split_named("split-1", "")), 0);
    assert_null(store_get(stage->store, &split_1));
}

static void a_newer_document_leads_to_a_new_plan_and_a_wrong_one_to_a_surprise(void **state)
{
    const struct stage *stage = *state;
    void *context = stage->effects.documents.context;
    assert_int_equal(stage->effects.documents.create(context, split_named("split-1", "")), 0);
    assert_int_equal(stage->effects.documents.update(context, split_named("split-1", "999999")), -EAGAIN);
    assert_int_equal(stage->effects.documents.status(context, split_named("split-1", "999999")), -EAGAIN);
    assert_int_equal(stage->effects.documents.create(context, json_given("{\"kind\":\"None\"}")), -EINVAL);
}

static void every_other_effect_reaches_its_room_and_its_answer_comes_back(void **state)
{
    const struct stage *stage = *state;
    const struct effects *effects = &stage->effects;
    const struct wanted_table table = {.mode = WORKER_MODE_CHECK};
    const struct target_wanted wanted = {.uid = "u"};
    seen.answer = -ENOSPC;
    assert_int_equal(effects->workers.start(effects->workers.context, "a", json_new_object(), json_new_object()),
                     -ENOSPC);
    assert_string_equal(seen.worker, "a");
    assert_int_equal(effects->workers.table(effects->workers.context, "b", &table), -ENOSPC);
    assert_string_equal(seen.worker, "b");
    assert_int_equal(effects->workers.stop(effects->workers.context, "c"), -ENOSPC);
    assert_string_equal(seen.worker, "c");
    assert_int_equal(effects->targets.set(effects->targets.context, &wanted), -ENOSPC);
    assert_ptr_equal(seen.wanted, &wanted);
    assert_true(seen.starts == 1 && seen.tables == 1 && seen.stops == 1);
}

static void observations_come_from_fleet_and_services(void **state)
{
    const struct stage *stage = *state;
    const struct effects *effects = &stage->effects;
    struct worker_view view = {.incarnation = 0};
    struct target_observed observed;
    struct arena arena = ARENA_INIT(1024);
    assert_int_equal(effects->workers.observe(effects->workers.context, "a", &arena, &view), 0);
    assert_int_equal(view.incarnation, 7);
    effects->targets.observe(effects->targets.context, &split_1, true, &observed);
    assert_int_equal(observed.patched_ready, 3);
}

static void the_target_of_a_worker_stands_in_its_record(void **state)
{
    const struct stage *stage = *state;
    struct resource_key target;
    assert_int_equal(world_target_of(stage->store, TARGETS_LOCAL, "split-1", &target), WORLD_NO_RECORD);
    assert_int_equal(stage->effects.documents.create(stage->effects.documents.context, split_named("split-1", "")),
                     0);
    assert_int_equal(world_target_of(stage->store, TARGETS_LOCAL, "split-1", &target), 0);
    assert_int_equal(target.kind, KIND_LOCAL_SERVICE);
    assert_string_equal(target.name, "shop");
    assert_int_equal(world_target_of(stage->store, TARGETS_LOCAL, "probe-1", &target),
                     WORLD_NO_RECORD); /* it may be anybody's */
    struct json *bare = split_named("split-2", "");
    json_delete(bare, "spec");
    assert_int_equal(stage->effects.documents.create(stage->effects.documents.context, bare), 0);
    assert_int_equal(world_target_of(stage->store, TARGETS_LOCAL, "split-2", &target),
                     WORLD_NO_TARGET); /* but somebody's */
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_there_or_gone_already_is_as_good_as_done),
        WORLD_TEST(a_newer_document_leads_to_a_new_plan_and_a_wrong_one_to_a_surprise),
        WORLD_TEST(every_other_effect_reaches_its_room_and_its_answer_comes_back),
        WORLD_TEST(observations_come_from_fleet_and_services),
        WORLD_TEST(the_target_of_a_worker_stands_in_its_record),
    };
    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
