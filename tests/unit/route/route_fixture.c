/* Owns one table, one index and one scratch. */
#include "tests/unit/route/route_fixture.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    assert_int_equal(route_table_new(1, &fixture->table), 0);
    assert_int_equal(route_scratch_new(&fixture->scratch), 0);
}

void fixture_deinit(struct fixture *fixture)
{
    route_table_free(fixture->table);
    route_index_unref(fixture->index);
    route_scratch_free(fixture->scratch);
}

void fixture_session(struct fixture *fixture, enum route_mode mode, ...)
{
    size_t number = route_table_session_count(fixture->table);
    char uid[32];
    const char *filter;
    struct reason why;
    va_list filters;

    snprintf(uid, sizeof uid, "uid-%zu", number);
    assert_int_equal(route_table_add_session(fixture->table, str_of(uid), mode, (uint32_t)(100 + number), &why), 0);
    va_start(filters, mode);
    while ((filter = va_arg(filters, const char *)) != NULL) {
        const char *equals = strchr(filter, '=');
        struct str name = {filter, (size_t)(equals - filter)};
        assert_int_equal(route_table_add_filter(fixture->table, name, str_of(equals + 1), &why), 0);
    }
    va_end(filters);
}

void fixture_build(struct fixture *fixture)
{
    struct route_index *built = NULL;
    struct reason why = {0};
    uint64_t generation = route_table_generation(fixture->table);

    if (route_index_build(fixture->table, fixture->index, &built, &why) != 0)
        fail_msg("%s", why.text);
    route_index_unref(fixture->index);
    fixture->index = built;
    assert_int_equal(route_index_generation(built), generation);
    assert_int_equal(route_scratch_prepare(fixture->scratch, built), 0);
    route_table_free(fixture->table);
    fixture->table = NULL;
    assert_int_equal(route_table_new(generation + 1, &fixture->table), 0);
}

struct route_header fixture_header(const char *name, const char *value)
{
    return (struct route_header){.name = str_of(name), .value = str_of(value)};
}

struct route_decision fixture_decide_at(struct fixture *fixture, int64_t now_ms, const struct route_header *headers,
                                        size_t count)
{
    struct route_decision decision;
    route_decide(fixture->index, fixture->scratch, headers, count, (struct mono){now_ms}, &decision);
    if (decision.stolen)
        assert_int_equal(decision.steal.destination, 100 + decision.steal.session);
    for (size_t i = 0; i < decision.mirror_count; i++)
        assert_int_equal(decision.mirrors[i].destination, 100 + decision.mirrors[i].session);
    return decision;
}

int fixture_taker(struct route_decision decision) { return decision.stolen ? (int)decision.steal.session : -1; }
