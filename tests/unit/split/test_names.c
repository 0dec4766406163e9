/* Names of what Sluice makes: K-18, C-10, and the table of phases. */
#include "supervisor/split/names.h"
#include "supervisor/split/phase.h"
#include "supervisor/split/sqs_reference.h"
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "mirrord-tmp-{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}"

static int set_up(void **state)
{
    struct arena *arena = malloc(sizeof *arena);
    assert_non_null(arena);
    *arena = ARENA_INIT(1u << 20);
    *state = arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    free(*state);
    return 0;
}

static void a_split_is_named_by_its_identity(void **state)
{
    static const struct original original = {QUEUE_TYPE_KAFKA, "cluster", "topic", "group"};
    static const struct original others[] = {{QUEUE_TYPE_KAFKA, "cluster", "topic", "group2"},
                                             {QUEUE_TYPE_KAFKA, "cluster", "topicg", "roup"}, /* run together */
                                             {QUEUE_TYPE_SQS, "cluster", "topic", "group"},
                                             {QUEUE_TYPE_KAFKA, "cluster2", "topic", "group"}};
    const char *name = NULL, *again = NULL, *other = NULL;
    assert_int_equal(split_name(*state, "uid", &original, &name), 0);
    assert_int_equal(split_name(*state, "uid", &original, &again), 0);
    assert_string_equal(name, again);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(split_name(*state, "uid", &others[i], &other), 0);
        assert_string_not_equal(name, other);
    }
    assert_int_equal(strlen(name), strlen("split-") + 16);
    assert_int_equal(probe_name(*state, "uid", &original, &other), 0);
    assert_memory_equal(other, "probe-", 6);
    assert_int_equal(strspn(name + 6, "0123456789abcdef"), 16);
}

/* at most 80 characters, ".fifo" at the end, and the prefix of users' policies. */
static void a_temporary_queue_has_a_name_that_sqs_takes(void **state)
{
    static const char longest[] = "a-name-of-a-queue-that-is-as-long-as-sqs-allows-it-to-be-eighty-characters-"
                                  "0123.fifo";
    static const char *const originals[] = {"orders", "orders.fifo", longest};
    for (size_t i = 0; i < sizeof originals / sizeof *originals; i++)
        for (int fallback = 0; fallback < 2; fallback++) {
            const char *name = NULL;
            assert_int_equal(temp_queue_name(*state, 7, "salt", fallback, originals[i], &name), 0);
            assert_true(sqs_name_is_valid(str_of(name)));
            assert_memory_equal(name, "mirrord-tmp-", 12);
            assert_int_equal(strspn(name + 12, "0123456789"), RANDOM_DIGITS);
            assert_memory_equal(name + 12 + RANDOM_DIGITS, fallback ? "-fallback-" : "-a", fallback ? 10 : 1);
            assert_int_equal(str_ends_with(str_of(name), STR(SQS_FIFO)),
                             str_ends_with(str_of(originals[i]), STR(SQS_FIFO)));
        }
}

static void K_19_two_supervisors_take_the_same_id_for_one_original(void **state)
{
    char id[TRANSACTIONAL_ID_SIZE], again[TRANSACTIONAL_ID_SIZE], other[TRANSACTIONAL_ID_SIZE];
    (void)state;
    assert_int_equal(transactional_id_make("cluster", "topic", "group", id), 0);
    assert_int_equal(transactional_id_make("cluster", "topic", "group", again), 0);
    assert_string_equal(id, again);
    assert_int_equal(strlen(id), strlen("mirrord-") + 16);
    assert_memory_equal(id, "mirrord-", 8);
    assert_int_equal(transactional_id_make("cluster", "topic", "group2", other), 0);
    assert_string_not_equal(id, other);
    assert_int_equal(transactional_id_make("cluster2", "topic", "group", other), 0);
    assert_string_not_equal(id, other);
}

/* Splits {{RANDOM}} digits off a name of the default format. */
static void check_digits(const char *name)
{
    assert_memory_equal(name, "mirrord-tmp-", 12);
    assert_int_equal(strspn(name + 12, "0123456789"), RANDOM_DIGITS);
}

static void a_temporary_topic_follows_the_format(void **state)
{
    const char *fallback = NULL, *session = NULL, *other = NULL;
    assert_int_equal(temp_topic_name(*state, FORMAT, 1, "salt", true, "orders", &fallback), 0);
    check_digits(fallback);
    assert_string_equal(fallback + 12 + RANDOM_DIGITS, "-fallback-orders");
    assert_int_equal(temp_topic_name(*state, FORMAT, 1, "salt", false, "orders", &session), 0);
    assert_string_equal(session + 12 + RANDOM_DIGITS, "-orders");
    assert_int_equal(temp_topic_name(*state, FORMAT, 2, "salt", false, "orders", &other), 0);
    assert_string_not_equal(session, other);
    assert_int_equal(temp_topic_name(*state, FORMAT, 1, "pepper", false, "orders", &other), 0);
    assert_string_not_equal(session, other);
    assert_int_equal(
        temp_topic_name(*state, "{{ORIGINAL_TOPIC}}.{{RANDOM}}.{{FALLBACK}}x{{ODD}}", 1, "s", true, "a", &other), 0);
    assert_int_equal(strlen(other), strlen("a..-fallback-x{{ODD}}") + RANDOM_DIGITS);
}

/* K-18: the original's part is cut, nothing else. */
static void a_long_name_is_cut_in_the_originals_part(void **state)
{
    char original[TOPIC_NAME_MAX + 1];
    const char *name = NULL;
    memset(original, 'o', TOPIC_NAME_MAX);
    for (size_t length = 200; length <= TOPIC_NAME_MAX; length++) {
        original[length] = '\0';
        assert_int_equal(temp_topic_name(*state, FORMAT, 1, "s", true, original, &name), 0);
        size_t whole = 12 + RANDOM_DIGITS + strlen("-fallback-") + length;
        assert_int_equal(strlen(name), whole < TOPIC_NAME_MAX ? whole : TOPIC_NAME_MAX);
        check_digits(name);
        assert_non_null(strstr(name, "-fallback-o"));
        original[length] = 'o';
    }
}

/* K-15: mirrord-tmp-<digits>-<group>. */
static void a_sessions_group_begins_as_people_expect(void **state)
{
    char group[300];
    const char *name = NULL;
    assert_int_equal(session_group_name(*state, 0, "uid", "billing", &name), 0);
    check_digits(name);
    assert_string_equal(name + 12 + RANDOM_DIGITS, "-billing");
    memset(group, 'g', sizeof group - 1);
    group[sizeof group - 1] = '\0';
    assert_int_equal(session_group_name(*state, 0, "uid", group, &name), 0);
    assert_int_equal(strlen(name), GROUP_NAME_MAX);
}

static void every_phase_has_a_name_of_its_own(void **state)
{
    (void)state;
    enum split_phase found = SPLIT_PHASE_COUNT;
    for (enum split_phase phase = SPLIT_PENDING; phase < SPLIT_PHASE_COUNT; phase++) {
        assert_int_equal(split_phase_from_name(str_of(split_phase_name(phase)), &found), 0);
        assert_int_equal(found, phase);
    }
    assert_int_equal(split_phase_from_name(STR(""), &found), PHASE_UNKNOWN);
    assert_int_equal(split_phase_from_name(STR("nonsense"), &found), PHASE_UNKNOWN);
}

static void what_is_not_declared_is_ignored(void **state)
{
    static const struct {
        enum split_phase from;
        enum split_event event;
        enum split_phase to;
    } rows[] = {
#define T(from, event, to) {SPLIT_##from, SPLIT_EVENT_##event, SPLIT_##to},
#include "supervisor/split/state.def"
#undef T
    };
    size_t declared = 0, count = sizeof rows / sizeof *rows;
    (void)state;
    for (enum split_phase from = SPLIT_PENDING; from < SPLIT_PHASE_COUNT; from++)
        for (enum split_event event = SPLIT_EVENT_RECORDED; event < SPLIT_EVENT_COUNT; event++) {
            enum split_phase to = SPLIT_PHASE_COUNT;
            declared += split_phase_next(from, event, &to) == 0;
        }
    assert_int_equal(declared, count);
    for (size_t i = 0; i < count; i++) {
        enum split_phase to = SPLIT_PHASE_COUNT;
        assert_int_equal(split_phase_next(rows[i].from, rows[i].event, &to), 0);
        assert_int_equal(to, rows[i].to);
    }
}

/* Whatever was patched is drained and restored; nothing else ends a patched split. */
static void a_patched_split_ends_only_by_restoring(void **state)
{
    (void)state;
    for (enum split_phase from = SPLIT_PATCHING; from <= SPLIT_RESTORING; from++)
        for (enum split_event event = SPLIT_EVENT_RECORDED; event < SPLIT_EVENT_COUNT; event++) {
            enum split_phase to = from;
            if (split_phase_next(from, event, &to) == 0) {
                assert_int_not_equal(to, SPLIT_FAILED);
                assert_true(to >= SPLIT_PATCHING);
                assert_true(to != SPLIT_RESTORING || from == SPLIT_DRAINING);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_is_named_by_its_identity),
        cmocka_unit_test(a_temporary_queue_has_a_name_that_sqs_takes),
        cmocka_unit_test(K_19_two_supervisors_take_the_same_id_for_one_original),
        cmocka_unit_test(a_temporary_topic_follows_the_format),
        cmocka_unit_test(a_long_name_is_cut_in_the_originals_part),
        cmocka_unit_test(a_sessions_group_begins_as_people_expect),
        cmocka_unit_test(every_phase_has_a_name_of_its_own),
        cmocka_unit_test(what_is_not_declared_is_ignored),
        cmocka_unit_test(a_patched_split_ends_only_by_restoring),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
