/* S-14: who may do what over the local socket. Other users are other processes with another uid, which needs root; the rules
 * themselves are tests/unit/source/test_api_session.c's, for everybody. */
#include "tests/component/api/rig.h"
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define OTHER_USER "nobody"

static void only_root_can_be_others(void)
{
    if (geteuid() != 0) {
        print_message("needs root to be another user\n");
        skip();
    }
}

/* In the child: becomes the other user and talks over the socket, with nothing but system calls. */
static _Noreturn void talk(const char *path, const struct passwd *user, const char *request, int out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char block[4096];
    ssize_t n;

    if (setgroups(0, NULL) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        _exit(2);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (str_copy(address.sun_path, sizeof address.sun_path, str_of(path)) < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        dprintf(out, "refused: %d", errno);
        _exit(0);
    }
    if (fd_write_all(fd, request, strlen(request)) < 0)
        _exit(3);
    while ((n = read(fd, block, sizeof block)) > 0)
        if (fd_write_all(out, block, (size_t)n) < 0)
            _exit(4);
    _exit(0);
}

/* What the other user gets for a request. */
static void ask_as_other(struct rig *rig, const char *method, const char *path, const char *type, const char *body,
                         char *text, size_t size)
{
    const struct passwd *user = getpwnam(OTHER_USER);
    int pipes[2], status = 0;
    char request[4096];

    assert_non_null(user);
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             method, path, type, strlen(body), body);
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        talk(rig->path, user, request, pipes[1]);
    close(pipes[1]);
    assert_int_equal(fd_set_nonblocking(pipes[0]), 0);
    rig_read_until(rig, pipes[0], "never there", text, size);
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void expect_as_other(struct rig *rig, const char *method, const char *path, const char *type, const char *body,
                            const char *first, const char *second)
{
    char text[16384];

    ask_as_other(rig, method, path, type, body, text, sizeof text);
    if (!strstr(text, first) || !strstr(text, second))
        fail_msg("%s %s: %s", method, path, text);
}

static const char session_text[] =
    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"%s\"},\"spec\":{"
    "\"target\":{\"kind\":\"Deployment\",\"name\":\"shop\"},\"queues\":[]%s}}";

/* The rig's folder and socket, opened to the group of the other user. */
static int group_setup(void **state)
{
    int r = rig_setup(state);
    struct rig *rig = *state;
    const struct api_options options = {.path = rig->path, .group = "nogroup"};

    api_socket_free(rig->api);
    rig->api = NULL;
    return r ? r : api_socket_new(rig->loop, rig->store, &options, &rig->api);
}

static void the_socket_is_the_owners_alone(void **state)
{
    struct rig *rig = *state;
    struct stat st;

    assert_int_equal(lstat(rig->path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    only_root_can_be_others();
    expect_as_other(rig, "GET", SESSIONS, "", "", "refused: 13", "");
}

static void a_group_is_let_in_and_nobody_else(void **state)
{
    struct rig *rig = *state;
    struct stat st;

    only_root_can_be_others();
    assert_int_equal(lstat(rig->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(stat(rig->scratch->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    expect_as_other(rig, "GET", SESSIONS, "", "", "200 OK", "SplitSessionList");
}

static void a_group_that_does_not_exist_lets_nobody_in(void **state)
{
    struct rig *rig = *state;
    const struct api_options options = {.path = rig->path, .group = "no-such-group-here"};
    struct stat st;

    api_socket_free(TAKE(rig->api));
    assert_int_equal(api_socket_new(rig->loop, rig->store, &options, &rig->api), 0);
    assert_int_equal(lstat(rig->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void the_owner_is_who_he_is(void **state)
{
    struct rig *rig = *state;
    char text[1024];

    only_root_can_be_others();
    snprintf(text, sizeof text, session_text, "mine", "");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "201 Created",
                    "\"username\":\"" OTHER_USER "\"");
    snprintf(text, sizeof text, session_text, "mine-too", ",\"owner\":{\"username\":\"" OTHER_USER "\"}");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "201 Created", "");
    snprintf(text, sizeof text, session_text, "forged", ",\"owner\":{\"username\":\"root\"}");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "403 Forbidden", "NotPermitted");
    snprintf(text, sizeof text, session_text, "forged", ",\"owner\":{\"username\":7}");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "403 Forbidden", "NotPermitted");
    /* Root may act for others. */
    snprintf(text, sizeof text, session_text, "by-root", ",\"owner\":{\"username\":\"somebody\"}");
    rig_expect(rig, "POST", SESSIONS, "application/json", text, 201, NULL, NULL);
}

static void sessions_of_others_are_theirs(void **state)
{
    struct rig *rig = *state;
    char text[1024];

    only_root_can_be_others();
    rig_create(rig, "roots");
    expect_as_other(rig, "GET", SESSION("roots"), "", "", "200 OK", "");
    expect_as_other(rig, "DELETE", SESSION("roots"), "", "", "403 Forbidden", "NotPermitted");
    expect_as_other(rig, "PATCH", SESSION("roots"), "application/merge-patch+json",
                    "{\"metadata\":{\"annotations\":{\"sluice.dev/renewed\":\"9\"}}}", "403 Forbidden",
                    "NotPermitted");
    expect_as_other(rig, "PUT", SESSION("roots"), "application/json", "{}", "403 Forbidden", "NotPermitted");
    snprintf(text, sizeof text, session_text, "mine", "");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "201 Created", "");
    expect_as_other(rig, "PATCH", SESSION("mine"), "application/merge-patch+json",
                    "{\"metadata\":{\"annotations\":{\"sluice.dev/renewed\":\"9\"}}}", "200 OK", "renewed");
    expect_as_other(rig, "DELETE", SESSION("mine"), "", "", "200 OK", "Success");
    expect_as_other(rig, "POST", SESSIONS, "application/json", text, "201 Created", "");
    rig_expect(rig, "DELETE", SESSION("mine"), NULL, NULL, 200, NULL, NULL); /* root may end it */
}

static void what_can_hold_passwords_is_shown_to_administrators_only(void **state)
{
    struct rig *rig = *state;

    only_root_can_be_others();
    expect_as_other(rig, "GET", "/apis/queues.mirrord.metalbear.co/v1alpha/mirrordkafkaclientconfigs", "", "",
                    "403 Forbidden", "NotPermitted");
    expect_as_other(rig, "GET", "/apis/sluice.dev/v1alpha1/localservices?watch=1", "", "", "403 Forbidden", "");
    expect_as_other(rig, "GET", "/api/v1/namespaces/default/configmaps/c", "", "", "403 Forbidden", "");
    expect_as_other(rig, "GET", "/apis/sluice.dev/v1alpha1/queuesplits", "", "", "200 OK", "QueueSplitList");
    expect_as_other(rig, "GET", "/apis/queues.mirrord.metalbear.co/v1alpha/mirrordkafkatopicsconsumers", "", "",
                    "200 OK", "MirrordKafkaTopicsConsumerList");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(the_socket_is_the_owners_alone),
        cmocka_unit_test_setup_teardown(a_group_is_let_in_and_nobody_else, group_setup, rig_teardown),
        RIG_TEST(a_group_that_does_not_exist_lets_nobody_in),
        cmocka_unit_test_setup_teardown(the_owner_is_who_he_is, group_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(sessions_of_others_are_theirs, group_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_can_hold_passwords_is_shown_to_administrators_only, group_setup,
                                        rig_teardown),
    };

    return cmocka_run_group_tests_name("api_rights", tests, NULL, NULL);
}
