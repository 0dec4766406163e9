/* Random patterns, tables and messages from a seed, chosen so that they meet: few letters, much punctuation of the
 * syntax, line ends, invalid UTF-8, empty and missing values, names that differ in case only. */
#pragma once

#include "worker/route/decide.h"

struct random_case {
    uint64_t state;
};

uint64_t random_next(struct random_case *random);
/* 0 to below. */
uint32_t random_below(struct random_case *random, uint32_t below);

#define RANDOM_PATTERN_BYTES 256
/* A pattern that the regex door accepts. */
struct str random_pattern(struct random_case *random, char text[RANDOM_PATTERN_BYTES]);
/* Bytes for a value. */
#define RANDOM_VALUE_BYTES 128
struct str random_value(struct random_case *random, char text[RANDOM_VALUE_BYTES]);

/* 1 to sessions_max sessions with 0 to 4 filters. */
struct route_table *random_table(struct random_case *random, uint32_t sessions_max);

#define RANDOM_HEADERS_MAX 10
struct random_message {
    size_t count;
    struct route_header headers[RANDOM_HEADERS_MAX];
    char values[RANDOM_HEADERS_MAX][RANDOM_VALUE_BYTES];
};
void random_message(struct random_case *random, struct random_message *ret);
