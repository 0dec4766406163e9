/* Events about what happens: a change of phase, a condition that turns bad, once each, and a series when it happens again. */
#include "supervisor/apply/event_of.h"
#include "supervisor/apply/event_writer.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/json/json_given.h"

int __wrap_kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret);
void __wrap_kube_call_cancel(struct kube_call *call);

static struct {
    struct store *store;
    struct event_writer *writer;
    char sent[4096]; /* one line for each call */
    char about[512]; /* path, object and teller of the last one */
    kube_done_fn *done;
    void *context;
    unsigned count, cancelled;
    bool silent;
} t;

int __wrap_kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret)
{
    static char call;
    size_t length = strlen(t.sent);
    int64_t count = 0;
    (void)client;
    (void)!json_int(json_path(spec->body, "series", "count", NULL), &count);
    snprintf(t.sent + length, sizeof t.sent - length, "%s %s %s %s %d\n", spec->method,
             json_text(json_get(spec->body, "type")), json_text(json_get(spec->body, "reason")),
             json_text(json_get(spec->body, "note")), (int)count);
    snprintf(t.about, sizeof t.about, "%s %s %s", spec->path,
             json_text(json_path(spec->body, "regarding", "uid", NULL)),
             json_text(json_get(spec->body, "reportingInstance")));
    t.done = spec->done;
    t.context = spec->context;
    t.count++;
    *ret = (struct kube_call *)(void *)&call;
    return 0;
}

void __wrap_kube_call_cancel(struct kube_call *call) { t.cancelled += call != NULL; }

static bool may_write(void *context)
{
    (void)context;
    return !t.silent;
}

static const char *sent(void)
{
    static char text[4096];
    memcpy(text, t.sent, sizeof text);
    t.sent[0] = '\0';
    return text;
}

static void answer(void)
{
    const struct kube_answer ok = {.status = 201};
    t.done(t.context, &ok);
}

/* degraded: reason, or NULL. */
static void put(unsigned version, const char *phase, const char *degraded)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"shop\","
             "\"name\":\"split-1\",\"uid\":\"u-1\",\"resourceVersion\":\"%u\"},\"status\":{\"phase\":\"%s\","
             "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"Active\",\"message\":\"all is "
             "routed\"},{\"type\":\"Degraded\",\"status\":\"%s\",\"reason\":\"%s\",\"message\":\"it hurts\"}]}}",
             version, phase, degraded ? "True" : "False", degraded ? degraded : "Well");
    assert_int_equal(store_mirror_put(t.store, json_given(text)), 0);
}

static int begin(void **state)
{
    struct reason why;
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(store_new(-1, &t.store, &why), 0);
    put(1, "Pending", NULL);
    const struct event_writer_config config = {.store = t.store, .instance = "pod-1", .may_write = may_write};
    return event_writer_new(&config, &t.writer);
}

static int end(void **state)
{
    (void)state;
    event_writer_free(t.writer);
    store_free(t.store);
    return 0;
}

static void what_was_there_is_told_by_nobody_again(void **state)
{
    (void)state;
    put(2, "Pending", NULL);
    assert_string_equal(sent(), "");
}

static void a_phase_and_a_condition_that_turns_bad_are_told_once(void **state)
{
    (void)state;
    put(2, "Active", NULL);
    assert_string_equal(sent(), "POST Normal Active all is routed 0\n");
    assert_string_equal(t.about, "/apis/events.k8s.io/v1/namespaces/shop/events u-1 pod-1");
    answer();
    put(3, "Active", "ForeignConsumer");
    assert_string_equal(sent(), "POST Warning ForeignConsumer it hurts 0\n");
    answer();
    put(4, "Active", "ForeignConsumer");
    put(5, "Active", NULL);
    assert_string_equal(sent(), "");
}

static void what_happens_again_is_a_series(void **state)
{
    (void)state;
    put(2, "Pending", "ForeignConsumer");
    answer();
    put(3, "Pending", NULL);
    (void)sent();
    put(4, "Pending", "ForeignConsumer");
    assert_string_equal(sent(), "PATCH    2\n");
    answer();
}

static void another_operator_tells_what_it_does(void **state)
{
    (void)state;
    t.silent = true;
    put(2, "Active", NULL);
    t.silent = false;
    put(3, "Active", NULL);
    assert_string_equal(sent(), "");
}

static void calls_are_bounded_and_cancelled_at_the_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * EVENT_CALLS_MAX; i++)
        put(2 + i, i % 2 ? "Active" : "Idle", NULL);
    assert_int_equal(t.count, EVENT_CALLS_MAX);
    event_writer_free(t.writer);
    t.writer = NULL;
    assert_int_equal(t.cancelled, EVENT_CALLS_MAX);
}

#define EVENT_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENT_TEST(what_was_there_is_told_by_nobody_again),
        EVENT_TEST(a_phase_and_a_condition_that_turns_bad_are_told_once),
        EVENT_TEST(what_happens_again_is_a_series),
        EVENT_TEST(another_operator_tells_what_it_does),
        EVENT_TEST(calls_are_bounded_and_cancelled_at_the_end),
    };
    return cmocka_run_group_tests_name("event writer", tests, NULL, NULL);
}
