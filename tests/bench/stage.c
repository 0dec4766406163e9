/* Plays the supervisor of one real worker: starts it, tells it tables that come in as JSON lines (the form of
 * tests/component/engine/harness.c), tells its process id and when it forwards. The end of the input stops the worker. */
#include "common/base/fd.h"
#include "common/json/json.h"
#include "ipc/contract.h"
#include "supervisor/worker_link/worker_document.h"
#include "supervisor/worker_link/worker_link.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPLIT "bench"
#define TOKEN "token-of-the-bench"
#define CLOCK_MS 20
#define LINE_BYTES_MAX (4u << 20)

struct stage {
    char endpoint[160];
    struct loop *loop;
    struct loop_timer *clock; /* bounds every turn */
    struct worker_link *link;
    struct worker_peer *peer;
    pid_t worker;
    size_t temps_told;
    bool running;
};

static char line[LINE_BYTES_MAX];

static void on_clock(void *context) { (void)context; }
static void on_event(void *context, const char *split)
{
    (void)context;
    (void)split;
}
static void on_look(void *context, const char *split, const struct ipc_message *message)
{
    (void)context;
    (void)split;
    (void)message;
}

static void on_misbehaving(void *context, const char *split, uint64_t incarnation, const struct reason *why)
{
    (void)context;
    (void)incarnation;
    fprintf(stderr, "%s: %s\n", split, why->text);
    exit(1);
}
static const struct worker_link_events events = {
    .on_change = on_event, .on_figures = on_event, .on_look = on_look, .on_misbehaving = on_misbehaving};

/* NULL at the end of the input. */
static struct json *line_read(void)
{
    struct json_limits limits = {.bytes_max = LINE_BYTES_MAX, .depth_max = 16, .values_max = 1000000};
    struct json_error error;
    struct json *document = NULL;

    if (!fgets(line, sizeof line, stdin))
        return NULL;
    check(!json_parse((struct str){line, strcspn(line, "\n")}, &limits, &document, &error));
    return document;
}

static uint64_t number(const struct json *document, const char *name)
{
    int64_t value = 0;

    return json_int(json_get(document, name), &value) ? 0 : (uint64_t)value;
}

static const char *text(const struct json *document, const char *name) { return json_text(json_get(document, name)); }

static struct wanted_temp *temps_make(const struct json *list)
{
    struct wanted_temp *temps = calloc(json_count(list) + 1, sizeof *temps);

    check(temps);
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);

        temps[i] = (struct wanted_temp){.name = text(item, "name"),
                                        .role = (enum worker_temp_role)number(item, "role"),
                                        .want = (enum worker_temp_want)number(item, "want"),
                                        .session = text(item, "session"),
                                        .group = text(item, "group")};
    }
    return temps;
}

/* Each session has one filter. filters: room for as many. */
static struct wanted_session *sessions_make(const struct json *list, struct wanted_filter *filters)
{
    struct wanted_session *sessions = calloc(json_count(list) + 1, sizeof *sessions);

    check(sessions);
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        const struct json *filter = json_at(json_get(item, "filters"), 0);

        filters[i] = (struct wanted_filter){json_text(json_at(filter, 0)), json_text(json_at(filter, 1))};
        sessions[i] = (struct wanted_session){.uid = text(item, "session"),
                                              .temp = text(item, "temp"),
                                              .mode = WORKER_SESSION_STEAL,
                                              .stamp = text(item, "stamp"),
                                              .filters = &filters[i],
                                              .filter_count = 1};
    }
    return sessions;
}

static void table_push(struct stage *stage, const struct json *document)
{
    const struct json *temps = json_get(document, "temps");
    const struct json *sessions = json_get(document, "sessions");
    CLEANUP(cleanup_freep) struct wanted_filter *filters = calloc(json_count(sessions) + 1, sizeof *filters);
    CLEANUP(cleanup_freep) struct wanted_temp *temp_list = temps_make(temps);
    CLEANUP(cleanup_freep) struct wanted_session *session_list = NULL;
    struct wanted_table table = {.generation = number(document, "generation"),
                                 .mode = (enum worker_mode)number(document, "mode"),
                                 .original_free = true,
                                 .temps = temp_list,
                                 .temp_count = json_count(temps),
                                 .session_count = json_count(sessions)};

    check(filters);
    session_list = sessions_make(sessions, filters);
    table.sessions = session_list;
    check(worker_link_push(stage->peer, &table) == 0);
}

static void worker_exec(const char *program, int spec_fd, int lock_fd)
{
    int spec = fcntl(spec_fd, F_DUPFD, 100);
    int lock = fcntl(lock_fd, F_DUPFD, 100);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (null < 0 || dup2(null, 0) < 0 || dup2(2, 1) < 0 || dup2(spec, WORKER_FD_SPEC) < 0 ||
        dup2(lock, WORKER_FD_LOCK) < 0)
        _exit(1);
    close(spec);
    close(lock);
    execl(program, program, (char *)NULL);
    _exit(1);
}

static void worker_start(struct stage *stage, const char *program, const char *folder)
{
    CLEANUP(json_freep) struct json *document = line_read();
    struct worker_document given = {.split = SPLIT,
                                    .incarnation = 1,
                                    .token = TOKEN,
                                    .endpoint = stage->endpoint,
                                    .spec = json_get(document, "spec"),
                                    .credentials = json_get(document, "credentials"),
                                    .log_format = "text",
                                    .log_levels = ""};
    char lock[160];
    int spec_fd, lock_fd;

    snprintf(lock, sizeof lock, "%s/lock", folder);
    check(worker_document_memfd(&given, &spec_fd) == 0 && file_lock(AT_FDCWD, lock, &lock_fd) == 0);
    check(worker_link_expect(stage->link, SPLIT, 1, TOKEN, &stage->peer) == 0);
    stage->worker = fork();
    if (stage->worker == 0)
        worker_exec(program, spec_fd, lock_fd);
    close(spec_fd);
    close(lock_fd);
    printf("{\"report\": \"started\", \"pid\": %d}\n", (int)stage->worker);
}

static void temps_tell(struct stage *stage, const struct worker_observed *observed)
{
    const struct wanted_table *table = worker_peer_wanted(stage->peer);

    while (table && stage->temps_told < table->temp_count) {
        const char *name = table->temps[stage->temps_told].name;
        const struct observed_temp *temp = worker_observed_temp(observed, name);

        if (!temp || temp->state != WORKER_TEMP_PRESENT)
            return;
        printf("{\"report\": \"temp\", \"name\": \"%s\", \"state\": \"present\"}\n", name);
        stage->temps_told++;
    }
}

static void state_tell(struct stage *stage)
{
    const struct worker_observed *observed = worker_peer_observed(stage->peer);
    bool running = observed->forwarding_known && observed->forwarding == WORKER_FORWARDING_RUNNING;

    temps_tell(stage, observed);
    if (running && !stage->running)
        printf("{\"report\": \"forwarding\", \"state\": \"running\"}\n");
    stage->running = running;
    fflush(stdout);
}

/* False: there are no more lines. Lines come one at a time, so none waits in the stream's buffer. */
static bool input_take(struct stage *stage)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    CLEANUP(json_freep) struct json *document = NULL;

    if (poll(&input, 1, 0) <= 0)
        return true;
    document = line_read();
    if (document)
        table_push(stage, json_get(document, "table"));
    return document != NULL;
}

int main(int argc, char **argv)
{
    struct stage stage = {.temps_told = 0};
    int status = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: sluice_bench_stage WORKER FOLDER\n");
        return 1;
    }
    snprintf(stage.endpoint, sizeof stage.endpoint, "ipc://%s/link", argv[2]);
    check(loop_new(&stage.loop) == 0 && loop_timer_new(stage.loop, on_clock, &stage, &stage.clock) == 0);
    loop_timer_repeat(stage.clock, CLOCK_MS);
    check(worker_link_new(stage.loop, stage.endpoint, &events, &stage, &stage.link) == 0);
    worker_start(&stage, argv[1], argv[2]);
    while (input_take(&stage)) {
        check(loop_turn(stage.loop) == 0 && waitpid(stage.worker, &status, WNOHANG) == 0);
        state_tell(&stage);
    }
    worker_link_stop(stage.peer, WORKER_STOP_DEADLINE_MS);
    while (waitpid(stage.worker, &status, WNOHANG) == 0)
        check(loop_turn(stage.loop) == 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
