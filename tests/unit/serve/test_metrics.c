/* The page that Prometheus reads: every value where its row says, small whatever there is, and never a total that falls. */
#include "supervisor/serve/metrics.h"

#include <stdio.h>

#include "common/base/reason.h"
#include "common/model/metric.h"
#include "supervisor/serve/exposition.h"
#include "supervisor/serve/session_share.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/serve/crowd.h"

static struct store *store;
static struct metrics *metrics;
static bool leading;
static const char *accept_header;

const char *__wrap_http_request_header(const struct http_request *request, const char *name);
const char *__wrap_http_request_header(const struct http_request *request, const char *name)
{
    (void)request;
    return strcmp(name, "Accept") == 0 ? accept_header : NULL;
}

static bool leads(void *context)
{
    (void)context;
    return leading;
}

static int set_up(void **state)
{
    struct reason why;
    (void)state;
    leading = true;
    accept_header = NULL;
    crowd_worker = (struct crowd_worker){.figures = {.received = 10, .fallback = 6, .delivered = 3, .in_flight = 1}};
    crowd_session = (struct figures){.delivered = 3};
    return store_new(-1, &store, &why);
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(metrics);
    store_free(store);
    return 0;
}

static void open_metrics(size_t sessions_max)
{
    const struct metrics_config config = {.store = store, .sessions_max = sessions_max, .leads = leads};
    assert_int_equal(metrics_new(&config, &metrics), 0);
}

/* NUL-terminated; the caller frees it. */
static char *page(void)
{
    struct http_request request = {.method = "GET"};
    struct http_response response = {.body = BUF_INIT(HTTP_SERVER_RESPONSE_BYTES_MAX)};
    char *text = NULL;
    metrics_answer(metrics, &request, &response);
    assert_int_equal(response.status, 200);
    assert_non_null(response.content_type);
    assert_int_equal(buf_take(&response.body, &text), 0);
    return text;
}

static void assert_line(const char *text, const char *line)
{
    char whole[512];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(text, whole))
        fail_msg("no line '%s' in:\n%s", line, text);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        count++;
    return count;
}

#define OF_SPLIT "{namespace=\"team-0\",split=\"split-0\""

static void every_value_stands_where_its_row_says(void **state)
{
    (void)state;
    crowd_fill(store, 1, 2);
    crowd_worker.work.lag = 7;
    crowd_worker.work.age_ms = 1500;
    crowd_worker.work.memory_bytes = FIGURE_UNKNOWN;
    crowd_worker.problems[REASON_FILTER_LIMIT] = 4;
    latency_add(&crowd_worker.work.latency[LATENCY_SESSION], 60, 2);
    latency_add(&crowd_worker.work.latency[LATENCY_SESSION], 99000, 1);
    open_metrics(10);
    char *text CLEANUP(cleanup_freep) = page();
    assert_line(text, "sluice_split_messages_received_total" OF_SPLIT "} 10");
    assert_line(text, "sluice_split_messages_delivered_total" OF_SPLIT ",destination=\"fallback\"} 6");
    assert_line(text, "sluice_split_messages_delivered_total" OF_SPLIT ",destination=\"session\"} 3");
    assert_line(text, "sluice_split_messages_in_flight" OF_SPLIT "} 1");
    assert_line(text, "sluice_split_lag_messages" OF_SPLIT "} 7");
    assert_line(text, "sluice_split_oldest_message_age_seconds" OF_SPLIT "} 1.5");
    assert_line(text, "sluice_split_problems_total" OF_SPLIT ",reason=\"FilterLimit\"} 4");
    assert_line(text,
                "sluice_split_message_duration_seconds_bucket" OF_SPLIT ",destination=\"session\",le=\"0.05\"} 0");
    assert_line(text,
                "sluice_split_message_duration_seconds_bucket" OF_SPLIT ",destination=\"session\",le=\"0.1\"} 2");
    assert_line(text,
                "sluice_split_message_duration_seconds_bucket" OF_SPLIT ",destination=\"session\",le=\"30.0\"} 2");
    assert_line(text,
                "sluice_split_message_duration_seconds_bucket" OF_SPLIT ",destination=\"session\",le=\"+Inf\"} 3");
    assert_line(text, "sluice_split_message_duration_seconds_sum" OF_SPLIT ",destination=\"session\"} 99.12");
    assert_line(text, "sluice_split_info" OF_SPLIT
                      ",target_kind=\"Deployment\",target=\"shop-0\",queue_type=\"Kafka\",queue=\"orders\"} 1");
    assert_line(text, "sluice_split_phase" OF_SPLIT ",phase=\"Active\"} 1");
    assert_line(text, "sluice_split_phase_start_time_seconds" OF_SPLIT "} 1767323045");
    assert_line(text, "sluice_split_condition" OF_SPLIT
                      ",type=\"Degraded\",status=\"True\",reason=\"BrokerUnreachable\"} 1");
    assert_line(text, "sluice_sessions{namespace=\"team-0\",phase=\"Ready\"} 1");
    assert_line(text, "sluice_sessions{namespace=\"team-0\",phase=\"Ended\"} 1");
    assert_line(text, "sluice_session_conditions{namespace=\"team-0\",type=\"FilterHealthy\",status=\"False\",reason="
                      "\"FilterLimit\"} 1"); /* not of the one that is over */
    assert_line(text, "sluice_session_messages_total" OF_SPLIT ",session=\"session-0\",kind=\"delivered\"} 3");
    assert_line(text, "sluice_worker_starts_total" OF_SPLIT "} 2");
    assert_line(text, "sluice_supervisor_leading 1");
    assert_null(strstr(text, "sluice_worker_resident_memory_bytes{")); /* not known */
    assert_null(strstr(text, "Odd"));                                  /* no word of ours */
    assert_null(strstr(text, "# EOF"));
}

/* S-11: 64 splits with 10,000 sessions are what a supervisor is made for. */
static void S_11_a_page_stays_small_with_10000_sessions(void **state)
{
    (void)state;
    crowd_fill(store, 64, 10000);
    for (size_t i = 0; i < LATENCY_DESTINATIONS; i++)
        latency_add(&crowd_worker.work.latency[i], 1, 1);
    open_metrics(100);
    char *text CLEANUP(cleanup_freep) = page();
    size_t series = count_of(text, "\n") - count_of(text, "\n# ") - 1;
    assert_int_equal(count_of(text, "kind=\"delivered\""), 100 + 64);
    assert_int_equal(count_of(text, "session=\"(others)\",kind=\"delivered\""), 64);
    assert_in_range(series, 64 * 60, 64 * 90 + (100 + 64) * 4 + 300);
    assert_line(text, "sluice_sessions{namespace=\"team-3\",phase=\"Ready\"} 877");
}

static double value_of(const char *line_begin)
{
    char *text CLEANUP(cleanup_freep) = page();
    const char *at = strstr(text, line_begin);
    double value = -1;
    assert_non_null(at);
    assert_int_equal(sscanf(at + strlen(line_begin), "%lf", &value), 1);
    return value;
}

/* rate() takes a total that falls for a restart, and would count all of it again. */
static void a_total_never_falls_while_sessions_come_and_go(void **state)
{
    static const char others[] =
        "sluice_session_messages_total" OF_SPLIT ",session=\"(others)\",kind=\"delivered\"} ",
                      first[] =
                          "sluice_session_messages_total" OF_SPLIT ",session=\"session-0\",kind=\"delivered\"} ";
    (void)state;
    crowd_fill(store, 1, 5);
    open_metrics(2);
    assert_true(value_of(others) == 9); /* three sessions */
    crowd_session.delivered = 5;
    assert_true(value_of(others) == 15);
    assert_true(value_of(first) == 5);
    crowd_end_sessions(store, 1, 3); /* two of the others end */
    assert_true(value_of(others) == 15);
    crowd_session.delivered = 6;
    assert_true(value_of(others) == 16);
    crowd_session.delivered = 2; /* a new worker counts from the start */
    assert_true(value_of(others) == 18);
    crowd_end_sessions(store, 1,
                       1); /* one with series of its own ends: nobody takes its place who has been summed up */
    crowd_end_sessions(store, 1, 5);
    assert_true(value_of(others) >= 18);
}

static void one_that_stands_by_tells_of_itself_alone(void **state)
{
    (void)state;
    crowd_fill(store, 3, 9);
    open_metrics(10);
    leading = false;
    char *text CLEANUP(cleanup_freep) = page();
    assert_line(text, "sluice_supervisor_leading 0");
    assert_non_null(strstr(text, "process_cpu_seconds_total "));
    assert_non_null(strstr(text, "sluice_build_info{version=\""));
    assert_null(strstr(text, "sluice_split"));
}

static void a_split_without_a_worker_has_no_figures(void **state)
{
    (void)state;
    crowd_fill(store, 1, 0);
    crowd_worker.absent = true;
    open_metrics(10);
    char *text CLEANUP(cleanup_freep) = page();
    assert_line(text, "sluice_worker_up" OF_SPLIT "} 0");
    assert_line(text, "sluice_split_forwarding" OF_SPLIT "} 0");
    assert_null(strstr(text, "messages_received_total{"));
}

static void OpenMetrics_is_told_to_who_asks_for_it(void **state)
{
    (void)state;
    accept_header = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    crowd_fill(store, 1, 1);
    open_metrics(1);
    char *text CLEANUP(cleanup_freep) = page();
    assert_line(text, "# TYPE sluice_split_messages_received counter");
    assert_line(text, "# UNIT sluice_split_oldest_message_age_seconds seconds");
    assert_line(text, "sluice_split_messages_received_total" OF_SPLIT "} 10");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    assert_int_equal(exposition_choose("text/plain"), EXPOSITION_CLASSIC);
    assert_int_equal(exposition_choose(NULL), EXPOSITION_CLASSIC);
}

static void labels_are_escaped(void **state)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(4096);
    struct exposition exposition = {.buf = &buf};
    (void)state;
    exposition_sample(&exposition, METRIC_SPLIT_PHASE, (const char *[]){"a\"b", "c\\d\ne\x01\xff", ""}, 0.25);
    assert_int_equal(exposition.result, 0);
    assert_string_equal(buf.data,
                        "sluice_split_phase{namespace=\"a\\\"b\",split=\"c\\\\d\\ne??\",phase=\"\"} 0.25\n");
}

static void a_page_beyond_its_limit_is_none(void **state)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(100);
    struct exposition exposition = {.buf = &buf};
    (void)state;
    for (int i = 0; i < 10; i++)
        exposition_sample(&exposition, METRIC_STARTED, NULL, i);
    assert_int_equal(exposition.result, -ENOBUFS);
}

/* So that page, board and rules can be compared by name. */
static void names_of_rows_are_as_Prometheus_wants_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_rows[i];
        assert_true(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(row->name));
        assert_null(strstr(row->name, "_total"));
        assert_true(row->help[0] && row->help[strlen(row->help) - 1] == '.');
        if (row->unit[0])
            assert_string_equal(row->name + strlen(row->name) - strlen(row->unit), row->unit);
        for (size_t n = 0; n < i; n++)
            assert_string_not_equal(row->name, metric_rows[n].name);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(every_value_stands_where_its_row_says),
                                       TEST(S_11_a_page_stays_small_with_10000_sessions),
                                       TEST(a_total_never_falls_while_sessions_come_and_go),
                                       TEST(one_that_stands_by_tells_of_itself_alone),
                                       TEST(a_split_without_a_worker_has_no_figures),
                                       TEST(OpenMetrics_is_told_to_who_asks_for_it),
                                       cmocka_unit_test(labels_are_escaped),
                                       cmocka_unit_test(a_page_beyond_its_limit_is_none),
                                       cmocka_unit_test(names_of_rows_are_as_Prometheus_wants_them)};
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
