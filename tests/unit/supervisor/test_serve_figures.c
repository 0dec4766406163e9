/* Figures of all splits as one document: totals of the split and of each session, none where none are known. */
#include "supervisor/main/serve_figures.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

const struct figures *__wrap_fleet_figures(struct fleet *fleet, const char *worker, const char *session);

const struct figures *__wrap_fleet_figures(struct fleet *fleet, const char *worker, const char *session)
{
    static const struct figures all = {.received = 7, .delivered = 6, .in_flight = 1},
                                one = {.received = 3, .filter_errors = 2};
    (void)fleet;
    if (strcmp(worker, "split-1") != 0)
        return NULL;
    return !session[0] ? &all : strcmp(session, "uid-a") == 0 ? &one : NULL;
}

const struct observed_pace *__wrap_fleet_pace(struct fleet *fleet, const char *worker);

const struct observed_pace *__wrap_fleet_pace(struct fleet *fleet, const char *worker)
{
    static struct observed_pace pace;
    struct mono now = mono_now();
    (void)fleet;
    pace = (struct observed_pace){.latest = {{.received = 90}, now},
                                  .oldest = {{.received = 10}, mono_after(now, -2000)}};
    return strcmp(worker, "split-1") == 0 ? &pace : NULL;
}

#define TEMP "{\"name\":\"t%s\",\"role\":\"%s\",\"session\":\"%s\",\"sessionUid\":\"%s\"}"

static void put_split(struct store *store, const char *name)
{
    char text[2048];
    struct json *document = NULL, *again = NULL, *status = NULL;
    struct json_error error;
    snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"default\","
        "\"name\":\"%s\"},\"spec\":{\"target\":{\"kind\":\"LocalService\",\"name\":\"shop\",\"uid\":\"u\"},"
        "\"queue\":{\"type\":\"Kafka\",\"cluster\":\"c\",\"name\":\"t\",\"group\":\"g\",\"ids\":[\"q\"]},"
        "\"settings\":{\"leftovers\":\"keep\",\"autoOffsetReset\":\"latest\",\"overlap\":\"Allow\",\"waitForPods\":"
        "\"all\"},\"temporaries\":[" TEMP "," TEMP "," TEMP "]}}",
        name, "0", "fallback", "", "", "1", "session", "ann", "uid-a", "2", "session", "bob", "uid-b");
    assert_int_equal(json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &document, &error), 0);
    assert_int_equal(json_dup(document, &again), 0);
    assert_int_equal(store_create(store, document), 0);
    assert_int_equal(json_object_at(again, "status", &status), 0);
    assert_int_equal(json_set_text(status, "phase", "Active"), 0);
    assert_int_equal(store_update_status(store, again), 0);
}

static int64_t figure(const struct json *object, const char *name)
{
    int64_t value = -1;
    return json_int(json_get(object, name), &value) == 0 ? value : -1;
}

static void splits_and_sessions_have_their_own_totals(void **state)
{
    struct store *store CLEANUP(store_freep) = NULL;
    struct reason why;
    struct json *answer CLEANUP(json_freep) = NULL;
    struct json_error error;
    (void)state;
    assert_int_equal(store_new(-1, &store, &why), 0);
    put_split(store, "split-1");
    put_split(store, "split-2");
    const struct run_mark mark = {
        .started = "2026-01-02T03:04:05Z", .before = RUN_END_CRASHED, .before_at = "2026-01-01T00:00:00Z"};
    struct serve_figures figures = {.store = store, .mark = &mark};
    struct http_response response = {.body = BUF_INIT(1 << 20)};
    assert_int_equal(setenv("OPERATOR_MAX_SPLIT", "3", 1), 0);
    serve_figures_answer(&figures, NULL, &response);
    assert_int_equal(unsetenv("OPERATOR_MAX_SPLIT"), 0);
    assert_int_equal(response.status, 200);
    assert_int_equal(json_parse(buf_str(&response.body), &JSON_LIMITS_DOCUMENT, &answer, &error), 0);
    buf_deinit(&response.body);
    assert_string_equal(json_text(json_path(answer, "supervisor", "startedAt", NULL)), mark.started);
    const struct json *unknown = json_path(answer, "supervisor", "unknownSettings", NULL);
    assert_int_equal(json_count(unknown), 1);
    assert_string_equal(json_text(json_get(json_at(unknown, 0), "reason")), "SettingUnknown");
    assert_non_null(strstr(json_text(json_get(json_at(unknown, 0), "message")), "OPERATOR_MAX_SPLITS"));
    assert_string_equal(json_text(json_path(answer, "supervisor", "previousEnd", NULL)), "Crashed");
    assert_string_equal(json_text(json_path(answer, "supervisor", "previousAt", NULL)), mark.before_at);
    const struct json *splits = json_get(answer, "splits"), *first = json_at(splits, 0);
    assert_int_equal(json_count(splits), 2);
    assert_true(figure(answer, "atMs") > 0);
    assert_string_equal(json_text(json_get(first, "name")), "split-1");
    assert_int_equal(figure(first, "received"), 7);
    assert_int_equal(figure(first, "inFlight"), 1);
    double rate = -1;
    assert_int_equal(json_double(json_path(first, "perSecond", "received", NULL), &rate), 0);
    assert_true(rate > 39.9 && rate < 40.1);
    assert_null(json_get(json_at(splits, 1), "perSecond"));
    const struct json *sessions = json_get(first, "sessions");
    assert_int_equal(json_count(sessions), 2); /* the fallback is none */
    assert_string_equal(json_text(json_get(json_at(sessions, 0), "name")), "ann");
    assert_int_equal(figure(json_at(sessions, 0), "filterErrors"), 2);
    assert_int_equal(figure(json_at(sessions, 1), "received"), -1);
    assert_int_equal(figure(json_at(splits, 1), "received"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(splits_and_sessions_have_their_own_totals)};
    return cmocka_run_group_tests_name("serve figures", tests, NULL, NULL);
}
