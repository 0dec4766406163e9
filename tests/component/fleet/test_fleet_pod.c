/* The fleet in a pod (architecture: guardian and supervisor in two containers): everything that passes between the two works
 * although neither has the other's processes or files. */
#include "supervisor/worker_link/guardian_dial.h"
#include "tests/component/fleet/pod.h"
#include "tests/component/fleet/yard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void workers_start(struct yard *yard) { pod_workers_start(yard->pod, yard->logs); }

static struct yard *begin(void **state)
{
    workers_start(*state);
    return yard_begin(state);
}

static struct yard *begin_live(void **state)
{
    workers_start(*state);
    return yard_begin_live(state);
}

static int end(void **state)
{
    struct yard *yard = *state;
    pod_workers_signal(SIGKILL);
    pod_workers_wait();
    return yard_close((void **)&yard);
}

static bool lock_is_free(const struct yard *yard, uint64_t incarnation)
{
    char path[160];
    int fd CLEANUP(fd_closep) = -1;
    snprintf(path, sizeof path, "%s/ipc/" WORKER ".%llu.lock", yard->folder, (unsigned long long)incarnation);
    return file_lock(AT_FDCWD, path, &fd) == 0;
}

static void worker_signal(struct yard *yard, int number)
{
    struct guardian_child child = {
        .kind = GUARDIAN_WORKER, .incarnation = yard_view(yard)->incarnation, .split = WORKER};
    assert_int_equal(guardian_client_signal(yard->client, &child, number), 0);
}

static bool is_settled(struct yard *yard) { return fleet_is_settled(yard->fleet); }
static bool is_lost(struct yard *yard) { return yard->losses > 0 && !fleet_is_settled(yard->fleet); }

static void a_worker_is_started_heard_and_stopped_in_the_other_container(void **state)
{
    struct yard *yard = begin_live(state);
    char path[160];
    struct stat log;
    assert_true(yard_view(yard)->pid > 1 && yard_view(yard)->pid < 100); /* a number of the other container */
    snprintf(path, sizeof path, "%s/" WORKER ".log", yard->logs);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size > 0); /* written there, where the folder is not */
    assert_false(lock_is_free(yard, 1));
    assert_int_equal(fleet_stop(yard->fleet, WORKER), 0);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_NONE);
    assert_true(lock_is_free(yard, 1));
}

static void S_13_the_way_to_the_socket_is_for_our_user_alone(void **state)
{
    struct yard *yard = begin(state);
    struct stat folder;
    assert_int_equal(stat(yard->folder, &folder), 0);
    assert_int_equal(folder.st_mode & 0777, 0700);
}

static void CASE_4_a_killed_worker_is_told_and_started_again(void **state)
{
    struct yard *yard = begin_live(state);
    worker_signal(yard, SIGKILL);
    yard_wait(yard, is_gone);
    assert_non_null(strstr(yard_view(yard)->why.text, "SIGKILL"));
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    assert_int_equal(yard_view(yard)->incarnation, 2);
}

/* The kubelet starts the supervisor's container again; the other one lives on. */
static void CASE_4_the_next_supervisor_adopts_the_workers(void **state)
{
    struct yard *yard = begin_live(state);
    int32_t pid = yard_view(yard)->pid;
    yard_end_life(yard);
    assert_false(lock_is_free(yard, 1));
    yard_begin_life(yard);
    assert_int_equal(fleet_running(yard->fleet), 1);
    yard_wait(yard, is_live);
    assert_int_equal(yard_view(yard)->incarnation, 1);
    assert_int_equal(yard_view(yard)->pid, pid);
}

/* Its lock says that it is gone before anybody else could; nobody is started until a guardian is there again. */
static void CASE_4_workers_that_ended_with_their_container_are_gone_and_start_again(void **state)
{
    struct yard *yard = begin_live(state);
    pod_workers_signal(SIGKILL);
    pod_workers_wait();
    yard_wait(yard, is_lost);
    yard_wait(yard, is_gone);
    assert_int_equal(yard_view(yard)->why.code, REASON_WORKER_CRASHED);
    assert_non_null(strstr(yard_view(yard)->why.text, "with the guardian"));
    assert_int_equal(yard_start(yard, "{}"), -EAGAIN);
    workers_start(yard);
    yard_wait(yard, is_settled);
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
    assert_int_equal(yard_view(yard)->incarnation, 2);
    assert_int_equal(yard->losses, 1);
}

/* Faster than any look at locks: the new table says so. */
static void a_container_that_is_back_at_once_has_no_workers(void **state)
{
    struct yard *yard = begin_live(state);
    pod_workers_signal(SIGKILL);
    pod_workers_wait();
    workers_start(yard);
    yard_wait(yard, is_gone);
    yard_wait(yard, is_settled);
    assert_true(lock_is_free(yard, 1));
    assert_int_equal(yard_start(yard, "{}"), 0);
    yard_wait(yard, is_live);
}

static bool is_hung_up(struct yard *yard) { return yard->losses == 1 && is_live(yard); }

/* Another one connected, or this one said nothing for too long: the same workers are told again, none is started twice. */
static void a_link_that_is_cut_off_is_made_again_with_the_same_workers(void **state)
{
    struct yard *yard = begin_live(state);
    int other = -1;
    assert_int_equal(guardian_dial(yard->pod, &other), 0);
    yard_wait(yard, is_hung_up);
    close(other);
    yard_wait(yard, is_settled);
    assert_int_equal(yard_view(yard)->presence, WORKER_LIVE);
    assert_int_equal(yard_view(yard)->incarnation, 1);
    worker_signal(yard, SIGKILL);
    yard_wait(yard, is_gone);
}

/* SIGTERM for the whole pod: the supervisor stops its workers and goes, then the guardian goes. */
static void a_pod_ends_in_order(void **state)
{
    struct yard *yard = begin_live(state);
    pod_workers_signal(SIGTERM);
    fleet_stop_all(yard->fleet);
    yard_wait(yard, is_gone); /* its guardian is still there to tell */
    assert_int_equal(yard_view(yard)->why.code, REASON_NONE);
    assert_int_equal(yard->losses, 0);
    yard_end_life(yard);
    assert_int_equal(pod_workers_wait(), 0);
    workers_start(yard); /* for the end of the test */
}

/* A supervisor that does not come again does not keep the pod: workers end by SIGTERM, in order. */
static void workers_end_without_a_supervisor(void **state)
{
    struct yard *yard = begin_live(state);
    yard_end_life(yard);
    pod_workers_signal(SIGTERM);
    assert_int_equal(pod_workers_wait(), 0);
    assert_true(lock_is_free(yard, 1));
    workers_start(yard);
}

#define POD_TEST(name) cmocka_unit_test_setup_teardown(name, yard_open_pod, end)
static int tests(void)
{
    const struct CMUnitTest all[] = {
        POD_TEST(a_worker_is_started_heard_and_stopped_in_the_other_container),
        POD_TEST(S_13_the_way_to_the_socket_is_for_our_user_alone),
        POD_TEST(CASE_4_a_killed_worker_is_told_and_started_again),
        POD_TEST(CASE_4_the_next_supervisor_adopts_the_workers),
        POD_TEST(CASE_4_workers_that_ended_with_their_container_are_gone_and_start_again),
        POD_TEST(a_container_that_is_back_at_once_has_no_workers),
        POD_TEST(a_link_that_is_cut_off_is_made_again_with_the_same_workers),
        POD_TEST(a_pod_ends_in_order),
        POD_TEST(workers_end_without_a_supervisor),
    };
    return cmocka_run_group_tests_name("fleet in a pod", all, NULL, NULL);
}

int main(void) { return pod_run(tests); }
