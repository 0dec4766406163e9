/* Which targets are looked at, and when: nothing before the run or after the stop, failures rest alone, changes wake. */
#include "supervisor/main/controller.h"
#include "supervisor/target/target.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#define WAIT_MS 10000

static struct {
    struct loop *loop;
    struct loop_timer *clock;
    struct store *store;
    struct arena arena;
    struct settings settings;
    struct controller *controller;
    bool writing;        /* statuses go to the store */
    unsigned sets[2];    /* by service: a, b */
    unsigned failing[2]; /* so many sets fail still */
    struct mono last[2]; /* set */
    int64_t gap_ms[2];   /* before the last one */
    int64_t slept_ms;    /* of the machine */
    bool closed, busy;   /* what the gate says */
    unsigned asked;
} t;

struct mono __real_mono_now(void);
struct mono __wrap_mono_now(void);
struct mono __wrap_mono_now(void) { return mono_after(__real_mono_now(), t.slept_ms); }

static char *get_none(const char *name)
{
    (void)name;
    return NULL;
}

static int document_taken(void *context, struct json *document_take)
{
    (void)context;
    json_freep(&document_take);
    return 0;
}

static int document_status(void *context, struct json *document_take)
{
    return t.writing ? store_update_status(t.store, document_take) : document_taken(context, document_take);
}

static int document_delete(void *context, const struct resource_key *key)
{
    (void)context, (void)key;
    return 0;
}

static int worker_start(void *context, const char *worker, struct json *spec_take, struct json *credentials_take)
{
    (void)context, (void)worker;
    json_freep(&spec_take);
    json_freep(&credentials_take);
    return 0;
}

static int worker_table(void *context, const char *worker, const struct wanted_table *table)
{
    (void)context, (void)worker, (void)table;
    return 0;
}

static int worker_stop(void *context, const char *worker)
{
    (void)context, (void)worker;
    return 0;
}

static int target_set(void *context, const struct target_wanted *wanted)
{
    (void)context;
    size_t index = (size_t)(wanted->key.name[0] - 'a');
    struct mono now = mono_now();
    t.gap_ms[index] = now.ms - t.last[index].ms;
    t.last[index] = now;
    t.sets[index]++;
    if (t.failing[index] == 0)
        return 0;
    t.failing[index]--;
    return -EIO;
}

static int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    (void)context, (void)worker, (void)arena, (void)ret;
    return 0;
}

static void observe_target(void *context, const struct resource_key *key, bool concerned, struct target_observed *ret)
{
    (void)context, (void)key, (void)concerned;
    *ret = (struct target_observed){.exists = true};
}

static const struct effects effects = {
    .documents = {NULL, document_taken, document_taken, document_status, document_delete},
    .workers = {NULL, worker_start, worker_table, worker_stop, observe_worker},
    .targets = {NULL, target_set, observe_target}};

static bool may_look(void *context, const struct resource_key *target)
{
    (void)context, (void)target;
    t.asked++;
    return !t.closed;
}

static bool is_writing(void *context, const struct resource_key *target)
{
    (void)context, (void)target;
    return t.busy;
}

static void on_clock(void *context) { (void)context; }

static int begin(void **state)
{
    struct reason why;
    (void)state;
    memset(&t, 0, sizeof t);
    t.arena = ARENA_INIT(1 << 18);
    assert_int_equal(settings_read(get_none, &t.arena, &t.settings, &why), 0);
    assert_int_equal(loop_new(&t.loop), 0);
    assert_int_equal(loop_timer_new(t.loop, on_clock, NULL, &t.clock), 0);
    loop_timer_repeat(t.clock, 10);
    assert_int_equal(store_new(-1, &t.store, &why), 0);
    const struct controller_config config = {.loop = t.loop,
                                             .source = {.home = TARGETS_LOCAL,
                                                        .store = t.store,
                                                        .settings = &t.settings,
                                                        .operator_namespace = "mirrord",
                                                        .effects = &effects},
                                             .gate = {.may_look = may_look, .is_writing = is_writing}};
    return controller_new(&config, &t.controller);
}

static int end(void **state)
{
    (void)state;
    controller_free(t.controller);
    store_free(t.store);
    loop_timer_free(t.clock);
    loop_free(t.loop);
    arena_deinit(&t.arena);
    return 0;
}

/* names: one letter for each service; value: of a variable of all. */
static void put_services(const char *names, const char *value)
{
    struct json *documents[2] = {NULL};
    size_t count = 0;
    for (; names[count]; count++) {
        char text[512];
        struct json_error error;
        snprintf(text, sizeof text,
                 "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"namespace\":"
                 "\"default\",\"name\":\"%c\"},\"spec\":{\"containers\":[{\"name\":\"app\",\"envFile\":\"/e-%c\","
                 "\"env\":[{\"name\":\"A\",\"value\":\"%s\"}]}],\"restart\":[\"true\"]}}",
                 names[count], names[count], value);
        assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &documents[count], &error), 0);
    }
    assert_int_equal(store_replace_inputs(t.store, documents, count), 0);
}

static void turn_until(const unsigned *counter, unsigned count)
{
    struct mono deadline = mono_after(mono_now(), WAIT_MS);
    while (*counter < count) {
        assert_false(mono_reached(mono_now(), deadline));
        assert_int_equal(loop_turn(t.loop), 0);
    }
}

static void turn_for(int64_t time_ms)
{
    struct mono deadline = mono_after(mono_now(), time_ms);
    while (!mono_reached(mono_now(), deadline))
        assert_int_equal(loop_turn(t.loop), 0);
}

static void nothing_is_looked_at_before_the_run_or_after_the_stop(void **state)
{
    (void)state;
    put_services("ab", "1");
    turn_for(50);
    assert_int_equal(t.sets[0] + t.sets[1], 0);
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    assert_int_equal(t.sets[0], 1);
    controller_stop(t.controller);
    put_services("ab", "2");
    turn_for(50);
    assert_int_equal(t.sets[0] + t.sets[1], 2);
}

/* The verdict about a resource is no change of it. */
static void what_is_said_about_an_input_wakes_nobody(void **state)
{
    (void)state;
    t.writing = true;
    put_services("ab", "1");
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    turn_for(50);
    assert_int_equal(t.sets[0], 1);
    assert_int_equal(t.sets[1], 1);
}

static void a_change_of_an_input_has_every_target_looked_at(void **state)
{
    (void)state;
    put_services("ab", "1");
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    put_services("ab", "2");
    turn_until(&t.sets[0], 2);
    turn_until(&t.sets[1], 2);
}

/* C-11: what was kept because a manifest could not be read goes on when it can, though no document changes. */
static void what_is_not_known_any_more_or_again_has_every_target_looked_at(void **state)
{
    struct reason doubt = {.code = REASON_NONE};
    (void)state;
    put_services("ab", "1");
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    store_doubt_inputs(t.store, &doubt);
    turn_until(&t.sets[0], 2);
    turn_until(&t.sets[1], 2);
    reason_set(&doubt, REASON_MANIFEST_UNREADABLE, 0, "one");
    store_doubt_inputs(t.store, &doubt);
    turn_until(&t.sets[0], 3);
}

static void a_target_that_fails_rests_and_starves_nobody(void **state)
{
    (void)state;
    t.failing[0] = 3;
    put_services("ab", "1");
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    assert_int_equal(t.sets[0], 1);
    put_services("ab", "2"); /* does not shorten the rest, and the other is not kept by it */
    turn_until(&t.sets[1], 2);
    assert_int_equal(t.sets[0], 1);
    turn_until(&t.sets[0], 2);
    assert_true(t.gap_ms[0] >= 150); /* 200 ms less a quarter */
    turn_until(&t.sets[0], 3);
    assert_true(t.gap_ms[0] >= 300);
    turn_until(&t.sets[0], 4); /* the one that is done */
    put_services("ab", "3");
    turn_until(&t.sets[0], 5); /* at once again */
}

static void a_target_that_is_gone_is_forgotten_and_may_come_back(void **state)
{
    (void)state;
    put_services("ab", "1");
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    put_services("b", "1");
    turn_for(50);
    unsigned before = t.sets[0];
    controller_mark_all(t.controller);
    turn_for(50);
    assert_int_equal(t.sets[0], before);
    put_services("ab", "1");
    turn_until(&t.sets[0], before + 1);
}

static void a_closed_gate_is_not_run_against(void **state)
{
    (void)state;
    t.closed = true;
    put_services("a", "1");
    controller_run(t.controller);
    turn_for(100);
    assert_int_equal(t.sets[0], 0);
    assert_true(t.asked > 0 && t.asked < 20); /* it waits; it does not ask with every turn */
    t.closed = false;
    controller_mark_all(t.controller);
    turn_until(&t.sets[0], 1);
}

static void case_29_writes_on_their_way_are_waited_for(void **state)
{
    static const struct resource_key a = {KIND_LOCAL_SERVICE, "default", "a"};
    (void)state;
    put_services("a", "1");
    controller_run(t.controller);
    turn_until(&t.sets[0], 1);
    t.busy = true;
    controller_mark(t.controller, &a);
    turn_for(50);
    assert_int_equal(t.sets[0], 1);
    t.busy = false;
    controller_wrote(t.controller, &a, true);
    turn_until(&t.sets[0], 2);
    t.busy = true;
    controller_mark(t.controller, &a);
    turn_for(20);
    t.busy = false;
    controller_wrote(t.controller, &a, false); /* the plan is made again, but not at once */
    turn_until(&t.sets[0], 3);
    assert_true(t.gap_ms[0] >= 100);
}

static void put_ready_session(void)
{
    struct json *document = NULL;
    struct json_error error;
    assert_int_equal(json_parse(STR("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":"
                                    "{\"namespace\":\"default\",\"name\":\"s\"},\"spec\":{\"target\":{\"kind\":"
                                    "\"LocalService\",\"name\":\"a\"},\"owner\":{\"username\":\"u\"},\"queues\":"
                                    "[{\"id\":\"q\",\"type\":\"Kafka\",\"messageFilter\":{\"a\":\"b\"}}]},"
                                    "\"status\":{\"phase\":\"Ready\"}}"),
                                &JSON_LIMITS_DOCUMENT, &document, &error),
                     0);
    struct json *status CLEANUP(json_freep) = NULL;
    assert_int_equal(json_dup(document, &status), 0);
    assert_int_equal(store_create(t.store, document), 0);
    assert_int_equal(store_update_status(t.store, TAKE(status)), 0);
}

static const char *session_phase(void)
{
    const struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default", .name = "s"};
    return json_text(json_path(store_get(t.store, &key), "status", "phase", NULL));
}

/* Its client could renew it as little as we could see it: 30 seconds without a renewal are counted awake. */
static void a_machine_that_slept_ends_no_session(void **state)
{
    (void)state;
    t.writing = true;
    put_services("ab", "1");
    put_ready_session();
    controller_run(t.controller);
    turn_until(&t.sets[1], 1);
    t.slept_ms = 3600000;
    put_services("ab", "2"); /* the first that happens awake */
    turn_until(&t.sets[1], 2);
    assert_string_equal(session_phase(), "Ready");
    controller_mark_all(t.controller);
    turn_until(&t.sets[0], 3);
    assert_string_equal(session_phase(), "Ready");
    for (int i = 0; i < 8; i++) { /* looks that are nearer to each other than what counts as a sleep */
        t.slept_ms += 4000;
        controller_mark_all(t.controller);
        turn_until(&t.sets[0], t.sets[0] + 1);
    }
    assert_string_equal(session_phase(), "Ended"); /* awake it counts */
}

#define CONTROLLER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static void put_configs(const char *const *specs, const char *const *names, size_t count)
{
    struct json *documents[4] = {NULL};
    for (size_t i = 0; i < count; i++) {
        char text[512];
        struct json_error error;
        snprintf(text, sizeof text,
                 "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaClientConfig\","
                 "\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\"},\"spec\":{%s}}",
                 strcmp(names[i], "elsewhere") == 0 ? "default" : "mirrord", names[i], specs[i]);
        assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &documents[i], &error), 0);
    }
    assert_int_equal(store_replace_inputs(t.store, documents, count), 0);
}

static const struct json *accepted(const char *name)
{
    struct resource_key key = {.kind = KIND_KAFKA_CLIENT_CONFIG, .namespace = "mirrord"};
    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    if (strcmp(name, "elsewhere") == 0)
        memcpy(key.namespace, "default", sizeof "default");
    return json_at(json_path(store_get(t.store, &key), "status", "conditions", NULL), 0);
}

/* They belong to no target: each says by itself whether it can be used. */
static void every_client_config_says_whether_it_is_accepted(void **state)
{
    static const char *const names[] = {"base", "child", "wrong", "elsewhere"};
    static const char *const specs[] = {"\"properties\":[{\"name\":\"linger.ms\",\"value\":\"5\"}]",
                                        "\"parent\":\"base\",\"colour\":\"red\"", "\"parent\":\"nobody\"",
                                        "\"properties\":[]"};
    static const char *const reasons[] = {"PropertyIgnored", "FieldUnknown", "ClientConfigNotFound",
                                          "ClientConfigNotFound"};
    static const char *const says[] = {"linger.ms", "spec.colour", "nobody", "namespace mirrord alone"};
    static const bool good[] = {true, true, false, false};
    (void)state;
    t.writing = true;
    put_configs(specs, names, 4);
    controller_run(t.controller);
    turn_for(50);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(json_text(json_get(accepted(names[i]), "type")), "Accepted");
        assert_string_equal(json_text(json_get(accepted(names[i]), "status")), good[i] ? "True" : "False");
        assert_string_equal(json_text(json_get(accepted(names[i]), "reason")), reasons[i]);
        assert_non_null(strstr(json_text(json_get(accepted(names[i]), "message")), says[i]));
    }
    uint64_t version = store_version(t.store);
    turn_for(100);
    assert_int_equal(store_version(t.store), version); /* said once */
    put_configs(specs, names, 2);
    turn_for(50);
    assert_string_equal(json_text(json_get(accepted("child"), "reason")), "FieldUnknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROLLER_TEST(nothing_is_looked_at_before_the_run_or_after_the_stop),
        CONTROLLER_TEST(what_is_said_about_an_input_wakes_nobody),
        CONTROLLER_TEST(a_change_of_an_input_has_every_target_looked_at),
        CONTROLLER_TEST(what_is_not_known_any_more_or_again_has_every_target_looked_at),
        CONTROLLER_TEST(a_target_that_fails_rests_and_starves_nobody),
        CONTROLLER_TEST(a_closed_gate_is_not_run_against),
        CONTROLLER_TEST(case_29_writes_on_their_way_are_waited_for),
        CONTROLLER_TEST(every_client_config_says_whether_it_is_accepted),
        CONTROLLER_TEST(a_machine_that_slept_ends_no_session),
        CONTROLLER_TEST(a_target_that_is_gone_is_forgotten_and_may_come_back),
    };
    return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
