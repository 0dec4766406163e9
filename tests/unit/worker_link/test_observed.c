/* What a child says is gossip: it is kept within limits, and forgotten when it is over. */
#include "supervisor/worker_link/observed_take.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>

static int position(struct worker_observed *seen, uint32_t partition)
{
    struct ipc_message message = {.type = IPC_POSITION, .position = {.partition = partition, .end = partition}};
    return worker_observed_take(seen, &message);
}

static int positions_end(struct worker_observed *seen, uint32_t count)
{
    struct ipc_message message = {.type = IPC_POSITIONS_END, .positions_end = {.count = count}};
    return worker_observed_take(seen, &message);
}

static void K_3_positions_count_only_as_a_whole_list(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    assert_int_equal(position(&seen, 0), 0);
    assert_int_equal(positions_end(&seen, 2), 0); /* one was lost */
    assert_false(seen.positions_known);
    assert_int_equal(position(&seen, 0), 0);
    worker_observed_restart(&seen); /* a new connection */
    assert_int_equal(position(&seen, 3), 0);
    assert_int_equal(position(&seen, 4), 0);
    assert_int_equal(position(&seen, 3), 0); /* told from its beginning again */
    assert_int_equal(position(&seen, 4), 0);
    assert_int_equal(positions_end(&seen, 2), 0);
    assert_true(seen.positions_known);
    assert_int_equal(seen.position_count, 2);
    assert_int_equal(seen.positions[1].partition, 4);
    assert_int_equal(positions_end(&seen, 0), 0);
    assert_int_equal(seen.position_count, 0);
    worker_observed_deinit(&seen);
}

static int event(struct worker_observed *seen, uint64_t sequence)
{
    struct ipc_message message = {.type = IPC_EVENT, .event = {.sequence = sequence, .reason = "OrderBroken"}};
    return worker_observed_take(seen, &message);
}

static void events_come_once_in_order_and_the_oldest_give_way(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    struct observed_event got;
    assert_int_equal(event(&seen, 1), 0);
    assert_int_equal(event(&seen, 1), 0); /* told again */
    assert_true(worker_observed_event_take(&seen, &got));
    assert_int_equal(got.what.code, REASON_ORDER_BROKEN);
    assert_false(worker_observed_event_take(&seen, &got));
    for (uint64_t i = 2; i < 2 + OBSERVED_EVENTS_MAX + 3; i++)
        assert_int_equal(event(&seen, i), 0);
    assert_int_equal(seen.events_dropped, 3);
    for (uint64_t i = 5; worker_observed_event_take(&seen, &got); i++)
        assert_int_equal(got.sequence, i);
    assert_int_equal(got.sequence, 1 + OBSERVED_EVENTS_MAX + 3);
    worker_observed_deinit(&seen);
}

static int condition(struct worker_observed *seen, const char *session, uint32_t active)
{
    struct ipc_message message = {.type = IPC_CONDITION, .condition = {.reason = "FilterLimit", .active = active}};
    memcpy(message.condition.session, session, strlen(session));
    return worker_observed_take(seen, &message);
}

static size_t conditions(const struct worker_observed *seen)
{
    size_t count = 0;
    const struct observed_condition *next = NULL;
    while ((next = worker_observed_condition_next(seen, next)))
        count++;
    return count;
}

static int temp(struct worker_observed *seen, const char *name)
{
    struct ipc_message message = {.type = IPC_TEMP_STATE, .temp_state = {.state = WORKER_TEMP_PRESENT}};
    memcpy(message.temp_state.name, name, strlen(name));
    return worker_observed_take(seen, &message);
}

static void conditions_are_those_that_hold_now(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    assert_int_equal(condition(&seen, "", 1), 0);
    assert_int_equal(condition(&seen, "a", 1), 0);
    assert_int_equal(condition(&seen, "a", 1), 0);
    assert_int_equal(conditions(&seen), 2);
    assert_int_equal(condition(&seen, "a", 0), 0);
    assert_int_equal(condition(&seen, "b", 0), 0);
    assert_int_equal(conditions(&seen), 1);
    assert_string_equal(worker_observed_condition_next(&seen, NULL)->session, "");
    worker_observed_deinit(&seen);
}

static void what_a_new_table_does_not_name_is_forgotten(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    const struct wanted_temp temps[] = {{.name = "temp-a", .session = "a"}};
    const struct wanted_table table = {.temps = temps, .temp_count = 1};
    assert_int_equal(temp(&seen, "temp-a"), 0);
    assert_int_equal(temp(&seen, "temp-b"), 0);
    assert_int_equal(condition(&seen, "", 1), 0);
    assert_int_equal(condition(&seen, "a", 1), 0);
    assert_int_equal(condition(&seen, "b", 1), 0);
    assert_int_equal(worker_observed_prune(&seen, &table), 0);
    assert_non_null(worker_observed_temp(&seen, "temp-a"));
    assert_null(worker_observed_temp(&seen, "temp-b"));
    assert_int_equal(conditions(&seen), 2);
    worker_observed_deinit(&seen);
}

static void S_10_more_temps_than_a_split_can_have_are_refused(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    char name[16];
    for (int i = 0; i < TABLE_TEMPS_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_int_equal(temp(&seen, name), 0);
    }
    assert_int_equal(temp(&seen, "one more"), OBSERVED_BAD);
    assert_int_equal(temp(&seen, "7"), 0);
    worker_observed_deinit(&seen);
}

static void S_13_a_supervisors_word_is_no_report(void **state)
{
    (void)state;
    struct worker_observed seen = {.checked = false};
    for (int type = IPC_NONE; type < IPC_TYPE_COUNT; type++) {
        const struct ipc_row *row = ipc_row((enum ipc_type)type);
        struct ipc_message message = {.type = (enum ipc_type)type};
        if (!row || row->sender == IPC_FROM_SUPERVISOR)
            assert_int_equal(worker_observed_take(&seen, &message), OBSERVED_BAD);
    }
    worker_observed_deinit(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(K_3_positions_count_only_as_a_whole_list),
        cmocka_unit_test(events_come_once_in_order_and_the_oldest_give_way),
        cmocka_unit_test(conditions_are_those_that_hold_now),
        cmocka_unit_test(what_a_new_table_does_not_name_is_forgotten),
        cmocka_unit_test(S_10_more_temps_than_a_split_can_have_are_refused),
        cmocka_unit_test(S_13_a_supervisors_word_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
