/* A controller over a store in memory, with a world that counts what it is told. Included by one test program at a time. */
#pragma once

#include "supervisor/main/controller.h"
#include "supervisor/target/target.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#define WAIT_MS 10000

static struct controller_stage {
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

static inline char *get_none(const char *name)
{
    (void)name;
    return NULL;
}

static inline int document_taken(void *context, struct json *document_take)
{
    (void)context;
    json_freep(&document_take);
    return 0;
}

static inline int document_status(void *context, struct json *document_take)
{
    return t.writing ? store_update_status(t.store, document_take) : document_taken(context, document_take);
}

static inline int document_delete(void *context, const struct resource_key *key)
{
    (void)context, (void)key;
    return 0;
}

static inline int worker_start(void *context, const char *worker, struct json *spec_take,
                               struct json *credentials_take)
{
    (void)context, (void)worker;
    json_freep(&spec_take);
    json_freep(&credentials_take);
    return 0;
}

static inline int worker_table(void *context, const char *worker, const struct wanted_table *table)
{
    (void)context, (void)worker, (void)table;
    return 0;
}

static inline int worker_stop(void *context, const char *worker)
{
    (void)context, (void)worker;
    return 0;
}

static inline int target_set(void *context, const struct target_wanted *wanted)
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

static inline int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    (void)context, (void)worker, (void)arena, (void)ret;
    return 0;
}

static inline void observe_target(void *context, const struct resource_key *key, bool concerned,
                                  struct target_observed *ret)
{
    (void)context, (void)key, (void)concerned;
    *ret = (struct target_observed){.exists = true};
}

static const struct effects effects = {
    .documents = {NULL, document_taken, document_taken, document_status, document_delete},
    .workers = {NULL, worker_start, worker_table, worker_stop, observe_worker},
    .targets = {NULL, target_set, observe_target}};

static inline bool may_look(void *context, const struct resource_key *target)
{
    (void)context, (void)target;
    t.asked++;
    return !t.closed;
}

static inline bool is_writing(void *context, const struct resource_key *target)
{
    (void)context, (void)target;
    return t.busy;
}

static inline void on_clock(void *context) { (void)context; }

static inline int begin(void **state)
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
    store_group_by(t.store, target_of_local_document);
    const struct controller_config config = {.loop = t.loop,
                                             .source = {.home = TARGETS_LOCAL,
                                                        .store = t.store,
                                                        .settings = &t.settings,
                                                        .operator_namespace = "mirrord",
                                                        .effects = &effects},
                                             .gate = {.may_look = may_look, .is_writing = is_writing}};
    return controller_new(&config, &t.controller);
}

static inline int end(void **state)
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
static inline void put_services(const char *names, const char *value)
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

static inline void turn_until(const unsigned *counter, unsigned count)
{
    struct mono deadline = mono_after(mono_now(), WAIT_MS);
    while (*counter < count) {
        assert_false(mono_reached(mono_now(), deadline));
        assert_int_equal(loop_turn(t.loop), 0);
    }
}

static inline void turn_for(int64_t time_ms)
{
    struct mono deadline = mono_after(mono_now(), time_ms);
    while (!mono_reached(mono_now(), deadline))
        assert_int_equal(loop_turn(t.loop), 0);
}

#define CONTROLLER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
