/* The replica's process: an elector and a clock that says what it believes. */
#include "tests/component/election/replica.h"

#include "common/base/fd.h"
#include "supervisor/election/elector.h"
#include "tests/unit/cmocka_all.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAMPLE_MS 10

static struct {
    struct loop *loop;
    struct elector *elector;
    int samples, orders;
    bool stopped;
} r;

static void on_sample(void *context)
{
    (void)context;
    struct replica_sample sample = {.at_ms = mono_now().ms};
    sample.leads = elector_leads(r.elector); /* after the time: frozen in between, it would claim too much */
    if (send(r.samples, &sample, sizeof sample, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EWOULDBLOCK)
        _exit(3);
}

static void on_change(void *context, bool leads)
{
    (void)context;
    check(leads == elector_leads(r.elector));
    r.stopped = r.stopped && !leads;
}

static bool is_stopped(void *context)
{
    (void)context;
    return r.stopped;
}

static void on_released(void *context)
{
    (void)context;
    loop_stop(r.loop);
}

static void on_order(void *context, unsigned events)
{
    char order = 0;
    (void)context;
    (void)events;
    if (recv(r.orders, &order, 1, 0) != 1)
        _exit(4);
    if (order == 's') {
        r.stopped = true;
        return;
    }
    elector_release(r.elector, order == 'n', on_released, NULL);
    check(!elector_leads(r.elector));
}

static void replica_run(const char *socket_path, const char *identity)
{
    struct kube_access access = kube_access_empty();
    struct kube_client *client = NULL;
    struct loop_timer *timer = NULL;
    struct loop_fd *watch = NULL;
    check(kube_access_socket(socket_path, &access) == 0 && loop_new(&r.loop) == 0);
    check(kube_client_new(r.loop, &access, &client) == 0);
    const struct elector_config config = {.loop = r.loop,
                                          .client = client,
                                          .namespace = "mirrord",
                                          .name = "sluice",
                                          .identity = identity,
                                          .timing = {REPLICA_DURATION_MS, REPLICA_RENEW_MS, REPLICA_RETRY_MS},
                                          .on_change = on_change,
                                          .is_stopped = is_stopped};
    check(elector_new(&config, &r.elector) == 0);
    check(loop_timer_new(r.loop, on_sample, NULL, &timer) == 0);
    check(loop_fd_new(r.loop, r.orders, LOOP_READABLE, on_order, NULL, &watch) == 0);
    loop_timer_repeat(timer, SAMPLE_MS);
    check(loop_run(r.loop) == 0);
    loop_fd_free(watch);
    loop_timer_free(timer);
    elector_free(r.elector);
    kube_client_free(client);
    kube_access_deinit(&access);
    loop_free(r.loop);
}

void replica_start(struct replica *replica, const char *socket_path, const char *identity)
{
    int samples[2], orders[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, samples), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders), 0);
    replica->pid = fork();
    assert_true(replica->pid >= 0);
    if (replica->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(samples[0]);
        close(orders[0]);
        r.samples = samples[1];
        r.orders = orders[1];
        replica_run(socket_path, identity);
        _exit(0);
    }
    close(samples[1]);
    close(orders[1]);
    replica->samples = samples[0];
    replica->orders = orders[0];
}
