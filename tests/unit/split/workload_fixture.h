/* A workload with variables and nothing outside it, for the tests of how declared queues are resolved. */
#pragma once

#include "supervisor/split/resolve.h"

#define VALUE(variable, text)                                  \
    {                                                          \
        .name = (variable), .kind = ENV_VALUE, .value = (text) \
    }

struct fixture {
    struct arena arena;
    struct workload workload;
};

/* cmocka's setup with other containers, which must outlive the fixture. */
int fixture_set_up(void **state, const struct container *containers, size_t count);
int fixture_tear_down(void **state);
