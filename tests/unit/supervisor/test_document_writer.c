/* Writes to an API server: in order for each target, one at a time, what is left dropped after one that was not done, and the
 * answers in the store. */
#include "supervisor/apply/document_writer.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/json/json_given.h"

int __wrap_kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret);
void __wrap_kube_call_cancel(struct kube_call *call);
struct loop *__wrap_kube_client_loop(const struct kube_client *client);

#define SENT_MAX 8

static struct {
    struct loop *loop;
    struct store *store;
    struct document_writer *writer;
    struct document_effects effects;
    struct kube_call_spec sent[SENT_MAX];
    char paths[SENT_MAX][256];
    size_t count;
    unsigned cancelled;
    char written[256];
    struct loop_timer *clock;
    bool silenced;
} t;

int __wrap_kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret)
{
    static char call;
    (void)client;
    assert_true(t.count < SENT_MAX);
    snprintf(t.paths[t.count], sizeof t.paths[0], "%s %s", spec->method, spec->path);
    t.sent[t.count++] = *spec;
    *ret = (struct kube_call *)(void *)&call;
    return 0;
}

void __wrap_kube_call_cancel(struct kube_call *call) { t.cancelled += call != NULL; }

struct loop *__wrap_kube_client_loop(const struct kube_client *client)
{
    (void)client;
    return t.loop;
}

static void on_written(void *context, const struct resource_key *target, enum written written)
{
    static const char *const words[] = {
        [WRITTEN_ALL] = "all", [WRITTEN_STALE] = "stale", [WRITTEN_FAILED] = "failed"};
    size_t length = strlen(t.written);
    (void)context;
    snprintf(t.written + length, sizeof t.written - length, "%s:%s ", target->name, words[written]);
}

static bool may_write(void *context)
{
    (void)context;
    return !t.silenced;
}

static void on_clock(void *context) { (void)context; }

static int begin(void **state)
{
    struct reason why;
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(loop_new(&t.loop), 0);
    assert_int_equal(loop_timer_new(t.loop, on_clock, NULL, &t.clock), 0);
    loop_timer_repeat(t.clock, 2);
    assert_int_equal(store_new(-1, &t.store, &why), 0);
    const struct document_writer_config config = {.store = t.store, .may_write = may_write, .on_written = on_written};
    assert_int_equal(document_writer_new(&config, &t.writer), 0);
    t.effects = document_writer_effects(t.writer);
    return 0;
}

static int end(void **state)
{
    (void)state;
    document_writer_free(t.writer);
    store_free(t.store);
    loop_timer_free(t.clock);
    loop_free(t.loop);
    return 0;
}

static struct json *split_of(const char *target, const char *name, const char *version)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"shop\","
             "\"name\":\"%s\",\"uid\":\"u-%s\",\"resourceVersion\":\"%s\"},"
             "\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"%s\"}}}",
             name, name, version, target);
    return json_given(text);
}

static void turn_until_sent(size_t count)
{
    for (unsigned i = 0; t.count < count && i < 1000; i++)
        assert_int_equal(loop_turn(t.loop), 0);
    assert_int_equal(t.count, count);
}

static void answer(size_t index, unsigned status, const struct json *body)
{
    const struct kube_answer given = {.status = status, .body = body};
    t.sent[index].done(t.sent[index].context, &given);
}

static const struct resource_key shop = {KIND_DEPLOYMENT, "shop", "web"}, other = {KIND_DEPLOYMENT, "shop", "api"};
static const struct resource_key split_a = {KIND_QUEUE_SPLIT, "shop", "a"};

static void one_after_the_other_and_into_the_store(void **state)
{
    struct json *stored CLEANUP(json_freep) = split_of("web", "a", "7");
    (void)state;
    assert_int_equal(t.effects.create(t.effects.context, split_of("web", "a", "")), 0);
    assert_int_equal(t.effects.status(t.effects.context, split_of("web", "b", "5")), 0);
    turn_until_sent(1);
    assert_string_equal(t.paths[0], "POST /apis/sluice.dev/v1alpha1/namespaces/shop/queuesplits");
    assert_true(document_writer_busy(t.writer, &shop));
    assert_false(document_writer_busy(t.writer, &other));
    answer(0, 201, stored);
    assert_int_equal(t.count, 2);
    assert_string_equal(t.paths[1], "PUT /apis/sluice.dev/v1alpha1/namespaces/shop/queuesplits/b/status");
    assert_non_null(store_get(t.store, &split_a));
    assert_string_equal(t.written, "");
    answer(1, 200, stored);
    assert_string_equal(t.written, "web:all ");
    assert_false(document_writer_busy(t.writer, &shop));
    assert_true(document_writer_is_idle(t.writer));
}

static void targets_do_not_wait_for_each_other(void **state)
{
    (void)state;
    assert_int_equal(t.effects.update(t.effects.context, split_of("web", "a", "1")), 0);
    assert_int_equal(t.effects.update(t.effects.context, split_of("api", "b", "1")), 0);
    turn_until_sent(2);
}

static void case_29_what_is_left_of_a_plan_is_dropped(void **state)
{
    static const struct {
        unsigned status;
        const char *told;
    } cases[] = {{409, "web:stale "}, {404, "web:stale "}, {500, "web:failed "}, {403, "web:failed "}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        t.written[0] = '\0';
        t.count = 0;
        assert_int_equal(t.effects.update(t.effects.context, split_of("web", "a", "1")), 0);
        assert_int_equal(t.effects.update(t.effects.context, split_of("web", "b", "1")), 0);
        turn_until_sent(1);
        answer(0, cases[i].status, NULL);
        assert_int_equal(t.count, 1);
        assert_string_equal(t.written, cases[i].told);
        assert_true(document_writer_is_idle(t.writer));
    }
}

static void what_is_gone_does_not_come_back_with_an_answer(void **state)
{
    struct json *late CLEANUP(json_freep) = split_of("web", "a", "9");
    struct json *last CLEANUP(json_freep) = json_given(
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"shop\","
        "\"name\":\"a\",\"uid\":\"u-a\",\"resourceVersion\":\"9\",\"deletionTimestamp\":\"2026-01-02T03:04:05Z\"}}");
    (void)state;
    assert_int_equal(store_mirror_put(t.store, split_of("web", "a", "3")), 0);
    assert_int_equal(t.effects.update(t.effects.context, split_of("web", "a", "3")), 0);
    turn_until_sent(1);
    answer(0, 200, last); /* its last finalizer went: there is none any more */
    assert_null(store_get(t.store, &split_a));
    assert_int_equal(t.effects.status(t.effects.context, split_of("web", "a", "3")), 0);
    turn_until_sent(2);
    answer(1, 200, late); /* the watch was faster */
    assert_null(store_get(t.store, &split_a));
}

static void case_5_a_leader_that_was_replaced_writes_nothing_more(void **state)
{
    (void)state;
    assert_int_equal(t.effects.update(t.effects.context, split_of("web", "a", "1")), 0);
    assert_int_equal(t.effects.update(t.effects.context, split_of("web", "b", "1")), 0);
    turn_until_sent(1);
    t.silenced = true;
    answer(0, 200, NULL);
    assert_int_equal(t.count, 1);
    assert_string_equal(t.written, "web:stale ");
}

static void c_11_only_the_object_that_was_looked_at_is_deleted(void **state)
{
    struct json *status CLEANUP(json_freep) = json_given("{\"kind\":\"Status\",\"status\":\"Success\"}");
    (void)state;
    assert_int_equal(t.effects.remove(t.effects.context, &split_a), 0); /* not known: nothing to do */
    assert_int_equal(store_mirror_put(t.store, split_of("web", "a", "3")), 0);
    assert_int_equal(t.effects.remove(t.effects.context, &split_a), 0);
    turn_until_sent(1);
    assert_string_equal(t.paths[0], "DELETE /apis/sluice.dev/v1alpha1/namespaces/shop/queuesplits/a");
    assert_string_equal(json_text(json_path(t.sent[0].body, "preconditions", "uid", NULL)), "u-a");
    answer(0, 200, status);
    assert_null(store_get(t.store, &split_a));
    assert_string_equal(t.written, "web:all ");
}

static void what_is_on_its_way_is_cancelled_at_the_end(void **state)
{
    (void)state;
    assert_int_equal(t.effects.update(t.effects.context, split_of("web", "a", "1")), 0);
    turn_until_sent(1);
    document_writer_free(t.writer);
    t.writer = NULL;
    assert_int_equal(t.cancelled, 1);
}

#define WRITER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITER_TEST(one_after_the_other_and_into_the_store),
        WRITER_TEST(targets_do_not_wait_for_each_other),
        WRITER_TEST(case_29_what_is_left_of_a_plan_is_dropped),
        WRITER_TEST(what_is_gone_does_not_come_back_with_an_answer),
        WRITER_TEST(case_5_a_leader_that_was_replaced_writes_nothing_more),
        WRITER_TEST(c_11_only_the_object_that_was_looked_at_is_deleted),
        WRITER_TEST(what_is_on_its_way_is_cancelled_at_the_end),
    };
    return cmocka_run_group_tests_name("document writer", tests, NULL, NULL);
}
