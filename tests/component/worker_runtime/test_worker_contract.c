/* A worker that is not given what the contract says ends with WORKER_EXIT_CONTRACT and touches nothing. */
#include "common/base/fd.h"
#include "tests/component/worker_runtime/stage.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void refused_document(struct stage *stage, const char *text)
{
    int fd = -1;
    assert_int_equal(fd_memfd_sealed("document", text, strlen(text), &fd), 0);
    stage_worker_spawn(stage, fd, stage_lock(stage, "lock"));
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_CONTRACT);
}

#define TEXT_OF(number) #number
#define NUMBER(macro) TEXT_OF(macro)
#define OURS NUMBER(WORKER_PROTOCOL)
#define DOCUMENT(protocol, split, incarnation, token, endpoint, rest)                                 \
    "{\"protocol\":" protocol ",\"split\":" split ",\"incarnation\":" incarnation ",\"token\":" token \
    ",\"endpoint\":" endpoint rest "}"
#define OBJECTS ",\"spec\":{},\"credentials\":{}"

static void wrong_documents_are_refused(void **state)
{
    struct stage *stage = *state;
    refused_document(stage, "");
    refused_document(stage, "{");
    refused_document(stage, "[]");
    refused_document(stage, DOCUMENT("999", "\"s\"", "1", "\"t\"", "\"ipc:///tmp/x\"", OBJECTS));
    refused_document(stage, DOCUMENT(OURS, "\"\"", "1", "\"t\"", "\"ipc:///tmp/x\"", OBJECTS));
    refused_document(stage, DOCUMENT(OURS, "\"s\"", "0", "\"t\"", "\"ipc:///tmp/x\"", OBJECTS));
    refused_document(stage, DOCUMENT(OURS, "\"s\"", "1", "7", "\"ipc:///tmp/x\"", OBJECTS));
    refused_document(stage, DOCUMENT(OURS, "\"s\"", "1", "\"t\"", "\"tcp://0.0.0.0:1\"", OBJECTS));
    refused_document(stage, DOCUMENT(OURS, "\"s\"", "1", "\"t\"", "\"ipc:///tmp/x\"", ",\"spec\":{}"));
}

static void S_12_a_document_that_others_could_change_is_refused(void **state)
{
    struct stage *stage = *state;
    int fd = memfd_create("document", MFD_ALLOW_SEALING);
    const char text[] = DOCUMENT(OURS, "\"s\"", "1", "\"t\"", "\"ipc:///tmp/x\"", OBJECTS);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    stage_worker_spawn(stage, fd, stage_lock(stage, "lock"));
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_CONTRACT);
}

/* Two processes of one incarnation would both believe to be it. */
static void a_lock_that_another_process_holds_is_refused(void **state)
{
    struct stage *stage = *state;
    CLEANUP(fd_closep) int held = stage_lock(stage, "lock");
    assert_true(held >= 0);
    char path[160];
    snprintf(path, sizeof path, "%s/lock", stage->folder);
    int other = open(path, O_RDWR | O_CLOEXEC);
    stage_worker_spawn(stage, stage_document(stage, 1, "{}"), other);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_CONTRACT);
}

static bool is_welcome(void *peer) { return worker_peer_hello(peer) != NULL; }

static void the_lock_is_held_for_life(void **state)
{
    struct stage *stage = *state;
    char path[160];
    int fd = -1;
    snprintf(path, sizeof path, "%s/lock", stage->folder);
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 1, STAGE_TOKEN);
    stage_worker_start(stage, 1, "{}");
    stage_wait(stage, is_welcome, peer);
    assert_int_equal(file_lock(AT_FDCWD, path, &fd), -EWOULDBLOCK);
    worker_link_stop(peer, 100);
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_ORDERED);
    assert_int_equal(file_lock(AT_FDCWD, path, &fd), 0);
    close(fd);
}

/* The worker that tries this: how it ends, or WORKER_EXIT_ORDERED when it could, and was stopped. */
static int end_of_try(struct stage *stage, uint64_t incarnation, const char *member, const char *value)
{
    char spec[256];
    struct worker_peer *peer = stage_expect(stage, incarnation, STAGE_TOKEN);
    snprintf(spec, sizeof spec, "{\"%s\":\"%s\"}", member, value);
    stage_worker_start(stage, incarnation, spec);
    worker_link_stop(peer, 100);
    return stage_worker_end(stage);
}

static void put_file(const struct stage *stage, const char *name, char path[160])
{
    snprintf(path, 160, "%s/%s", stage->folder, name);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, "secret", 6, 0644), 0);
}

static void S_12_files_of_others_are_out_of_a_workers_reach(void **state)
{
    struct stage *stage = *state;
    char token[160], fresh[160], parent[64];
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
        skip(); /* the worker says so in its log; this runner says it too */
    stage_link_open(stage);
    put_file(stage, "token", token);
    snprintf(fresh, sizeof fresh, "%s/fresh", stage->folder);
    snprintf(parent, sizeof parent, "/proc/%d/environ", (int)getpid());
    assert_int_equal(end_of_try(stage, 1, "read", token), WORKER_EXIT_CONTRACT);
    assert_int_equal(end_of_try(stage, 2, "read", parent), WORKER_EXIT_CONTRACT);
    assert_int_equal(end_of_try(stage, 3, "write", fresh), WORKER_EXIT_CONTRACT);
    assert_int_equal(end_of_try(stage, 4, "write", "/etc/sluice-test-fresh"), WORKER_EXIT_CONTRACT);
    assert_int_equal(end_of_try(stage, 5, "run", "/bin/true"), WORKER_EXIT_CONTRACT);
    assert_int_equal(end_of_try(stage, 6, "read", "/etc/passwd"), WORKER_EXIT_ORDERED);
    assert_int_equal(end_of_try(stage, 7, "write", "/dev/null"), WORKER_EXIT_ORDERED);
    assert_int_equal(unlink(token), 0);
}

static void S_12_files_of_aws_keys_are_in_reach_when_named(void **state)
{
    struct stage *stage = *state;
    char token[160], profile[160], variable[256];
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
        skip(); /* as above */
    stage_link_open(stage);
    put_file(stage, "token", token);
    put_file(stage, "profile", profile);
    stage->variable = variable;
    snprintf(variable, sizeof variable, "AWS_WEB_IDENTITY_TOKEN_FILE=%s", token);
    assert_int_equal(end_of_try(stage, 1, "read", token), WORKER_EXIT_ORDERED);
    assert_int_equal(end_of_try(stage, 2, "write", token), WORKER_EXIT_CONTRACT);
    snprintf(variable, sizeof variable, "AWS_SHARED_CREDENTIALS_FILE=%s", profile);
    assert_int_equal(end_of_try(stage, 3, "read", profile), WORKER_EXIT_ORDERED);
    assert_int_equal(end_of_try(stage, 4, "read", token), WORKER_EXIT_CONTRACT);
    snprintf(variable, sizeof variable, "AWS_CONFIG_FILE=/absent/config");
    assert_int_equal(end_of_try(stage, 5, "read", profile), WORKER_EXIT_CONTRACT);
    assert_int_equal(unlink(token), 0);
    assert_int_equal(unlink(profile), 0);
}

#define CONTRACT_TEST(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(wrong_documents_are_refused),
        CONTRACT_TEST(S_12_a_document_that_others_could_change_is_refused),
        CONTRACT_TEST(a_lock_that_another_process_holds_is_refused),
        CONTRACT_TEST(the_lock_is_held_for_life),
        CONTRACT_TEST(S_12_files_of_others_are_out_of_a_workers_reach),
        CONTRACT_TEST(S_12_files_of_aws_keys_are_in_reach_when_named),
    };
    check(argc == 2);
    stage_program = argv[1];
    return cmocka_run_group_tests_name("worker contract", tests, NULL, NULL);
}
