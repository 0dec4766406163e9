/* S-13: whom the supervisor believes, and what bad frames lead to. The test plays the worker, and plays it badly. */
#include "tests/component/worker_runtime/stage.h"

static struct ipc_message hello_of(const char *split, uint64_t incarnation, const char *token)
{
    struct ipc_message message = {.type = IPC_HELLO,
                                  .hello = {.protocol = WORKER_PROTOCOL, .incarnation = incarnation, .pid = 1}};
    memcpy(message.hello.split, split, strlen(split));
    memcpy(message.hello.token, token, strlen(token));
    return message;
}

static void identity_of(const char *token, char identity[IPC_IDENTITY_SIZE])
{
    ipc_identity(STAGE_SPLIT, 2, token, identity);
}

static void S_13_a_real_worker_with_another_token_is_refused(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 2, "another token");
    worker_link_settled(stage->link);
    stage_worker_start(stage, 2, "{}");
    assert_int_equal(stage_worker_end(stage), WORKER_EXIT_HELLO_REFUSED);
    assert_null(worker_peer_hello(peer));
}

static bool is_welcome(void *peer) { return worker_peer_hello(peer) != NULL; }

/* Between start and the guardian's table, a worker that is not known yet must not be sent away. */
static void a_stranger_is_left_unanswered_until_all_workers_are_known(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    char identity[IPC_IDENTITY_SIZE];
    stage_link_open(stage);
    identity_of(STAGE_TOKEN, identity);
    raw_connect(stage, &raw, identity);
    struct ipc_message hello = hello_of(STAGE_SPLIT, 2, STAGE_TOKEN);
    raw_send(stage, &raw, &hello);
    worker_link_settled(stage->link); /* the HELLO above may be answered now or was not; the next one is */
    raw_send(stage, &raw, &hello);
    raw_wait(stage, &raw, IPC_REFUSED, 1);
    struct worker_peer *peer = stage_expect(stage, 2, STAGE_TOKEN);
    raw_send(stage, &raw, &hello);
    stage_wait(stage, is_welcome, peer);
    raw_wait(stage, &raw, IPC_WELCOME, 1);
    raw_close(stage);
}

static void unfit(struct stage *stage, const char *split, uint64_t incarnation, const char *token, uint32_t protocol)
{
    struct raw raw;
    char identity[IPC_IDENTITY_SIZE];
    struct worker_peer *peer = stage_expect(stage, 2, STAGE_TOKEN);
    uint32_t bad = worker_peer_bad_frames(peer);
    identity_of(STAGE_TOKEN, identity);
    raw_connect(stage, &raw, identity);
    struct ipc_message hello = hello_of(split, incarnation, token);
    hello.hello.protocol = protocol;
    raw_send(stage, &raw, &hello);
    raw_wait(stage, &raw, IPC_REFUSED, 1);
    assert_null(worker_peer_hello(peer));
    assert_int_equal(worker_peer_bad_frames(peer), bad + 1);
    raw_close(stage);
}

static void S_13_a_hello_that_does_not_fit_its_socket_is_refused(void **state)
{
    struct stage *stage = *state;
    stage_link_open(stage);
    unfit(stage, STAGE_SPLIT, 2, "another token", WORKER_PROTOCOL);
    unfit(stage, STAGE_SPLIT, 2, "", WORKER_PROTOCOL);
    unfit(stage, STAGE_SPLIT, 2, STAGE_TOKEN "x", WORKER_PROTOCOL);
    unfit(stage, STAGE_SPLIT, 3, STAGE_TOKEN, WORKER_PROTOCOL);
    unfit(stage, "split-2", 2, STAGE_TOKEN, WORKER_PROTOCOL);
    unfit(stage, STAGE_SPLIT, 2, STAGE_TOKEN, WORKER_PROTOCOL + 1);
}

static void S_13_what_is_said_before_hello_does_not_count(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    char identity[IPC_IDENTITY_SIZE];
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 2, STAGE_TOKEN);
    identity_of(STAGE_TOKEN, identity);
    raw_connect(stage, &raw, identity);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_APPLIED, .applied = {.generation = 99}});
    struct ipc_message hello = hello_of(STAGE_SPLIT, 2, STAGE_TOKEN);
    raw_send(stage, &raw, &hello);
    raw_wait(stage, &raw, IPC_WELCOME, 1);
    assert_int_equal(worker_peer_observed(peer)->applied, 0);
    raw_close(stage);
}

static bool is_misbehaving(void *context) { return ((struct stage *)context)->misbehaving; }

static void S_13_more_than_eight_bad_frames_are_misbehaviour(void **state)
{
    struct stage *stage = *state;
    struct raw raw;
    char identity[IPC_IDENTITY_SIZE];
    stage_link_open(stage);
    struct worker_peer *peer = stage_expect(stage, 2, STAGE_TOKEN);
    identity_of(STAGE_TOKEN, identity);
    raw_connect(stage, &raw, identity);
    struct ipc_message hello = hello_of(STAGE_SPLIT, 2, STAGE_TOKEN);
    raw_send(stage, &raw, &hello);
    raw_wait(stage, &raw, IPC_WELCOME, 1);

    raw_send_bytes(stage, &raw, "", 0);
    raw_send_bytes(stage, &raw, "\x01", 1);
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_STOP}); /* the supervisor's word */
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_FORWARDING, .forwarding = {.state = 4}});
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_CHECKED, .checked = {.delivery = 9}});
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_CONDITION, .condition = {.reason = "Nonsense"}});
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_TEMP_STATE, .temp_state = {.state = 1}});
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_POSITION, .position = {.start = 2, .end = 1}});
    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_APPLIED, .applied = {.generation = 1}});
    raw_send(stage, &raw, &hello); /* an answer tells that all of it was taken */
    raw_wait(stage, &raw, IPC_WELCOME, 2);
    assert_int_equal(worker_peer_bad_frames(peer), WORKER_BAD_FRAMES_MAX);
    assert_int_equal(stage->misbehaving, 0);
    assert_int_equal(worker_peer_observed(peer)->applied, 1);

    raw_send(stage, &raw, &(struct ipc_message){.type = IPC_EVENT, .event = {.sequence = 0}});
    stage_wait(stage, is_misbehaving, stage);
    assert_int_equal(stage->misbehaving_incarnation, 2);
    raw_send_bytes(stage, &raw, "", 0);
    raw_send(stage, &raw, &hello);
    raw_wait(stage, &raw, IPC_WELCOME, 3);
    assert_int_equal(stage->misbehaving, 1);
    raw_close(stage);
}

static void a_forgotten_worker_is_nobody(void **state)
{
    struct stage *stage = *state;
    struct worker_peer *peer;
    stage_link_open(stage);
    assert_non_null(stage_expect(stage, 2, STAGE_TOKEN));
    assert_ptr_equal(worker_link_find(stage->link, STAGE_SPLIT, 2), stage_expect(stage, 2, STAGE_TOKEN));
    assert_int_equal(worker_link_expect(stage->link, STAGE_SPLIT, 2, "another", &peer), -EEXIST);
    worker_link_forget(stage->link, STAGE_SPLIT, 3);
    assert_non_null(worker_link_find(stage->link, STAGE_SPLIT, 2));
    worker_link_forget(stage->link, STAGE_SPLIT, 2);
    assert_null(worker_link_find(stage->link, STAGE_SPLIT, 2));
}

#define PEER_TEST(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PEER_TEST(S_13_a_real_worker_with_another_token_is_refused),
        PEER_TEST(a_stranger_is_left_unanswered_until_all_workers_are_known),
        PEER_TEST(S_13_a_hello_that_does_not_fit_its_socket_is_refused),
        PEER_TEST(S_13_what_is_said_before_hello_does_not_count),
        PEER_TEST(S_13_more_than_eight_bad_frames_are_misbehaviour),
        PEER_TEST(a_forgotten_worker_is_nobody),
    };
    check(argc == 2);
    stage_program = argv[1];
    return cmocka_run_group_tests_name("worker peer", tests, NULL, NULL);
}
