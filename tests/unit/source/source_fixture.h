/* A folder of manifests, a store, and a loop for every test. */
#pragma once

#include "supervisor/source/folder.h"
#include "tests/unit/base/scratch.h"
#include "tests/unit/loop/loop_fixture.h"

struct source_fixture {
    struct scratch *scratch;
    struct loop *loop;
    struct store *store;
    struct folder_source *source; /* of the test */
};

static inline int source_setup(void **state)
{
    struct source_fixture *fixture = calloc(1, sizeof *fixture);
    void *scratch = NULL;
    struct reason why;

    assert_int_equal(scratch_setup(&scratch), 0);
    fixture->scratch = scratch;
    assert_int_equal(loop_new(&fixture->loop), 0);
    assert_int_equal(store_new(-1, &fixture->store, &why), 0);
    *state = fixture;
    return 0;
}

static inline int source_teardown(void **state)
{
    struct source_fixture *fixture = *state;
    void *scratch = fixture->scratch;

    folder_source_free(fixture->source);
    store_free(fixture->store);
    loop_free(fixture->loop);
    free(fixture);
    return scratch_teardown(&scratch);
}

#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, source_setup, source_teardown)

static inline void source_open(struct source_fixture *fixture)
{
    struct reason why;

    if (folder_source_new(fixture->loop, fixture->scratch->path, fixture->store, &fixture->source, &why) != 0)
        fail_msg("%s", why.text);
}

static inline void source_put(struct source_fixture *fixture, const char *file, const char *text)
{
    scratch_put(fixture->scratch, file, str_of(text));
}

#define CONFIG_MAP(name, value) \
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name "}, data: {k: '" value "'}}\n"

/* Value of the key k of a ConfigMap, "" when there is none. */
static inline const char *source_value(const struct source_fixture *fixture, const char *name)
{
    struct resource_key key = {.kind = KIND_CONFIG_MAP, .namespace = "default"};

    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return json_text(json_path(store_get(fixture->store, &key), "data", "k", NULL));
}

/* Turns the loop until a ConfigMap has this value; "" waits for its end. */
static inline void source_until(struct source_fixture *fixture, const char *name, const char *value)
{
    CLEANUP(loop_timer_freep) struct loop_timer *late = NULL;

    assert_int_equal(loop_timer_new(fixture->loop, loop_fixture_late, NULL, &late), 0);
    loop_timer_start(late, LOOP_TEST_DEADLINE_MS);
    while (strcmp(source_value(fixture, name), value) != 0)
        assert_int_equal(loop_turn(fixture->loop), 0);
}

/* The problem whose text holds part, NULL when there is none. */
static inline const struct source_problem *source_find(const struct source_fixture *fixture, const char *part)
{
    const struct source_problems *problems = folder_source_problems(fixture->source);

    for (size_t i = 0; i < problems->count; i++)
        if (strstr(problems->items[i].why.text, part))
            return &problems->items[i];
    return NULL;
}

/* The line of a problem that must be there; 0, and a failed test, when it is not. */
static inline unsigned source_line(const struct source_fixture *fixture, const char *part)
{
    const struct source_problem *problem = source_find(fixture, part);

    assert_non_null(problem);
    return problem ? problem->line : 0;
}

/* Turns the loop until there is such a problem, or, part NULL, none at all. */
static inline void source_until_problem(struct source_fixture *fixture, const char *part)
{
    CLEANUP(loop_timer_freep) struct loop_timer *late = NULL;

    assert_int_equal(loop_timer_new(fixture->loop, loop_fixture_late, NULL, &late), 0);
    loop_timer_start(late, LOOP_TEST_DEADLINE_MS);
    while (part ? !source_find(fixture, part) : folder_source_problems(fixture->source)->count > 0)
        assert_int_equal(loop_turn(fixture->loop), 0);
}

static inline void assert_problem(const struct source_fixture *fixture, const char *part, const char *file,
                                  unsigned line, bool warning, enum reason_code code)
{
    const struct source_problem *problem = source_find(fixture, part);

    if (!problem) {
        fail_msg("no problem with '%s'", part);
        return;
    }
    assert_string_equal(problem->file, file);
    assert_int_equal(problem->line, line);
    assert_int_equal(problem->warning, warning);
    assert_int_equal(problem->why.code, code);
}
