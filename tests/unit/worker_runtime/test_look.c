/* Looks: what is shown of messages that pass, how it is bounded, and that contents come escaped and cut (S-1, S-10, S-11). */
#include "ipc/look.h"
#include "worker/route/scratch.h"
#include "worker/runtime/look_book.h"
#include "worker/runtime/look_budget.h"
#include "worker/runtime/look_frames.h"
#include "worker/runtime/look_text.h"
#include "worker/runtime/table.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { TOLD_MAX = 4096 };

static struct {
    struct look_book *book;
    struct worker_table table;
    struct worker_session sessions[2];
    struct route_scratch *scratch;
    struct ipc_message told[TOLD_MAX];
    size_t count;
} t;

static int take(void *context, const struct ipc_frame *frame)
{
    (void)context;
    assert_true(t.count < TOLD_MAX);
    assert_int_equal(codec_decode(ipc_frame_str(frame), IPC_FROM_WORKER, &t.told[t.count]), 0);
    t.count++;
    return 0;
}

static void collect(void)
{
    t.count = 0;
    assert_int_equal(look_book_send(t.book, take, NULL), 0);
}

static const struct ipc_message *first(enum ipc_type type)
{
    size_t i = 0;
    while (i < t.count && t.told[i].type != type)
        i++;
    assert_true(i < t.count);
    return &t.told[i];
}

/* A table: anna takes author ^anna$, bob mirrors everything that has a source. */
static int begin(void **state)
{
    CLEANUP(route_table_freep) struct route_table *table = NULL;
    struct reason why;
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(look_book_new(&t.book), 0);
    assert_int_equal(route_table_new(1, &table), 0);
    assert_int_equal(route_table_add_session(table, STR("uid-anna"), ROUTE_STEAL, 0, &why), 0);
    assert_int_equal(route_table_add_filter(table, STR("author"), STR("^anna$"), &why), 0);
    assert_int_equal(route_table_add_session(table, STR("uid-bob"), ROUTE_MIRROR, 1, &why), 0);
    assert_int_equal(route_table_add_filter(table, STR("source"), STR(""), &why), 0);
    t.sessions[0] = (struct worker_session){.uid = "uid-anna"};
    t.sessions[1] = (struct worker_session){.uid = "uid-bob"};
    t.table = (struct worker_table){.sessions = t.sessions, .session_count = 2};
    assert_int_equal(route_index_build(table, NULL, &t.table.routes, &why), 0);
    assert_int_equal(route_scratch_new(&t.scratch), 0);
    assert_int_equal(route_scratch_prepare(t.scratch, t.table.routes), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    look_book_free(t.book);
    route_scratch_free(t.scratch);
    route_index_unref(t.table.routes);
    return 0;
}

static void pass(const struct route_header *headers, size_t count)
{
    struct route_decision decision;
    route_decide(t.table.routes, t.scratch, headers, count, mono_now(), &decision);
    const struct look_subject subject = {.position = "orders/3/1042",
                                         .headers = headers,
                                         .header_count = count,
                                         .table = &t.table,
                                         .scratch = t.scratch,
                                         .decision = &decision,
                                         .ready = true};
    (void)look_book_show(t.book, &subject);
}

static struct route_header header(const char *name, const char *value)
{
    return (struct route_header){.name = str_of(name), .value = str_of(value)};
}

static void order_begin(uint64_t number, uint32_t seconds, uint32_t filters)
{
    const struct ipc_message order = {.type = IPC_LOOK_BEGIN,
                                      .look_begin = {.look = number, .seconds = seconds, .filters = filters}};
    look_book_order(t.book, &order);
}

static void order_filter(uint64_t number, const char *name, const char *pattern)
{
    struct ipc_message order = {.type = IPC_LOOK_FILTER, .look_filter = {.look = number}};
    assert_int_equal(str_copy(order.look_filter.name, sizeof order.look_filter.name, str_of(name)), 0);
    assert_int_equal(str_copy(order.look_filter.pattern, sizeof order.look_filter.pattern, str_of(pattern)), 0);
    look_book_order(t.book, &order);
}

static void nobody_looks_until_somebody_does(void **state)
{
    (void)state;
    const struct route_header headers[] = {header("author", "anna")};
    assert_false(look_is_on(look_book_gate(t.book)));
    order_begin(7, 60, 0);
    assert_true(look_is_on(look_book_gate(t.book)));
    pass(headers, 1);
    const struct ipc_message over = {.type = IPC_LOOK_END, .look_end = {.look = 7}};
    look_book_order(t.book, &over);
    assert_false(look_is_on(look_book_gate(t.book)));
    order_begin(8, 60, 0);
    look_book_reset(t.book); /* another connection */
    assert_false(look_is_on(look_book_gate(t.book)));
    collect();
    assert_int_equal(t.count, 0);
}

static void a_sample_says_where_a_message_goes_and_what_each_filter_says(void **state)
{
    (void)state;
    const struct route_header headers[] = {header("author", "anna"), header("trace", "1")};
    order_begin(7, 60, 0);
    pass(headers, 2);
    collect();
    assert_int_equal(t.count, 3);
    const struct ipc_sample *sample = &t.told[0].sample;
    assert_int_equal(t.told[0].type, IPC_SAMPLE);
    assert_string_equal(sample->position, "orders/3/1042");
    assert_int_equal(sample->went, LOOK_WENT_SESSION);
    assert_string_equal(sample->session, "uid-anna");
    assert_int_equal(sample->filters, 2);
    assert_int_equal(t.told[1].sample_filter.verdict, VERDICT_MATCHES);
    assert_string_equal(t.told[1].sample_filter.value, "anna");
    assert_string_equal(t.told[2].sample_filter.session, "uid-bob");
    assert_int_equal(t.told[2].sample_filter.mirror, 1);
    assert_int_equal(t.told[2].sample_filter.verdict, VERDICT_ABSENT);
    assert_string_equal(t.told[2].sample_filter.value, "");
}

static void a_try_counts_its_own_filters_alone(void **state)
{
    (void)state;
    const struct route_header bob[] = {header("author", "bob")}, none[] = {header("trace", "x")};
    order_begin(7, 1, 2);
    order_filter(7, "author", "^b");
    assert_false(look_is_on(look_book_gate(t.book)));
    order_filter(7, "author", "[ob]$");
    assert_true(look_is_on(look_book_gate(t.book)));
    pass(bob, 1);
    pass(none, 1);
    while (look_is_on(look_book_gate(t.book))) /* its one second */
        look_book_tick(t.book);
    collect();
    const struct ipc_message *last = &t.told[t.count - 1];
    assert_int_equal(last->type, IPC_LOOK_STATE);
    assert_int_equal(last->look_state.state, LOOK_OVER);
    assert_int_equal(last->look_state.passed, 2);
    assert_int_equal(last->look_state.matched, 1);
    assert_int_equal(first(IPC_LOOK_COUNT)->look_count.matches, 1);
    assert_int_equal(first(IPC_LOOK_COUNT)->look_count.absent, 1);
    assert_string_equal(first(IPC_SAMPLE_FILTER)->sample_filter.session, "");
    assert_string_equal(first(IPC_LOOK_HEADER)->look_header.name, "author");
}

/* S-1: compiled in the worker, refused with the dialect's own words. */
static void a_bad_pattern_is_refused_in_the_words_of_the_dialect(void **state)
{
    (void)state;
    order_begin(7, 60, 1);
    order_filter(7, "author", "[a-z&&[^b]]");
    collect();
    const struct ipc_look_state *told = &first(IPC_LOOK_STATE)->look_state;
    assert_int_equal(told->state, LOOK_REFUSED);
    assert_string_equal(told->reason, "FilterInvalid");
    assert_non_null(strstr(told->text, "header \"author\": "));
    assert_false(look_is_on(look_book_gate(t.book)));
}

static void there_are_so_many_looks_and_no_more(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= LOOKS_MAX; i++)
        order_begin(i, 60, 0);
    collect();
    assert_int_equal(t.count, 0);
    order_begin(100, 60, 0);
    collect();
    assert_int_equal(t.count, 1);
    assert_int_equal(t.told[0].look_state.state, LOOK_REFUSED);
    assert_string_equal(t.told[0].look_state.reason, "LimitReached");
}

/* S-10: nobody reads, and the frames stay within their limit; what finds no room is counted. */
static void what_nobody_reads_is_left_out(void **state)
{
    (void)state;
    const struct route_header headers[] = {header("author", "anna")};
    struct look_frames frames = {.count = 0};
    const struct ipc_message message = {.type = IPC_LOOK_STATE};
    while (look_frames_have_room(&frames, 1))
        assert_int_equal(look_frames_add(&frames, &message), 0);
    assert_int_equal(frames.count, LOOK_FRAMES_MAX - LOOK_FRAMES_KEPT);
    while (frames.count < LOOK_FRAMES_MAX)
        assert_int_equal(look_frames_add(&frames, &message), 0);
    assert_int_equal(look_frames_add(&frames, &message), LOOK_FRAMES_FULL);
    look_frames_clear(&frames);
    order_begin(7, 60, 0);
    for (int i = 0; i < 100000; i++)
        pass(headers, 1);
    look_book_tick(t.book);
    collect();
    const struct ipc_look_state *told = &t.told[t.count - 1].look_state;
    assert_int_equal(told->passed, 100000);
    assert_true(told->examined < told->passed);
    assert_int_equal(told->matched, 100000); /* by the decisions themselves */
    assert_true(t.count < LOOK_FRAMES_MAX);
}

static void a_look_costs_no_more_than_its_budget(void **state)
{
    (void)state;
    struct look_budget budget = {.second = 0};
    int taken = 0, samples = 0;
    while (look_budget_take(&budget, 5000))
        taken++;
    assert_int_equal(taken, LOOK_EXAMINED_MAX);
    assert_true(look_budget_take(&budget, 6000));
    look_budget_spend(&budget, LOOK_EXAMINED_US_MAX);
    assert_false(look_budget_take(&budget, 6999));
    while (look_budget_sample(&budget, true, 7000))
        samples++;
    assert_int_equal(samples, LOOK_SAMPLES_BURST);
    assert_true(look_budget_sample(&budget, false, 7000)); /* the rarer kind has its own */
    assert_false(look_budget_sample(&budget, true, 7000 + LOOK_SAMPLE_EVERY_MS - 1));
    assert_true(look_budget_sample(&budget, true, 7000 + LOOK_SAMPLE_EVERY_MS));
}

/* S-11 */
static void contents_are_escaped_and_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {{"me", "me"},
                {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
                {"a\\b", "a\\\\b"},
                {"\x1b[2J\n", "\\x1b[2J\\x0a"},
                {"\xff\xc3", "\\xff\\xc3"},
                {"\xc2\x85", "\\xc2\\x85"},
                {"\xe2\x80\xae\xe2\x80\xac", "\\xe2\\x80\\xae\\xe2\\x80\\xac"},
                {"\xe2\x82\xac", "\xe2\x82\xac"},
                {"", ""}};
    char shown[513], text[LOOK_VALUE_BYTES_MAX + 2], small[12];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        look_text(str_of(rows[i].text), shown, sizeof shown);
        assert_string_equal(shown, rows[i].shown);
    }
    memset(text, 'a', sizeof text);
    look_text((struct str){text, LOOK_VALUE_BYTES_MAX}, shown, sizeof shown);
    assert_int_equal(strlen(shown), LOOK_VALUE_BYTES_MAX);
    look_text((struct str){text, LOOK_VALUE_BYTES_MAX + 1}, shown, sizeof shown);
    assert_int_equal(strlen(shown), LOOK_VALUE_BYTES_MAX + 3);
    assert_string_equal(shown + LOOK_VALUE_BYTES_MAX, "...");
    look_text(STR("\0\0\0\0"), small, sizeof small);
    assert_string_equal(small, "\\x00\\x00...");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_looks_until_somebody_does),
        TEST(a_sample_says_where_a_message_goes_and_what_each_filter_says),
        TEST(a_try_counts_its_own_filters_alone),
        TEST(a_bad_pattern_is_refused_in_the_words_of_the_dialect),
        TEST(there_are_so_many_looks_and_no_more),
        TEST(what_nobody_reads_is_left_out),
        TEST(a_look_costs_no_more_than_its_budget),
        TEST(contents_are_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
