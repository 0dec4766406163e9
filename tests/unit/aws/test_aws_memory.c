/* A call that meets the end of memory anywhere on its way is told, once, or was never made; nothing stays behind. */
#include "common/aws/client.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"

#include <string.h>

enum { ALLOCATIONS_MIN = 20, ALLOCATIONS_MAX = 2000, GUARD_MS = 20000 };

struct place {
    struct loop *loop;
    struct loop_timer *guard;
    bool late;
    unsigned told;
    int error;
};

static char *keys_of_environment(const char *name)
{
    static char id[] = "AKID", secret[] = "secret", token[] = "token";

    if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
        return id;
    if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
        return secret;
    return strcmp(name, "AWS_SESSION_TOKEN") == 0 ? token : NULL;
}

static char *keys_of_agent(const char *name)
{
    static char url[] = "http://127.0.0.1:1/", token[] = "token";

    if (strcmp(name, "AWS_CONTAINER_CREDENTIALS_FULL_URI") == 0)
        return url;
    return strcmp(name, "AWS_CONTAINER_AUTHORIZATION_TOKEN") == 0 ? token : NULL;
}

static void on_late(void *context) { ((struct place *)context)->late = true; }

static void on_done(void *context, const struct aws_result *result)
{
    struct place *place = context;

    place->told++;
    place->error = result->error;
    assert_non_null(result->code);
    assert_non_null(result->message);
}

static int ask(struct place *place, aws_lookup_fn *lookup, const char *role_arn)
{
    CLEANUP(aws_credentials_freep) struct aws_credentials *credentials = NULL;
    CLEANUP(aws_client_freep) struct aws_client *client = NULL;
    const struct aws_credentials_spec keys = {
        .loop = place->loop, .lookup = lookup, .region = "eu-west-1", .role_arn = role_arn};
    struct aws_client_spec spec = {
        .loop = place->loop, .service = "sqs", .region = "eu-west-1", .endpoint = "http://127.0.0.1:1"};
    const struct aws_call_spec call = {
        .target = "AmazonSQS.ListQueues", .body = STR("{}"), .deadline_ms = 20, .on_done = on_done, .context = place};
    int r = aws_credentials_new(&keys, &credentials);

    spec.credentials = credentials;
    place->told = 0;
    if (r == 0)
        r = aws_client_new(&spec, &client);
    if (r == 0)
        r = aws_client_call(client, &call, NULL);
    if (r < 0)
        return r;
    while (place->told == 0 && !place->late)
        assert_int_equal(loop_turn(place->loop), 0);
    assert_int_equal(place->told, 1);
    assert_true(place->error < 0);
    return 0;
}

static int with_environment(void *context) { return ask(context, keys_of_environment, NULL); }
static int with_agent(void *context) { return ask(context, keys_of_agent, NULL); }
static int with_role(void *context) { return ask(context, keys_of_environment, "arn:aws:iam::123456789012:role/r"); }

static void every_allocation_may_fail(void **state)
{
    static alloc_fail_fn *const bodies[] = {with_environment, with_agent, with_role};
    struct place place = {.late = false};

    (void)state;
    assert_int_equal(loop_new(&place.loop), 0);
    assert_int_equal(loop_timer_new(place.loop, on_late, &place, &place.guard), 0);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        size_t n = 0;
        int result = 0;
        while (loop_timer_start(place.guard, GUARD_MS), alloc_fail_at(n, bodies[i], &place, &result)) {
            assert_true(result == 0 || result == -ENOMEM);
            n++;
        }
        assert_int_equal(result, 0);
        assert_in_range(n, ALLOCATIONS_MIN, ALLOCATIONS_MAX);
    }
    loop_timer_free(place.guard);
    loop_free(place.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
