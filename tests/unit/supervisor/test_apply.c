/* What a plan does when an effect fails: documents keep their order, a target that cannot be told anything holds up nobody. */
#include "supervisor/apply/apply.h"
#include "tests/unit/cmocka_all.h"

static struct {
    unsigned updates, stops, sets;
    int update_result;
} t;

static int update(void *context, struct json *document_take)
{
    (void)context;
    json_freep(&document_take);
    t.updates++;
    return t.update_result;
}

static int stop(void *context, const char *worker)
{
    (void)context, (void)worker;
    t.stops++;
    return 0;
}

static int set(void *context, const struct target_wanted *wanted)
{
    (void)context, (void)wanted;
    t.sets++;
    return -ENOSPC;
}

static const struct effects effects = {.documents.update = update, .workers.stop = stop, .targets.set = set};

/* A target first, then a document, then a worker. */
static int run(int update_result, enum action_type *ret_failed)
{
    struct plan plan;
    const struct target_wanted wanted = {.key = {.kind = KIND_LOCAL_SERVICE, .namespace = "default", .name = "shop"}};
    struct json *document = json_new_object();
    assert_non_null(document);
    memset(&t, 0, sizeof t);
    t.update_result = update_result;
    plan_init(&plan);
    assert_int_equal(plan_target(&plan, &wanted), 0);
    assert_int_equal(plan_document(&plan, ACTION_DOCUMENT_UPDATE, document), 0);
    assert_int_equal(plan_worker_stop(&plan, "split-1"), 0);
    int r = apply_plan(&plan, &effects, ret_failed);
    plan_deinit(&plan);
    return r;
}

static void a_target_that_fails_holds_up_nobody(void **state)
{
    (void)state;
    enum action_type failed = ACTION_WORKER_START;
    assert_int_equal(run(0, &failed), -ENOSPC);
    assert_int_equal(failed, ACTION_TARGET_SET);
    assert_int_equal(t.sets, 1);
    assert_int_equal(t.updates, 1);
    assert_int_equal(t.stops, 1);
}

static void nothing_is_done_after_a_document_that_is_not_written(void **state)
{
    (void)state;
    enum action_type failed = ACTION_WORKER_START;
    assert_int_equal(run(-EIO, &failed), -ENOSPC); /* the first one is told */
    assert_int_equal(t.updates, 1);
    assert_int_equal(t.stops, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_that_fails_holds_up_nobody),
        cmocka_unit_test(nothing_is_done_after_a_document_that_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
