/* Proofs that the pod of a former leader is gone, and what is none. */
#include "common/http/server.h"
#include "supervisor/election/former_pods.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS 10000
#define PODS "/api/v1/namespaces/mirrord/pods/"

static struct {
    char folder[32], path[64];
    struct loop *loop;
    struct loop_timer *timer;
    struct http_server *server;
    struct kube_access access;
    struct kube_client *client;
    struct former_pods *pods;
    unsigned status; /* of the answer */
    const char *uid; /* of the pod that is there */
    const char *stopped;
    unsigned requests, changes;
} t;

bool __wrap_elector_says_stopped(const struct elector *elector, const char *identity);

bool __wrap_elector_says_stopped(const struct elector *elector, const char *identity)
{
    (void)elector;
    return strcmp(t.stopped, identity) == 0;
}

static void on_request(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    assert_string_equal(request->path, PODS "pod-a");
    assert_null(http_request_query(request, "resourceVersion")); /* it could be answered from a cache */
    t.requests++;
    response->status = t.status;
    response->content_type = "application/json";
    assert_int_equal(buf_printf(&response->body, "{\"metadata\":{\"uid\":\"%s\"}}", t.uid), 0);
}

static void on_change(void *context)
{
    (void)context;
    t.changes++;
}

static void on_timer(void *context) { (void)context; }

static int begin(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    memset(&t, 0, sizeof t);
    t.stopped = "";
    t.uid = "1";
    t.status = 200;
    snprintf(t.folder, sizeof t.folder, "/tmp/sluice-former-XXXXXX");
    assert_non_null(mkdtemp(t.folder));
    snprintf(t.path, sizeof t.path, "%s/api.sock", t.folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(str_copy(address.sun_path, sizeof address.sun_path, str_of(t.path)), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    t.access = kube_access_empty();
    assert_int_equal(loop_new(&t.loop), 0);
    assert_int_equal(loop_timer_new(t.loop, on_timer, NULL, &t.timer), 0);
    loop_timer_repeat(t.timer, 10);
    assert_int_equal(http_server_new(t.loop, fd, on_request, NULL, &t.server), 0);
    assert_int_equal(kube_access_socket(t.path, &t.access), 0);
    assert_int_equal(kube_client_new(t.loop, &t.access, &t.client), 0);
    const struct former_pods_config config = {
        .loop = t.loop, .client = t.client, .namespace = "mirrord", .on_change = on_change};
    assert_int_equal(former_pods_new(&config, &t.pods), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    former_pods_free(t.pods);
    kube_client_free(t.client);
    kube_access_deinit(&t.access);
    http_server_free(t.server);
    loop_timer_free(t.timer);
    loop_free(t.loop);
    unlink(t.path);
    return rmdir(t.folder);
}

static bool wait_requests(unsigned count)
{
    for (struct mono until = mono_after(mono_now(), WAIT_MS); t.requests < count;) {
        if (mono_reached(mono_now(), until))
            return false;
        assert_int_equal(loop_turn(t.loop), 0);
    }
    for (int i = 0; i < 20; i++) /* and until the answer is heard */
        assert_int_equal(loop_turn(t.loop), 0);
    return true;
}

static void a_pod_that_is_there_is_asked_for_until_it_is_gone(void **state)
{
    (void)state;
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_true(wait_requests(2));
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_int_equal(t.changes, 0);
    t.status = 404;
    assert_true(wait_requests(t.requests + 1));
    assert_int_equal(t.changes, 1);
    assert_true(former_pods_gone(t.pods, "pod-a_1"));
}

static void another_pod_of_the_same_name_is_a_proof(void **state)
{
    (void)state;
    t.uid = "2";
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_true(wait_requests(1));
    assert_true(former_pods_gone(t.pods, "pod-a_1"));
    assert_int_equal(t.changes, 1);
}

/* C-11: an error never counts as "none". */
static void what_cannot_be_read_is_no_proof(void **state)
{
    static const unsigned statuses[] = {403, 500, 503, 429};
    (void)state;
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        t.status = statuses[i];
        assert_true(wait_requests(t.requests + 1));
        assert_false(former_pods_gone(t.pods, "pod-a_1"));
    }
    t.status = 200;
    t.uid = ""; /* no pod at all */
    assert_true(wait_requests(t.requests + 1));
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_false(former_pods_gone(t.pods, "nonsense"));
    assert_int_equal(t.changes, 0);
}

static void a_leader_that_said_that_none_is_left_is_believed(void **state)
{
    (void)state;
    t.stopped = "pod-a_1";
    assert_true(former_pods_gone(t.pods, "pod-a_1"));
    assert_int_equal(t.requests, 0);
    assert_false(former_pods_gone(t.pods, "pod-a_2"));
}

/* Its pod lives on, so that only its word counts; and one that leads again has workers again. */
static void a_leader_that_says_so_later_is_believed_until_it_leads_again(void **state)
{
    (void)state;
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_true(wait_requests(1));
    t.stopped = "pod-a_1";
    assert_true(wait_requests(t.requests + 1));
    assert_int_equal(t.changes, 1);
    assert_true(former_pods_gone(t.pods, "pod-a_1"));
    t.stopped = "";
    assert_false(former_pods_gone(t.pods, "pod-a_1"));
    assert_true(wait_requests(t.requests + 1));
    assert_int_equal(t.changes, 1);
}

#define PODS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        PODS_TEST(a_pod_that_is_there_is_asked_for_until_it_is_gone),
        PODS_TEST(another_pod_of_the_same_name_is_a_proof),
        PODS_TEST(what_cannot_be_read_is_no_proof),
        PODS_TEST(a_leader_that_said_that_none_is_left_is_believed),
        PODS_TEST(a_leader_that_says_so_later_is_believed_until_it_leads_again),
    };
    return cmocka_run_group_tests_name("former pods", tests, NULL, NULL);
}
