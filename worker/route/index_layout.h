#pragma once
#include "common/regex/regex.h"
#include "worker/route/decide.h"
#include <stdatomic.h>
struct route_index {
    atomic_uint refs;
    uint64_t generation;
    size_t session_count;
    struct route_session *sessions;
    size_t filter_count;
    struct route_filter *filters;
    struct regex **regexes;
    struct route_copy *x;
    char *text;
};
struct route_scratch {
    struct regex_scratch *regex;
    struct route_copy *mirrors;
};
