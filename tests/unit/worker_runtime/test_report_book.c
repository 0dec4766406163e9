/* Reports: the latest under each key, in the order of change, once; all again for a new supervisor; bounded. */
#include "worker/runtime/report_book.h"

#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"

struct sink {
    struct ipc_message got[1024];
    size_t count;
    size_t room; /* frames that are taken before the sink is full */
};

static int take(void *context, const struct ipc_frame *frame)
{
    struct sink *sink = context;
    if (sink->count >= sink->room)
        return 1;
    assert_int_equal(codec_decode(ipc_frame_str(frame), IPC_FROM_WORKER, &sink->got[sink->count++]), 0);
    return 0;
}

static struct sink the_sink;
static int book_open(void **state)
{
    struct report_book *book;
    the_sink.count = 0;
    the_sink.room = 1024;
    assert_int_equal(report_book_new(&book), 0);
    *state = book;
    return 0;
}
static int book_close(void **state)
{
    report_book_free(*state);
    return 0;
}

static size_t sent(struct report_book *book, enum report_queue queue)
{
    the_sink.count = 0;
    (void)!report_book_send_all(book, queue, take, &the_sink);
    return the_sink.count;
}

static void temp(struct report_book *book, const char *name, uint32_t reported)
{
    struct ipc_message message = {.type = IPC_TEMP_STATE, .temp_state = {.state = reported}};
    memcpy(message.temp_state.name, name, strlen(name));
    assert_int_equal(report_book_put(book, &message), 0);
}

static void applied(struct report_book *book, uint64_t generation)
{
    struct ipc_message message = {.type = IPC_APPLIED, .applied = {.generation = generation}};
    assert_int_equal(report_book_put(book, &message), 0);
}

static void a_report_is_sent_when_it_changes(void **state)
{
    temp(*state, "a", 1);
    assert_int_equal(sent(*state, REPORT_STATE), 1);
    temp(*state, "a", 1);
    assert_int_equal(sent(*state, REPORT_STATE), 0);
    temp(*state, "a", 2);
    temp(*state, "a", 3);
    assert_int_equal(sent(*state, REPORT_STATE), 1);
    assert_int_equal(the_sink.got[0].temp_state.state, 3);
    assert_true(report_book_all_sent(*state));
}

/* Who sees APPLIED 2 has seen all that was true before it. */
static void the_order_of_change_is_kept(void **state)
{
    applied(*state, 1);
    temp(*state, "a", 1);
    applied(*state, 2);
    assert_int_equal(sent(*state, REPORT_STATE), 2);
    assert_int_equal(the_sink.got[0].type, IPC_TEMP_STATE);
    assert_int_equal(the_sink.got[1].applied.generation, 2);
    report_book_retell(*state);
    assert_int_equal(sent(*state, REPORT_STATE), 2);
    assert_int_equal(the_sink.got[1].applied.generation, 2);
}

static void what_does_not_fit_is_sent_later(void **state)
{
    temp(*state, "a", 1);
    temp(*state, "b", 1);
    temp(*state, "c", 1);
    the_sink.room = 2;
    assert_int_equal(sent(*state, REPORT_STATE), 2);
    assert_false(report_book_all_sent(*state));
    temp(*state, "c", 2);
    temp(*state, "a", 2);
    assert_int_equal(sent(*state, REPORT_STATE), 2);
    assert_string_equal(the_sink.got[0].temp_state.name, "c");
    assert_string_equal(the_sink.got[1].temp_state.name, "a");
    assert_true(report_book_all_sent(*state));
}

static void figures_wait_for_their_time(void **state)
{
    struct ipc_message message = {.type = IPC_FIGURES, .figures = {.values = {5}}};
    assert_int_equal(report_book_put(*state, &message), 0);
    assert_int_equal(sent(*state, REPORT_STATE), 0);
    assert_true(report_book_all_sent(*state));
    assert_int_equal(sent(*state, REPORT_FIGURES), 1);
}

static void events_are_numbered_and_the_latest_are_kept(void **state)
{
    for (int i = 0; i < REPORT_EVENTS_MAX + 10; i++) {
        struct ipc_message message = {.type = IPC_EVENT};
        assert_int_equal(report_book_put(*state, &message), 0);
    }
    assert_int_equal(sent(*state, REPORT_STATE), REPORT_EVENTS_MAX);
    assert_int_equal(the_sink.got[0].event.sequence, 11);
    assert_int_equal(the_sink.got[REPORT_EVENTS_MAX - 1].event.sequence, REPORT_EVENTS_MAX + 10);
}

static void a_changed_list_of_positions_is_told_from_its_beginning(void **state)
{
    struct worker_position positions[] = {{.partition = 0, .end = 1}, {.partition = 1, .end = 2}};
    assert_int_equal(report_book_put_positions(*state, positions, 2), 0);
    the_sink.room = 1;
    assert_int_equal(sent(*state, REPORT_STATE), 1);
    the_sink.room = 1024;
    positions[1].end = 3;
    assert_int_equal(report_book_put_positions(*state, positions, 2), 0);
    assert_int_equal(sent(*state, REPORT_STATE), 3);
    assert_int_equal(the_sink.got[1].position.end, 3);
    assert_int_equal(the_sink.got[2].positions_end.count, 2);
}

static void what_the_table_no_longer_names_is_forgotten(void **state)
{
    struct worker_temp temps[] = {{.name = "a", .session = "uid-a"}};
    const struct worker_table table = {.temps = temps, .temp_count = 1};
    struct ipc_message of_a = {.type = IPC_CONDITION, .condition = {.reason = "FilterLimit", .session = "uid-a"}};
    struct ipc_message of_b = {.type = IPC_CONDITION, .condition = {.reason = "FilterLimit", .session = "uid-b"}};
    temp(*state, "a", 1);
    temp(*state, "b", 1);
    applied(*state, 1);
    assert_int_equal(report_book_put(*state, &of_a), 0);
    assert_int_equal(report_book_put(*state, &of_b), 0);
    assert_int_equal(report_book_prune(*state, &table), 0);
    assert_int_equal(sent(*state, REPORT_STATE), 3);
    assert_string_equal(the_sink.got[0].temp_state.name, "a");
    assert_int_equal(the_sink.got[1].type, IPC_APPLIED);
    assert_string_equal(the_sink.got[2].condition.session, "uid-a");
}

/* Every kind of report, in a book of its own. What a failed allocation keeps out is not there half. */
static int tell_all(struct report_book *book)
{
    const struct worker_position positions[] = {{.partition = 0, .end = 1}, {.partition = 1, .end = 2}};
    struct worker_temp temps[] = {{.name = "a", .session = "uid-a"}};
    const struct worker_table table = {.temps = temps, .temp_count = 1};
    struct ipc_message messages[] = {
        {.type = IPC_APPLIED, .applied = {.generation = 1}},
        {.type = IPC_TEMP_STATE, .temp_state = {.name = "a", .state = 1}},
        {.type = IPC_CONDITION, .condition = {.reason = "FilterLimit", .session = "uid-b"}},
        {.type = IPC_FIGURES, .figures = {.values = {5}}},
        {.type = IPC_EVENT},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof messages / sizeof *messages; i++)
        r = report_book_put(book, &messages[i]);
    if (r == 0)
        r = report_book_put_positions(book, positions, 2);
    return r ? r : report_book_prune(book, &table);
}

static int book_once(void *context)
{
    struct report_book *book = NULL;
    (void)context;
    int r = report_book_new(&book);
    if (r < 0)
        return r;
    r = tell_all(book);
    the_sink.count = 0;
    the_sink.room = 1024;
    assert_int_equal(report_book_send_all(book, REPORT_STATE, take, &the_sink), 0);
    if (r == 0)
        assert_int_equal(the_sink.count, 3 + 3); /* the condition of a session that is gone was forgotten */
    if (r == -ENOMEM)
        assert_int_equal(tell_all(book), 0); /* as good as new */
    report_book_free(book);
    return r;
}

static void every_failed_allocation_is_told_and_leaves_a_book_that_works(void **state)
{
    (void)state;
    assert_in_range(alloc_fail_each(book_once, NULL), 5, 1000);
}

#define BOOK_TEST(name) cmocka_unit_test_setup_teardown(name, book_open, book_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOK_TEST(a_report_is_sent_when_it_changes),
        BOOK_TEST(the_order_of_change_is_kept),
        BOOK_TEST(what_does_not_fit_is_sent_later),
        BOOK_TEST(figures_wait_for_their_time),
        BOOK_TEST(events_are_numbered_and_the_latest_are_kept),
        BOOK_TEST(a_changed_list_of_positions_is_told_from_its_beginning),
        BOOK_TEST(what_the_table_no_longer_names_is_forgotten),
        cmocka_unit_test(every_failed_allocation_is_told_and_leaves_a_book_that_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
