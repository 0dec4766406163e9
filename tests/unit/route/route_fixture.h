/* Short ways to write tables and messages down in tests. Everything asserts. */
#pragma once

#include "worker/route/decide.h"

struct fixture {
    struct route_table *table;
    struct route_index *index;
    struct route_scratch *scratch;
};

void fixture_init(struct fixture *fixture);
void fixture_deinit(struct fixture *fixture);
/* Adds a session with filters "name=pattern", up to NULL. Its destination is 100 plus its number. */
void fixture_session(struct fixture *fixture, enum route_mode mode, ...) __attribute__((sentinel));
/* Builds an index of the table, over the one before, and starts a new, empty table. */
void fixture_build(struct fixture *fixture);

struct route_header fixture_header(const char *name, const char *value);
#define HEADER(name, value) fixture_header(name, value)
#define NULL_HEADER(text) ((struct route_header){.name = STR(text), .null = true})

struct route_decision fixture_decide_at(struct fixture *fixture, int64_t now_ms, const struct route_header *headers,
                                        size_t count);
#define DECIDE_AT(fixture, now_ms, ...)                                            \
    fixture_decide_at(fixture, now_ms, (const struct route_header[]){__VA_ARGS__}, \
                      sizeof((const struct route_header[]){__VA_ARGS__}) / sizeof(struct route_header))
#define DECIDE(fixture, ...) DECIDE_AT(fixture, 1, __VA_ARGS__)
/* The number of the session that takes it, or -1. */
#define TAKER(fixture, ...) fixture_taker(DECIDE(fixture, __VA_ARGS__))
int fixture_taker(struct route_decision decision);
