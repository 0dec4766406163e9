/* Figures and logs over the operator's port (S-14): who asks is judged by an API server, here one of ours that says what a test
 * wants. */
#include "common/http/client.h"
#include "supervisor/fleet/fleet_look.h"
#include "supervisor/main/serve_guarded.h"
#include "supervisor/review/reviewer.h"
#include "tests/component/supervisor/review_api.h"
#include "tests/unit/base/scratch.h"
#include "tests/unit/json/json_given.h"

#define SPLIT "split-0123456789abcdef"
#define LOG "/sluice/v1/logs/" SPLIT
#define ANNA                                                                                                      \
    "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"anna\",\"groups\":[\"dev\"],\"extra\":{\"a\":[" \
    "\"b\"]}}}}"

struct told {
    bool done;
    unsigned status;
    char text[2048];
};

int __wrap_fleet_look_start(struct fleet *fleet, const struct fleet_look_spec *spec, fleet_look_fn *told,
                            void *context, struct fleet_look **ret);
int __wrap_fleet_look_start(struct fleet *fleet, const struct fleet_look_spec *spec, fleet_look_fn *told,
                            void *context, struct fleet_look **ret)
{
    (void)fleet;
    (void)spec;
    (void)told;
    (void)context;
    (void)ret;
    return FLEET_LOOK_NO_WORKER;
}

static struct {
    struct loop *loop;
    void *scratch;
    struct serve_port *api, *port;
    struct kube_access access;
    struct kube_client *kube;
    struct store *store;
    struct serve_guarded *guarded;
    struct http_client *client;
} t;

/* --- The rooms --- */

static bool yes(void *context)
{
    (void)context;
    return true;
}

static bool no(void *context)
{
    (void)context;
    return false;
}

static void open_api(void)
{
    const struct serve_port_config config = {.loop = t.loop, .ready = yes};
    char url[64];
    assert_int_equal(serve_port_new(&config, &t.api), 0);
    review_api_begin(t.api);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)serve_port_number(t.api));
    t.access = kube_access_empty();
    assert_int_equal(str_dup(str_of(url), &t.access.server), 0);
    assert_int_equal(kube_client_new(t.loop, &t.access, &t.kube), 0);
}

static void put_split(const char *name, const char *namespace)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":\"%s\","
             "\"name\":\"%s\"},\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"shop\",\"uid\":\"u\"},"
             "\"queue\":{\"type\":\"Kafka\",\"cluster\":\"c\",\"name\":\"t\",\"group\":\"g\",\"ids\":[\"q\"]},"
             "\"settings\":{\"leftovers\":\"keep\",\"autoOffsetReset\":\"latest\",\"overlap\":\"Allow\","
             "\"waitForPods\":\"all\"},\"temporaries\":[{\"name\":\"t\",\"role\":\"fallback\"}]}}",
             namespace, name);
    assert_int_equal(store_create(t.store, json_given(text)), 0);
}

static int begin(void **state)
{
    struct reason why;
    char url[64];
    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(loop_new(&t.loop), 0);
    assert_int_equal(scratch_setup(&t.scratch), 0);
    scratch_put(t.scratch, SPLIT ".log", STR("a line\n"));
    open_api();
    assert_int_equal(store_new(-1, &t.store, &why), 0);
    put_split(SPLIT, "team");
    const struct serve_port_config config = {.loop = t.loop, .ready = yes};
    assert_int_equal(serve_port_new(&config, &t.port), 0);
    const struct metrics_config metrics = {.store = t.store, .leads = no};
    const struct serve_guarded_config guarded = {.loop = t.loop,
                                                 .client = t.kube,
                                                 .store = t.store,
                                                 .log_dir = ((struct scratch *)t.scratch)->path,
                                                 .metrics = &metrics};
    assert_int_equal(serve_guarded_new(&guarded, t.port, &t.guarded), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)serve_port_number(t.port));
    assert_int_equal(http_client_new(t.loop, NULL, url, &t.client), 0);
    review_api.of_token = ANNA;
    review_api.of_access = "{\"status\":{\"allowed\":true}}";
    return 0;
}

static int end(void **state)
{
    (void)state;
    http_client_free(t.client);
    serve_port_free(t.port);
    serve_guarded_free(t.guarded);
    store_free(t.store);
    kube_client_free(t.kube);
    kube_access_deinit(&t.access);
    serve_port_free(t.api);
    loop_free(t.loop);
    return scratch_teardown(&t.scratch);
}

/* --- Who asks --- */

static const char *method = "GET";

static void on_done(void *context, const struct http_result *result)
{
    struct told *told = context;
    told->done = true;
    told->status = result->status;
    str_copy_cut(told->text, sizeof told->text, result->body);
}

static void send(const char *path, const char *header, struct told *told)
{
    const char *const headers[] = {header, NULL};
    const struct http_call_spec spec = {
        .method = method, .path = path, .headers = headers, .on_done = on_done, .context = told};
    *told = (struct told){.done = false};
    assert_int_equal(http_client_call(t.client, &spec, NULL), 0);
}

static void wait_for(const struct told *told)
{
    while (!told->done) /* the client's own deadline */
        assert_int_equal(loop_turn(t.loop), 0);
}

static void expect(const char *path, const char *header, unsigned status, const char *part)
{
    struct told told;
    send(path, header, &told);
    wait_for(&told);
    assert_int_equal(told.status, status);
    if (!strstr(told.text, part))
        fail_msg("'%s' does not contain '%s'", told.text, part);
}

#define TOKEN "Authorization: Bearer t0ken"

static void nobody_is_told_anything_without_a_token(void **state)
{
    (void)state;
    expect(LOG, NULL, 401, "NotAuthenticated");
    expect("/sluice/v1/figures", "Authorization: Basic eHg6eXk=", 401, "NotAuthenticated");
    assert_int_equal(review_api.count, 0);
}

static void a_token_of_nobody_is_refused(void **state)
{
    (void)state;
    review_api.of_token = "{\"status\":{\"authenticated\":false,\"user\":{\"username\":\"anna\"}}}";
    expect(LOG, TOKEN, 401, "knows nobody");
    assert_int_equal(review_api.count, 1);
}

static void who_may_reads_the_log(void **state)
{
    (void)state;
    expect(LOG, TOKEN, 200, "a line\n");
    assert_non_null(strstr(review_api.asked[0], "\"token\":\"t0ken\""));
    assert_non_null(strstr(review_api.asked[1], "\"user\":\"anna\""));
    assert_non_null(strstr(review_api.asked[1], "\"groups\":[\"dev\"]"));
    assert_non_null(strstr(review_api.asked[1], "\"extra\":{\"a\":[\"b\"]}"));
    assert_non_null(strstr(review_api.asked[1], "\"subresource\":\"log\""));
    assert_non_null(strstr(review_api.asked[1], "\"namespace\":\"team\""));
}

static void what_was_said_is_remembered_for_the_same_question(void **state)
{
    (void)state;
    expect(LOG, TOKEN, 200, "a line\n");
    expect(LOG, TOKEN, 200, "a line\n");
    assert_int_equal(review_api.count, 2);
    expect(LOG, "Authorization: Bearer other", 200, "a line\n");
    assert_int_equal(review_api.count, 4);
    expect("/sluice/v1/figures?namespace=team", TOKEN, 200, SPLIT);
    assert_int_equal(review_api.count, 6);
}

static void without_the_right_it_is_said_which(void **state)
{
    (void)state;
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    expect(LOG, TOKEN, 403, "anna may not get queuesplits/log in namespace team, name " SPLIT);
    expect("/sluice/v1/figures", TOKEN, 403, "anna may not list queuesplits in every namespace");
    review_api.of_access = "{\"status\":{\"allowed\":true,\"denied\":true}}";
    expect("/sluice/v1/figures?namespace=team", TOKEN, 403, "in namespace team");
}

/* S-14: values of headers are more than a log tells, so they have a right of their own. */
static void what_becomes_of_messages_needs_its_own_right(void **state)
{
    (void)state;
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    expect("/sluice/v1/explain/" SPLIT, NULL, 401, "NotAuthenticated");
    expect("/sluice/v1/explain/" SPLIT, TOKEN, 403,
           "anna may not get queuesplits/explain in namespace team, name " SPLIT);
    review_api.of_access = "{\"status\":{\"allowed\":true}}";
    expect("/sluice/v1/explain/" SPLIT "?seconds=61", "Authorization: Bearer other", 400, "1 to 60");
    expect("/sluice/v1/explain/" SPLIT, "Authorization: Bearer other", 503, "worker is not connected");
    expect("/sluice/v1/explain/split-1111111111111111", "Authorization: Bearer other", 404, "there is no split");
}

/* S-14: no state changes by a GET, and who may read a log may not change how much is logged. */
static void levels_of_a_log_need_the_right_to_update_it(void **state)
{
    (void)state;
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    method = "POST";
    expect("/sluice/v1/levels/" SPLIT, TOKEN, 403,
           "anna may not update queuesplits/log in namespace team, name " SPLIT);
    review_api.of_access = "{\"status\":{\"allowed\":true}}";
    expect("/sluice/v1/levels/" SPLIT, "Authorization: Bearer other", 400, "seconds: 1 to 3600");
    method = "GET";
    expect("/sluice/v1/levels/" SPLIT, TOKEN, 405, "");
}

static void figures_are_those_of_the_namespace_that_was_judged(void **state)
{
    struct told told;
    (void)state;
    put_split("split-ffffffffffffffff", "others");
    send("/sluice/v1/figures?namespace=team", TOKEN, &told);
    wait_for(&told);
    assert_int_equal(told.status, 200);
    assert_non_null(strstr(told.text, SPLIT));
    assert_null(strstr(told.text, "split-ffff"));
    expect("/sluice/v1/figures", TOKEN, 200, "split-ffff");
}

static void events_are_told_to_who_may_see_the_figures(void **state)
{
    (void)state;
    expect("/sluice/v1/events", NULL, 401, "NotAuthenticated");
    expect("/sluice/v1/events?namespace=team", TOKEN, 200, "{\"events\":[]}");
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    expect("/sluice/v1/events", TOKEN, 403, "anna may not list queuesplits in every namespace");
}

static void of_an_unknown_split_the_right_must_be_for_every_namespace(void **state)
{
    (void)state;
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    expect("/sluice/v1/logs/split-0000000000000000", TOKEN, 403, "in every namespace");
    review_api.of_access = "{\"status\":{\"allowed\":true}}";
    expect("/sluice/v1/logs/split-1111111111111111", TOKEN, 404, "");
}

/* As Prometheus is given the right elsewhere: a path that is no resource. */
static void S_14_the_page_for_Prometheus_is_for_who_may_get_its_path(void **state)
{
    (void)state;
    expect("/metrics", NULL, 401, "NotAuthenticated");
    assert_int_equal(review_api.count, 0);
    expect("/metrics", TOKEN, 200, "sluice_build_info{version=");
    assert_non_null(
        strstr(review_api.asked[1], "\"nonResourceAttributes\":{\"path\":\"/metrics\",\"verb\":\"get\"}"));
    assert_null(strstr(review_api.asked[1], "\"resourceAttributes\""));
    review_api.of_access = "{\"status\":{\"allowed\":false}}";
    expect("/metrics", "Authorization: Bearer other", 403, "anna may not get the path /metrics");
}

static void an_api_server_that_does_not_say_is_no_right(void **state)
{
    (void)state;
    review_api.of_access = NULL;
    expect(LOG, TOKEN, 503, "ask again");
    review_api.of_token = NULL;
    expect(LOG, "Authorization: Bearer other", 503, "ask again");
}

static void requests_wait_for_one_answer(void **state)
{
    struct told told[3];
    (void)state;
    review_api.hold = true;
    for (int i = 0; i < 3; i++)
        send(LOG, TOKEN, &told[i]);
    while (!review_api.held)
        assert_int_equal(loop_turn(t.loop), 0);
    http_wait_over(review_api.held);
    for (int i = 0; i < 3; i++) {
        wait_for(&told[i]);
        assert_int_equal(told[i].status, 200);
    }
    assert_int_equal(review_api.count, 2);
}

/* S-10: however many ask, the API server is asked no more than so much. */
static void no_more_wait_than_the_limit(void **state)
{
    struct told told[REVIEWER_WAITS_MAX + 1];
    int refused = 0;
    (void)state;
    review_api.hold = true;
    for (int i = 0; i <= REVIEWER_WAITS_MAX; i++)
        send(LOG, TOKEN, &told[i]);
    for (refused = 0; refused == 0; assert_int_equal(loop_turn(t.loop), 0))
        for (int i = 0; i <= REVIEWER_WAITS_MAX; i++)
            refused += told[i].done && told[i].status == 503;
    assert_int_equal(refused, 1);
    while (!review_api.held)
        assert_int_equal(loop_turn(t.loop), 0);
    http_wait_over(review_api.held);
    for (int i = 0; i <= REVIEWER_WAITS_MAX; i++)
        wait_for(&told[i]);
}

static void the_port_may_end_while_somebody_waits(void **state)
{
    struct told told;
    (void)state;
    review_api.hold = true;
    send(LOG, TOKEN, &told);
    while (!review_api.held)
        assert_int_equal(loop_turn(t.loop), 0);
    serve_port_free(TAKE(t.port));
    serve_guarded_free(TAKE(t.guarded));
    wait_for(&told);
    assert_int_equal(told.status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_told_anything_without_a_token),
        TEST(a_token_of_nobody_is_refused),
        TEST(who_may_reads_the_log),
        TEST(what_was_said_is_remembered_for_the_same_question),
        TEST(without_the_right_it_is_said_which),
        TEST(what_becomes_of_messages_needs_its_own_right),
        TEST(levels_of_a_log_need_the_right_to_update_it),
        TEST(figures_are_those_of_the_namespace_that_was_judged),
        TEST(events_are_told_to_who_may_see_the_figures),
        TEST(of_an_unknown_split_the_right_must_be_for_every_namespace),
        TEST(S_14_the_page_for_Prometheus_is_for_who_may_get_its_path),
        TEST(an_api_server_that_does_not_say_is_no_right),
        TEST(requests_wait_for_one_answer),
        TEST(no_more_wait_than_the_limit),
        TEST(the_port_may_end_while_somebody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
