#include "tests/unit/split/workload_fixture.h"
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>

static const struct json *no_document(void *context, const struct resource_key *key)
{
    (void)context;
    (void)key;
    return NULL;
}

int fixture_set_up(void **state, const struct container *containers, size_t count)
{
    const struct environment_source source = {.namespace = "default", .lookup = no_document};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct reason why;
    assert_non_null(fixture);
    fixture->arena = ARENA_INIT(8u << 20);
    assert_int_equal(workload_resolve(containers, count, &source, &fixture->arena, &fixture->workload, &why), 0);
    *state = fixture;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_deinit(&fixture->arena);
    free(fixture);
    return 0;
}
