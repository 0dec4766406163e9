/* Which targets are looked at, and when: nothing before the run or after the stop, failures rest alone, changes wake. */
#include "tests/unit/supervisor/controller_fixture.h"

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
        CONTROLLER_TEST(every_client_config_says_whether_it_is_accepted),
        CONTROLLER_TEST(a_machine_that_slept_ends_no_session),
        CONTROLLER_TEST(a_target_that_is_gone_is_forgotten_and_may_come_back),
    };
    return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
