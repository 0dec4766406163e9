/* Tables: taken whole or not at all, large ones too. */
#include "tests/component/worker_runtime/stage.h"
#include <stdio.h>

static void welcome(struct stage *stage, struct raw *raw)
{
    raw_bind(stage, raw);
    stage_worker_start(stage, 1, "{}");
    raw_wait(stage, raw, IPC_HELLO, 1);
    raw_send(stage, raw, &(struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL}});
}

static void begin(struct stage *stage, struct raw *raw, uint64_t generation, uint32_t temps)
{
    raw_send(stage, raw,
             &(struct ipc_message){
                 .type = IPC_TABLE_BEGIN,
                 .table_begin = {.generation = generation, .mode = WORKER_MODE_FORWARD, .temps = temps}});
}

static void fallback(struct stage *stage, struct raw *raw)
{
    raw_send(
        stage, raw,
        &(struct ipc_message){
            .type = IPC_TABLE_TEMP,
            .table_temp = {.name = "temp-fallback", .role = WORKER_TEMP_FALLBACK, .want = WORKER_TEMP_WANT_PRESENT}});
}

static void commit(struct stage *stage, struct raw *raw, uint64_t generation)
{
    raw_send(stage, raw, &(struct ipc_message){.type = IPC_TABLE_COMMIT, .table_commit = {.generation = generation}});
}

static void whole(struct stage *stage, struct raw *raw, uint64_t generation)
{
    begin(stage, raw, generation, 1);
    fallback(stage, raw);
    commit(stage, raw, generation);
}

static void S_13_a_truncated_table_is_refused_whole_and_the_old_one_stays(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    welcome(stage, &raw);
    whole(stage, &raw, 1);
    raw_wait(stage, &raw, IPC_APPLIED, 1);

    begin(stage, &raw, 2, 2);
    fallback(stage, &raw);
    commit(stage, &raw, 2); /* one of two temps */
    raw_wait(stage, &raw, IPC_CONDITION, 1);
    const struct ipc_condition *condition = &raw.last[IPC_CONDITION].condition;
    assert_string_equal(condition->reason, "MessageInvalid");
    assert_int_equal(condition->active, 1);
    assert_int_equal(raw.last[IPC_APPLIED].applied.generation, 1);

    whole(stage, &raw, 3);
    raw_wait(stage, &raw, IPC_APPLIED, 2);
    assert_int_equal(raw.last[IPC_APPLIED].applied.generation, 3);
    raw_wait(stage, &raw, IPC_CONDITION, 2);
    assert_int_equal(condition->active, 0);
}

static void a_table_begun_anew_replaces_the_unfinished_one(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    welcome(stage, &raw);
    begin(stage, &raw, 1, 5);
    fallback(stage, &raw);
    whole(stage, &raw, 2);
    raw_wait(stage, &raw, IPC_APPLIED, 1);
    assert_int_equal(raw.last[IPC_APPLIED].applied.generation, 2);
    assert_int_equal(raw.seen[IPC_CONDITION], 0);
}

static void the_generation_in_force_is_not_given_to_the_engine_again(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    welcome(stage, &raw);
    whole(stage, &raw, 4);
    raw_wait(stage, &raw, IPC_APPLIED, 1);
    whole(stage, &raw, 4);
    whole(stage, &raw, 3); /* an older one is refused */
    raw_wait(stage, &raw, IPC_CONDITION, 1);
    whole(stage, &raw, 5);
    raw_wait(stage, &raw, IPC_APPLIED, 2);
    unsigned figures = raw.seen[IPC_FIGURES];
    raw_wait(stage, &raw, IPC_FIGURES, figures + 2);
    assert_int_equal(raw.last[IPC_FIGURES].figures.values[offsetof(struct figures, transactions) / sizeof(uint64_t)],
                     2);
}

static bool all_applied(void *peer) { return worker_peer_observed(peer)->applied == 1; }

#define SESSIONS TABLE_SESSIONS_MAX
#define NAME_SIZE 32

struct large {
    char names[SESSIONS][NAME_SIZE];
    char uids[SESSIONS][NAME_SIZE];
    struct wanted_temp temps[SESSIONS + 1];
    struct wanted_session sessions[SESSIONS];
    struct wanted_filter filter;
};

static void large_fill(struct large *large)
{
    large->filter = (struct wanted_filter){.name = "tenant", .pattern = "^a$"};
    large->temps[SESSIONS] =
        (struct wanted_temp){.name = "temp-fallback", .role = WORKER_TEMP_FALLBACK, .want = WORKER_TEMP_WANT_PRESENT};
    for (int i = 0; i < SESSIONS; i++) {
        snprintf(large->names[i], NAME_SIZE, "temp-%d", i);
        snprintf(large->uids[i], NAME_SIZE, "uid-%d", i);
        large->temps[i] = (struct wanted_temp){.name = large->names[i],
                                               .role = WORKER_TEMP_SESSION,
                                               .want = WORKER_TEMP_WANT_PRESENT,
                                               .session = large->uids[i]};
        large->sessions[i] = (struct wanted_session){.uid = large->uids[i],
                                                     .temp = large->names[i],
                                                     .mode = WORKER_SESSION_STEAL,
                                                     .filters = &large->filter,
                                                     .filter_count = 1};
    }
}

/* Many times CHANNEL_QUEUE_MAX in both directions: what does not fit waits and is continued. */
static void S_10_a_table_longer_than_the_queue_arrives_whole(void **state)
{
    struct stage *stage = *state;
    struct large *large = calloc(1, sizeof *large);
    assert_non_null(large);
    large_fill(large);
    const struct wanted_table table = {.generation = 1,
                                       .mode = WORKER_MODE_FORWARD,
                                       .temps = large->temps,
                                       .temp_count = SESSIONS + 1,
                                       .sessions = large->sessions,
                                       .session_count = SESSIONS};
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    assert_int_equal(worker_link_push(peer, &table), 0);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, all_applied, peer);
    for (int i = 0; i < SESSIONS; i++)
        assert_non_null(worker_observed_temp(worker_peer_observed(peer), large->names[i]));
    free(large);
}

static void S_10_a_table_over_its_limits_is_not_pushed(void **state)
{
    struct stage *stage = *state;
    struct stage_table wanted;
    char name[251];
    memset(name, 'n', 250);
    name[250] = 0;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_table_fill(&wanted, 1);
    wanted.temps[1].name = name;
    assert_int_equal(worker_link_push(peer, &wanted.table), -E2BIG);
    stage_table_fill(&wanted, 1);
    wanted.session.filter_count = TABLE_FILTERS_PER_SESSION_MAX + 1;
    assert_int_equal(worker_link_push(peer, &wanted.table), -E2BIG);
    assert_null(worker_peer_wanted(peer));
}

#define TABLE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(S_13_a_truncated_table_is_refused_whole_and_the_old_one_stays),
        TABLE_TEST(a_table_begun_anew_replaces_the_unfinished_one),
        TABLE_TEST(the_generation_in_force_is_not_given_to_the_engine_again),
        TABLE_TEST(S_10_a_table_longer_than_the_queue_arrives_whole),
        TABLE_TEST(S_10_a_table_over_its_limits_is_not_pushed),
    };
    check(argc == 2);
    stage_program = argv[1];
    return cmocka_run_group_tests_name("worker table", tests, NULL, NULL);
}
