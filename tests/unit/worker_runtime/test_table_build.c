/* A table arrives whole or not at all (S-10, S-13): what the supervisor's end writes is what the builder makes, and each
 * single thing that is wrong refuses it. */
#include "worker/runtime/table_build.h"

#include "supervisor/worker_link/table_push.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include "worker/route/index.h"

#define MESSAGES_MAX 32

struct run {
    struct ipc_message messages[MESSAGES_MAX];
    size_t count;
};

/* BEGIN, three temps, session a with two filters, session b, two positions, COMMIT. */
static void run_fill(struct run *run, uint64_t generation)
{
    const struct wanted_temp temps[] = {
        {.name = "fallback", .role = WORKER_TEMP_FALLBACK, .want = WORKER_TEMP_WANT_PRESENT},
        {.name = "temp-a",
         .role = WORKER_TEMP_SESSION,
         .want = WORKER_TEMP_WANT_PRESENT,
         .session = "a",
         .group = "g"},
        {.name = "temp-b", .role = WORKER_TEMP_SESSION, .want = WORKER_TEMP_WANT_PRESENT, .session = "b"}};
    const struct wanted_filter filters[] = {{.name = "tenant", .pattern = "^a$"},
                                            {.name = "colour", .pattern = "red"}};
    const struct wanted_session sessions[] = {{.uid = "a",
                                               .temp = "temp-a",
                                               .mode = WORKER_SESSION_STEAL,
                                               .stamp = "key",
                                               .filters = filters,
                                               .filter_count = 2},
                                              {.uid = "b", .temp = "temp-b", .mode = WORKER_SESSION_MIRROR}};
    const struct wanted_position positions[] = {{.partition = 1, .start = 2, .end = 3}, {.partition = 4, .end = 9}};
    const struct wanted_table wanted = {.generation = generation,
                                        .mode = WORKER_MODE_FORWARD,
                                        .original_free = true,
                                        .temps = temps,
                                        .temp_count = 3,
                                        .sessions = sessions,
                                        .session_count = 2,
                                        .positions = positions,
                                        .position_count = 2};
    CLEANUP(wanted_table_freep) struct wanted_table *copy = NULL;
    assert_int_equal(wanted_table_dup(&wanted, &copy), 0);
    assert_true(wanted_table_equal(&wanted, copy));
    struct table_push push;
    run->count = 0;
    for (table_push_start(&push, copy); table_push_message(&push, &run->messages[run->count]); run->count++)
        table_push_advance(&push);
    assert_int_equal(run->count, 1 + 3 + 4 + 2 + 1);
}

/* The result of the last message; every one before it must want more. */
static int feed(struct table_build *build, const struct run *run, const struct worker_table *previous,
                struct worker_table **ret)
{
    struct reason why = {.code = REASON_NONE};
    for (size_t i = 0; i < run->count; i++) {
        int r = table_build_take(build, &run->messages[i], previous, ret, &why);
        if (r == TABLE_BUILD_REFUSAL)
            assert_true(why.code != REASON_NONE && why.text[0]);
        if (r != TABLE_BUILD_MORE)
            return r;
    }
    return TABLE_BUILD_MORE;
}

static void what_was_pushed_is_what_is_built(void **state)
{
    (void)state;
    struct table_build build = {.state = TABLE_BUILD_IDLE};
    struct worker_table *table = NULL;
    struct run run;
    run_fill(&run, 6);
    assert_int_equal(feed(&build, &run, NULL, &table), 0);
    assert_int_equal(table->generation, 6);
    assert_int_equal(table->mode, WORKER_MODE_FORWARD);
    assert_true(table->original_free);
    assert_int_equal(table->temp_count, 3);
    assert_string_equal(table->temps[1].group, "g");
    assert_string_equal(worker_table_fallback(table)->name, "fallback");
    assert_int_equal(table->session_count, 2);
    assert_string_equal(table->sessions[0].uid, "a");
    assert_string_equal(table->sessions[0].stamp, "key");
    assert_int_equal(table->sessions[1].temp, 2);
    assert_int_equal(table->sessions[1].mode, WORKER_SESSION_MIRROR);
    assert_int_equal(table->position_count, 2);
    assert_int_equal(table->positions[0].start, 2);
    assert_int_equal(route_index_session_count(table->routes), 2);
    assert_int_equal(build.state, TABLE_BUILD_IDLE);

    struct worker_table *again = worker_table_ref(table);
    worker_table_unref(table);
    assert_int_equal(again->generation, 6);
    worker_table_unref(again);
    worker_table_unref(NULL);
}

/* Every item is missing once, twice once, and out of its place once. */
static void S_13_a_missing_doubled_or_moved_item_refuses_the_table(void **state)
{
    (void)state;
    struct run good, bad;
    run_fill(&good, 1);
    for (size_t i = 0; i < good.count; i++) {
        struct table_build build = {.state = TABLE_BUILD_IDLE};
        struct worker_table *table = NULL;
        bad = good;
        memmove(&bad.messages[i], &bad.messages[i + 1], (good.count - i - 1) * sizeof *bad.messages);
        bad.count--;
        int expected = i + 1 < good.count ? TABLE_BUILD_REFUSAL : TABLE_BUILD_MORE; /* no COMMIT: not the end */
        assert_int_equal(feed(&build, &bad, NULL, &table), expected);
        assert_null(table);
        table_build_deinit(&build);

        bad = good;
        memmove(&bad.messages[i + 1], &good.messages[i], (good.count - i) * sizeof *bad.messages);
        bad.count++;
        bool harmless = i == 0 || i + 1 == good.count; /* BEGIN begins anew; the second COMMIT comes too late */
        assert_int_equal(feed(&build, &bad, NULL, &table), harmless ? 0 : TABLE_BUILD_REFUSAL);
        worker_table_unref(table);
        table_build_deinit(&build);
    }
}

typedef void spoil_fn(struct run *run);
static void mode_zero(struct run *run) { run->messages[0].table_begin.mode = 0; }
static void mode_six(struct run *run) { run->messages[0].table_begin.mode = 6; }
static void free_two(struct run *run) { run->messages[0].table_begin.original_free = 2; }
static void no_generation(struct run *run) { run->messages[0].table_begin.generation = 0; }
static void temps_over(struct run *run) { run->messages[0].table_begin.temps = TABLE_TEMPS_MAX + 1; }
static void sessions_over(struct run *run) { run->messages[0].table_begin.sessions = TABLE_SESSIONS_MAX + 1; }
static void filters_over(struct run *run) { run->messages[0].table_begin.filters = 2 * 32 + 1; }
static void positions_over(struct run *run) { run->messages[0].table_begin.positions = TABLE_POSITIONS_MAX + 1; }
static void fallback_absent(struct run *run) { run->messages[1].table_temp.want = WORKER_TEMP_WANT_ABSENT; }
static void fallback_owned(struct run *run) { run->messages[1].table_temp.session[0] = 'a'; }
static void fallback_twice(struct run *run)
{
    run->messages[2].table_temp.role = WORKER_TEMP_FALLBACK;
    run->messages[2].table_temp.session[0] = 0;
}
static void temp_nameless(struct run *run) { run->messages[2].table_temp.name[0] = 0; }
static void temp_role(struct run *run) { run->messages[2].table_temp.role = 3; }
static void temp_want(struct run *run) { run->messages[2].table_temp.want = 4; }
static void temp_same(struct run *run) { memcpy(run->messages[3].table_temp.name, "temp-a", 7); }
static void route_into_going(struct run *run) { run->messages[2].table_temp.want = WORKER_TEMP_WANT_EMPTIED; }
static void session_mode(struct run *run) { run->messages[4].table_session.mode = 3; }
static void session_temp(struct run *run) { memcpy(run->messages[4].table_session.temp, "temp-x", 7); }
static void session_others_temp(struct run *run) { memcpy(run->messages[4].table_session.temp, "temp-b", 7); }
static void session_fallback(struct run *run) { memcpy(run->messages[4].table_session.temp, "fallback", 9); }
static void filter_other(struct run *run) { run->messages[5].table_filter.session[0] = 'b'; }
static void filter_broken(struct run *run) { memcpy(run->messages[5].table_filter.pattern, "(", 2); }
static void position_backwards(struct run *run) { run->messages[8].table_position.start = 4; }
static void position_huge(struct run *run) { run->messages[8].table_position.end = UINT64_MAX; }
static void position_order(struct run *run) { run->messages[9].table_position.partition = 1; }
static void commit_other(struct run *run) { run->messages[10].table_commit.generation = 2; }

static void S_10_every_wrong_value_refuses_the_table(void **state)
{
    (void)state;
    spoil_fn *const spoils[] = {
        mode_zero,        mode_six,        free_two,        no_generation,  temps_over,         sessions_over,
        filters_over,     positions_over,  fallback_absent, fallback_owned, fallback_twice,     temp_nameless,
        temp_role,        temp_want,       temp_same,       session_mode,   session_temp,       session_others_temp,
        session_fallback, filter_other,    filter_broken,   position_huge,  position_backwards, position_order,
        commit_other,     route_into_going};
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        struct table_build build = {.state = TABLE_BUILD_IDLE};
        struct worker_table *table = NULL;
        struct run run;
        run_fill(&run, 1);
        spoils[i](&run);
        assert_int_equal(feed(&build, &run, NULL, &table), TABLE_BUILD_REFUSAL);
        assert_null(table);
        assert_int_equal(build.state, TABLE_BUILD_REFUSED);
        run_fill(&run, 1);
        assert_int_equal(feed(&build, &run, NULL, &table), 0); /* the next one is judged by itself */
        worker_table_unref(table);
    }
}

static void C_5_generations_only_grow(void **state)
{
    (void)state;
    struct table_build build = {.state = TABLE_BUILD_IDLE};
    struct worker_table *five = NULL, *next = NULL;
    struct run run;
    run_fill(&run, 5);
    assert_int_equal(feed(&build, &run, NULL, &five), 0);
    assert_int_equal(feed(&build, &run, five, &next), TABLE_BUILD_MORE); /* the same again is skipped */
    assert_int_equal(build.state, TABLE_BUILD_IDLE);
    run_fill(&run, 4);
    assert_int_equal(feed(&build, &run, five, &next), TABLE_BUILD_REFUSAL);
    run_fill(&run, 6);
    assert_int_equal(feed(&build, &run, five, &next), 0);
    worker_table_unref(five);
    worker_table_unref(next);
}

/* A build that fails for want of memory leaves nothing behind, and the next table is judged by itself. */
static int build_once(void *context)
{
    const struct run *run = context;
    struct table_build build = {.state = TABLE_BUILD_IDLE};
    struct worker_table *table = NULL;
    int r = feed(&build, run, NULL, &table);
    if (r == 0)
        assert_int_equal(table->session_count, 2);
    else
        assert_true(!table && build.state == TABLE_BUILD_REFUSED);
    worker_table_unref(table);
    table = NULL;
    if (r == -ENOMEM)
        assert_int_equal(feed(&build, run, NULL, &table), 0);
    worker_table_unref(table);
    table_build_deinit(&build);
    return r;
}

static void every_failed_allocation_refuses_the_table_cleanly(void **state)
{
    (void)state;
    struct run run;
    run_fill(&run, 3);
    assert_in_range(alloc_fail_each(build_once, &run), 30, 1000);
}

static int dup_once(void *context)
{
    CLEANUP(wanted_table_freep) struct wanted_table *copy = NULL;
    int r = wanted_table_dup(context, &copy);
    assert_true((r == 0) == (copy != NULL));
    return r;
}

static void every_failed_allocation_of_a_copy_is_told(void **state)
{
    (void)state;
    const struct wanted_filter filter = {.name = "n", .pattern = "p"};
    const struct wanted_temp temp = {.name = "t", .session = "u", .group = "g"};
    const struct wanted_session session = {.uid = "u", .temp = "t", .filters = &filter, .filter_count = 1};
    const struct wanted_position position = {.partition = 1};
    struct wanted_table table = {.generation = 1,
                                 .temps = &temp,
                                 .temp_count = 1,
                                 .sessions = &session,
                                 .session_count = 1,
                                 .positions = &position,
                                 .position_count = 1};
    assert_in_range(alloc_fail_each(dup_once, &table), 1, 100);
}

static void equality_sees_every_part_but_the_generation(void **state)
{
    (void)state;
    struct wanted_temp temp = {.name = "t", .role = WORKER_TEMP_SESSION, .want = WORKER_TEMP_WANT_PRESENT};
    struct wanted_filter filter = {.name = "n", .pattern = "p"};
    struct wanted_session session = {.uid = "u", .temp = "t", .filters = &filter, .filter_count = 1};
    struct wanted_position position = {.partition = 1};
    struct wanted_table table = {.generation = 1,
                                 .temps = &temp,
                                 .temp_count = 1,
                                 .sessions = &session,
                                 .session_count = 1,
                                 .positions = &position,
                                 .position_count = 1};
    CLEANUP(wanted_table_freep) struct wanted_table *copy = NULL;
    assert_int_equal(wanted_table_dup(&table, &copy), 0);
    table.generation = 2;
    assert_true(wanted_table_equal(&table, copy));
#define DIFFERS(place, value)                           \
    do {                                                \
        __typeof__(place) kept = place;                 \
        place = value;                                  \
        assert_false(wanted_table_equal(&table, copy)); \
        place = kept;                                   \
        assert_true(wanted_table_equal(&table, copy));  \
    } while (0)
    DIFFERS(table.mode, WORKER_MODE_HOLD);
    DIFFERS(table.original_free, true);
    DIFFERS(table.temp_count, 0);
    DIFFERS(table.session_count, 0);
    DIFFERS(table.position_count, 0);
    DIFFERS(temp.name, "x");
    DIFFERS(temp.want, WORKER_TEMP_WANT_ABSENT);
    DIFFERS(temp.role, WORKER_TEMP_FALLBACK);
    DIFFERS(temp.session, "x");
    DIFFERS(temp.group, "x");
    DIFFERS(filter.name, "x");
    DIFFERS(filter.pattern, "x");
    DIFFERS(session.uid, "x");
    DIFFERS(session.temp, "x");
    DIFFERS(session.mode, WORKER_SESSION_MIRROR);
    DIFFERS(session.stamp, "x");
    DIFFERS(session.filter_count, 0);
    DIFFERS(position.partition, 2);
    DIFFERS(position.start, 2);
    DIFFERS(position.end, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_pushed_is_what_is_built),
        cmocka_unit_test(S_13_a_missing_doubled_or_moved_item_refuses_the_table),
        cmocka_unit_test(S_10_every_wrong_value_refuses_the_table),
        cmocka_unit_test(C_5_generations_only_grow),
        cmocka_unit_test(every_failed_allocation_refuses_the_table_cleanly),
        cmocka_unit_test(every_failed_allocation_of_a_copy_is_told),
        cmocka_unit_test(equality_sees_every_part_but_the_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
