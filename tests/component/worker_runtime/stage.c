/* Set-up for the tests of the link; owns the folder, the loop and the worker process. */
#include "tests/component/worker_runtime/stage.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOCK_MS 20

const char *stage_program;

static void on_clock(void *context) { (void)context; }

int stage_open(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    snprintf(stage->folder, sizeof stage->folder, "/tmp/sluice-link-XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    snprintf(stage->endpoint, sizeof stage->endpoint, "ipc://%s/link", stage->folder);
    assert_int_equal(loop_new(&stage->loop), 0);
    assert_int_equal(loop_timer_new(stage->loop, on_clock, stage, &stage->clock), 0);
    loop_timer_repeat(stage->clock, CLOCK_MS);
    *state = stage;
    return 0;
}

int stage_close(void **state)
{
    struct stage *stage = *state;
    if (stage->worker) {
        kill(stage->worker, SIGKILL);
        waitpid(stage->worker, NULL, 0);
    }
    raw_close(stage);
    worker_link_free(stage->link);
    loop_timer_free(stage->clock);
    loop_free(stage->loop);
    char path[160];
    const char *const names[] = {"link", "lock", "log"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", stage->folder, names[i]);
        unlink(path);
    }
    int r = rmdir(stage->folder);
    free(stage);
    return r;
}

static void on_change(void *context, const char *split)
{
    struct stage *stage = context;
    assert_string_equal(split, STAGE_SPLIT);
    stage->changes++;
}

static void on_figures(void *context, const char *split)
{
    struct stage *stage = context;
    assert_string_equal(split, STAGE_SPLIT);
    stage->figures++;
}

static void on_look(void *context, const char *split, const struct ipc_message *message)
{
    (void)context;
    (void)split;
    (void)message;
}

static void on_misbehaving(void *context, const char *split, uint64_t incarnation, const struct reason *why)
{
    struct stage *stage = context;
    assert_string_equal(split, STAGE_SPLIT);
    assert_int_equal(why->code, REASON_MESSAGE_INVALID);
    stage->misbehaving++;
    stage->misbehaving_incarnation = incarnation;
}

static const struct worker_link_events events = {
    .on_change = on_change, .on_figures = on_figures, .on_look = on_look, .on_misbehaving = on_misbehaving};

void stage_link_open(struct stage *stage)
{
    assert_int_equal(worker_link_new(stage->loop, stage->endpoint, &events, stage, &stage->link), 0);
}

void stage_link_close(struct stage *stage) { worker_link_free(TAKE(stage->link)); }

struct worker_peer *stage_expect(struct stage *stage, uint64_t incarnation, const char *token)
{
    struct worker_peer *peer;
    assert_int_equal(worker_link_expect(stage->link, STAGE_SPLIT, incarnation, token, &peer), 0);
    return peer;
}

int stage_document(struct stage *stage, uint64_t incarnation, const char *spec)
{
    CLEANUP(json_freep) struct json *json = NULL;
    CLEANUP(json_freep) struct json *none = json_new_object();
    struct json_error error;
    assert_int_equal(json_parse(str_of(spec), &JSON_LIMITS_DOCUMENT, &json, &error), 0);
    const struct worker_document document = {.split = STAGE_SPLIT,
                                             .incarnation = incarnation,
                                             .token = STAGE_TOKEN,
                                             .endpoint = stage->endpoint,
                                             .spec = json,
                                             .credentials = none,
                                             .log_format = "text",
                                             .log_levels = "debug"};
    int fd = -1;
    assert_int_equal(worker_document_memfd(&document, &fd), 0);
    return fd;
}

int stage_lock(struct stage *stage, const char *name)
{
    char path[160];
    int fd = -1;
    snprintf(path, sizeof path, "%s/%s", stage->folder, name);
    assert_int_equal(file_lock(AT_FDCWD, path, &fd), 0);
    return fd;
}

void stage_worker_spawn(struct stage *stage, int spec_fd, int lock_fd)
{
    posix_spawn_file_actions_t actions;
    char *const argv[] = {(char[]){"worker"}, NULL};
    char path[160];
    snprintf(path, sizeof path, "%s/log", stage->folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    /* Over numbers that neither is, so that one does not fall on the other. */
    posix_spawn_file_actions_adddup2(&actions, spec_fd, 100);
    posix_spawn_file_actions_adddup2(&actions, lock_fd, 101);
    posix_spawn_file_actions_adddup2(&actions, 100, WORKER_FD_SPEC);
    posix_spawn_file_actions_adddup2(&actions, 101, WORKER_FD_LOCK);
    posix_spawn_file_actions_addclose(&actions, 100);
    posix_spawn_file_actions_addclose(&actions, 101);
    char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char *)(uintptr_t)stage->variable, NULL};
    assert_int_equal(posix_spawn(&stage->worker, stage_program, &actions, NULL, argv, environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(spec_fd);
    close(lock_fd);
}

void stage_worker_start(struct stage *stage, uint64_t incarnation, const char *spec)
{
    int spec_fd = stage_document(stage, incarnation, spec);
    stage_worker_spawn(stage, spec_fd, stage_lock(stage, "lock"));
}

bool stage_reached(struct stage *stage, stage_state_fn *state, void *context)
{
    struct mono deadline = mono_after(mono_now(), STAGE_WAIT_MS);
    while (!state(context)) {
        if (mono_reached(mono_now(), deadline))
            return false;
        assert_int_equal(loop_turn(stage->loop), 0);
    }
    return true;
}

static bool worker_ended(void *context)
{
    struct stage *stage = context;
    return waitpid(stage->worker, &stage->exit_status, WNOHANG) == stage->worker;
}

int stage_worker_end(struct stage *stage)
{
    stage_wait(stage, worker_ended, stage);
    stage->worker = 0;
    return WIFEXITED(stage->exit_status) ? WEXITSTATUS(stage->exit_status) : 1000 + WTERMSIG(stage->exit_status);
}

void stage_table_fill(struct stage_table *table, uint64_t generation)
{
    *table = (struct stage_table){
        .temps = {{.name = "temp-fallback", .role = WORKER_TEMP_FALLBACK, .want = WORKER_TEMP_WANT_PRESENT},
                  {.name = "temp-a",
                   .role = WORKER_TEMP_SESSION,
                   .want = WORKER_TEMP_WANT_PRESENT,
                   .session = "uid-a",
                   .group = "group-a"}},
        .filter = {.name = "tenant", .pattern = "^a$"},
        .session = {.uid = "uid-a", .temp = "temp-a", .mode = WORKER_SESSION_STEAL},
        .positions = {{.partition = 0, .start = 1, .end = 10}, {.partition = 2, .start = 0, .end = 5}}};
    table->session.filters = &table->filter;
    table->session.filter_count = 1;
    table->table = (struct wanted_table){.generation = generation,
                                         .mode = WORKER_MODE_FORWARD,
                                         .original_free = true,
                                         .temps = table->temps,
                                         .temp_count = 2,
                                         .sessions = &table->session,
                                         .session_count = 1,
                                         .positions = table->positions,
                                         .position_count = 2};
}
