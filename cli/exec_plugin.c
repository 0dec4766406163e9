/* See exec_plugin.h. The command's end is seen at the end of its output, then waited for by a timer, so that the handler of
 * SIGCHLD, which is CMD's, is not needed. */
#include "cli/exec_plugin.h"
#include "cli/child.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10, REAP_MS = 10, INFO_BYTES_MAX = 4 << 20 };

struct exec_plugin {
    struct loop *loop;            /* borrowed */
    const struct kube_exec *exec; /* borrowed */
    bool off_terminal;
    kube_fetched_fn *done; /* NULL: nobody waits */
    void *context;
    pid_t pid; /* 0: does not run */
    int output;
    struct loop_fd *watch;
    struct loop_timer *reap, *deadline;
    struct loop_work *failed; /* tells why, once the loop turns */
    struct buf text;
    struct reason why; /* of a failure; text "": none so far */
};

/* Ends what runs; what it printed is forgotten. */
static void plugin_stop(struct exec_plugin *plugin)
{
    loop_timer_stop(plugin->reap);
    loop_timer_stop(plugin->deadline);
    loop_fd_free(TAKE(plugin->watch));
    fd_closep(&plugin->output);
    plugin->output = -1;
    if (plugin->pid > 0) {
        kill(plugin->pid, SIGKILL);
        while (waitpid(plugin->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    plugin->pid = 0;
    buf_deinit(&plugin->text);
}

static void tell_failure(void *context)
{
    struct exec_plugin *plugin = context;
    kube_fetched_fn *done = plugin->done;
    plugin_stop(plugin);
    plugin->done = NULL;
    if (done)
        done(plugin->context, -ENOKEY, NULL, &plugin->why);
}

/* Nothing more is heard of it; *why is told from the loop. */
static void give_up(struct exec_plugin *plugin)
{
    loop_timer_stop(plugin->reap);
    loop_timer_stop(plugin->deadline);
    loop_fd_free(TAKE(plugin->watch));
    loop_work_schedule(plugin->failed);
}

__attribute__((format(printf, 2, 3))) static void fail(struct exec_plugin *plugin, const char *format, ...)
{
    char text[256];
    const char *hint = plugin->exec->install_hint;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reason_set(&plugin->why, REASON_KUBE_ACCESS_INVALID, 0, "the kubeconfig's command %.120s %s%s%.120s",
               plugin->exec->argv[0], text, hint ? "; " : "", hint ? hint : "");
    give_up(plugin);
}

static void succeed(struct exec_plugin *plugin)
{
    struct kube_exec_answer answer;
    kube_fetched_fn *done = plugin->done;
    int r = kube_exec_read(plugin->exec, buf_str(&plugin->text), &answer, &plugin->why);
    if (r < 0)
        fail(plugin, "prints what cannot be read: %s", strerror(-r));
    else if (r > 0)
        give_up(plugin);
    if (r != 0)
        return;
    const struct kube_credential credential = {.token = buf_str(&answer.token),
                                               .certificate = buf_str(&answer.certificate),
                                               .key = buf_str(&answer.key),
                                               .expires_wall_ms = answer.expires_wall_ms};
    plugin_stop(plugin);
    plugin->done = NULL;
    done(plugin->context, 0, &credential, NULL);
    kube_exec_answer_deinit(&answer);
}

static void look_for_end(void *context)
{
    struct exec_plugin *plugin = context;
    int status;
    if (!child_reap(plugin->pid, &status)) {
        loop_timer_start(plugin->reap, REAP_MS);
        return;
    }
    plugin->pid = 0;
    if (status != 0)
        fail(plugin, "ended with status %d", status);
    else
        succeed(plugin);
}

static void on_output(void *context, unsigned events)
{
    struct exec_plugin *plugin = context;
    char *place = NULL;
    (void)events;
    int r = buf_reserve(&plugin->text, READ_BYTES, &place);
    if (r < 0) {
        fail(plugin, "prints more than %d bytes", KUBE_EXEC_ANSWER_BYTES_MAX);
        return;
    }
    ssize_t got = read(plugin->output, place, READ_BYTES);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0) {
        plugin->text.len += (size_t)got;
        return;
    }
    loop_fd_free(TAKE(plugin->watch));
    look_for_end(plugin);
}

static void on_deadline(void *context) { fail(context, "did not end within %d s", EXEC_PLUGIN_MS / 1000); }

static int variable_add(struct json *list, const char *name, const char *value)
{
    CLEANUP(json_freep) struct json *variable = json_new_object();
    int r = variable ? json_set_text(variable, "name", name) : -ENOMEM;
    if (r == 0)
        r = json_set_text(variable, "value", value);
    return r == 0 ? json_append_take(list, TAKE(variable)) : r;
}

static int environment_of(const struct kube_exec *exec, bool interactive, char ***ret)
{
    CLEANUP(buf_deinit) struct buf info = BUF_INIT(INFO_BYTES_MAX);
    CLEANUP(json_freep) struct json *list = NULL;
    int r = exec->environment ? json_dup(exec->environment, &list) : 0;
    if (r == 0 && !list)
        list = json_new_array();
    if (r == 0)
        r = kube_exec_info(exec, interactive, &info);
    if (r == 0)
        r = list ? variable_add(list, "KUBERNETES_EXEC_INFO", info.data) : -ENOMEM;
    return r == 0 ? environment_build(environ, list, ret) : r;
}

/* Its outcome, as child_start says it. */
static int spawn(struct exec_plugin *plugin, bool interactive, int output)
{
    CLEANUP(fd_closep) int input = interactive ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    char **environment = NULL;
    int r = environment_of(plugin->exec, interactive, &environment);
    if (r == 0) {
        const struct child_streams streams = {input, output};
        r = child_start(plugin->exec->argv, environment, &streams, &plugin->pid);
    }
    environment_free(environment);
    return r;
}

static int begin(struct exec_plugin *plugin, bool interactive)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    plugin->output = pipe_fds[0];
    CLEANUP(fd_closep) int writer = pipe_fds[1];
    int r = spawn(plugin, interactive, writer);
    if (r == 0)
        r = loop_fd_new(plugin->loop, plugin->output, LOOP_READABLE | LOOP_CLOSED, on_output, plugin, &plugin->watch);
    return r;
}

static int plugin_fetch(void *context, kube_fetched_fn *done, void *done_context)
{
    struct exec_plugin *plugin = context;
    bool terminal = isatty(STDIN_FILENO) && !plugin->off_terminal;
    plugin->done = done;
    plugin->context = done_context;
    plugin->why = (struct reason){.code = REASON_NONE};
    plugin->text = BUF_SECRET_INIT(KUBE_EXEC_ANSWER_BYTES_MAX);
    if (plugin->exec->interactive == KUBE_EXEC_ALWAYS && !terminal) {
        fail(plugin, "wants a terminal, which is not there");
        return 0;
    }
    int r = begin(plugin, terminal && plugin->exec->interactive != KUBE_EXEC_NEVER);
    if (r == CHILD_NOT_FOUND || r == CHILD_NOT_EXECUTABLE)
        fail(plugin, r == CHILD_NOT_FOUND ? "was not found" : "cannot be executed");
    else if (r < 0)
        fail(plugin, "cannot be started: %s", strerror(-r));
    else
        loop_timer_start(plugin->deadline, EXEC_PLUGIN_MS);
    return 0;
}

static void plugin_cancel(void *context)
{
    struct exec_plugin *plugin = context;
    plugin->done = NULL;
    plugin_stop(plugin);
}

struct kube_fetcher exec_plugin_fetcher(struct exec_plugin *plugin)
{
    return (struct kube_fetcher){plugin_fetch, plugin_cancel, plugin};
}

void exec_plugin_keep_off_terminal(struct exec_plugin *plugin)
{
    if (plugin)
        plugin->off_terminal = true;
}

static void plugin_freep(struct exec_plugin **slot) { exec_plugin_free(*slot); }

int exec_plugin_new(struct loop *loop, const struct kube_exec *exec, struct exec_plugin **ret)
{
    CLEANUP(plugin_freep) struct exec_plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin)
        return -ENOMEM;
    *plugin = (struct exec_plugin){.loop = loop, .exec = exec, .output = -1};
    plugin->text = BUF_SECRET_INIT(KUBE_EXEC_ANSWER_BYTES_MAX);
    int r = loop_timer_new(loop, look_for_end, plugin, &plugin->reap);
    if (r == 0)
        r = loop_timer_new(loop, on_deadline, plugin, &plugin->deadline);
    if (r == 0)
        r = loop_work_new(loop, tell_failure, plugin, &plugin->failed);
    if (r == 0)
        *ret = TAKE(plugin);
    return r;
}

void exec_plugin_free(struct exec_plugin *plugin)
{
    if (!plugin)
        return;
    if (plugin->failed)
        plugin_stop(plugin);
    loop_work_free(plugin->failed);
    loop_timer_free(plugin->reap);
    loop_timer_free(plugin->deadline);
    buf_deinit(&plugin->text);
    free(plugin);
}
