/* kube_target_probe URL-OR-KUBECONFIG KIND NAMESPACE NAME: the driver of one workload, moved by lines of JSON on its input, telling what it observes as lines of
 * JSON: {"set": [{container, variable, value, original}], "past": [...], "uid": U, "pin": true, "ignoreAutoscaler": true, "restartTimeoutMs": N}, {"concerned": true}, {"stop": true}, {"mayWrite": false},
 * {"show": KIND, "name": N}: the document that the store has. Ends with its input. */
#include "common/kube/kubeconfig.h"
#include "common/loop/loop.h"
#include "supervisor/target/kube_targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX (1u << 20)

struct probe {
    struct loop *loop;
    struct store *store;
    struct kube_client *client;
    struct kube_targets *targets;
    struct resource_key key;
    struct buf input;
    bool concerned, forbidden; /* forbidden: somebody else leads by now */
};

static void say_take(const char *what, struct json *value)
{
    CLEANUP(json_freep) struct json *line = json_new_object();
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(16u << 20);
    check(line && json_set_take(line, what, value) == 0 && json_write(line, JSON_COMPACT, &text) == 0);
    printf("%s\n", text.data);
    fflush(stdout);
}

static const char *const states[] = {[TARGET_STATE_UNKNOWN] = "unknown",
                                     [TARGET_STATE_ROLLING] = "rolling",
                                     [TARGET_STATE_READY] = "ready",
                                     [TARGET_STATE_FAILED] = "failed"};

static void tell(struct probe *probe)
{
    struct target_observed observed;
    struct json *value = json_new_object();
    kube_targets_observe(probe->targets, &probe->key, probe->concerned, &observed);
    check(value && json_set_text(value, "state", states[observed.state]) == 0);
    check(json_set_bool(value, "exists", observed.exists) == 0 &&
          json_set_bool(value, "unread", observed.unread) == 0);
    check(json_set_bool(value, "held", observed.held) == 0 && json_set_text(value, "uid", observed.uid) == 0);
    check(json_set_bool(value, "unpatchedGone", observed.unpatched_gone) == 0);
    check(json_set_int(value, "patchedReady", observed.patched_ready) == 0);
    check(json_set_bool(value, "scaledToZero", observed.scaled_to_zero) == 0);
    check(json_set_int(value, "progress", (int64_t)observed.progress) == 0);
    check(json_set_text(value, "waitsFor", observed.waits_for) == 0);
    check(json_set_text(value, "reason", reason_name(observed.why.code)) == 0);
    check(json_set_text(value, "text", observed.why.text) == 0);
    say_take("observed", value);
}

static void on_change(void *context, const struct resource_key *key)
{
    struct probe *probe = context;
    check(resource_key_equal(key, &probe->key));
    tell(probe);
}

static bool may_write(void *context)
{
    const struct probe *probe = context;
    return !probe->forbidden;
}

static size_t read_entries(const struct json *list, struct target_entry entries[16])
{
    size_t count = json_count(list);
    check(count <= 16);
    for (size_t i = 0; i < count; i++) {
        const struct json *entry = json_at(list, i);
        entries[i] =
            (struct target_entry){json_text(json_get(entry, "container")), json_text(json_get(entry, "variable")),
                                  json_text(json_get(entry, "value")), json_get(entry, "original")};
    }
    return count;
}

static void set(struct probe *probe, const struct json *command)
{
    struct target_entry entries[16], past[16];
    bool pin = false, ignore = false;
    bool pinned = json_bool(json_get(command, "pin"), &pin) == 0 && pin;
    bool ignored = json_bool(json_get(command, "ignoreAutoscaler"), &ignore) == 0 && ignore;
    int64_t restart_timeout_ms = 0;
    bool limited = json_int(json_get(command, "restartTimeoutMs"), &restart_timeout_ms) == 0;
    const struct target_wanted wanted = {.key = probe->key,
                                         .uid = json_text(json_get(command, "uid")),
                                         .entries = entries,
                                         .entry_count = read_entries(json_get(command, "set"), entries),
                                         .past = past,
                                         .past_count = read_entries(json_get(command, "past"), past),
                                         .restart_timeout_ms = limited ? restart_timeout_ms : 0,
                                         .pin_dependents = pinned,
                                         .ignore_autoscaler = ignored};
    check(kube_targets_set(probe->targets, &wanted) == 0);
}

static void show(struct probe *probe, const struct json *command)
{
    struct resource_key key = {.kind = KIND_NONE};
    struct json *copy = NULL;
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
        if (strcmp(kind_row(kind)->name, json_text(json_get(command, "show"))) == 0)
            key.kind = kind;
    memcpy(key.namespace, probe->key.namespace, sizeof key.namespace);
    check(str_copy(key.name, sizeof key.name, json_str(json_get(command, "name"))) == 0);
    const struct json *document = store_get(probe->store, &key);
    check(!document || json_dup(document, &copy) == 0);
    say_take("store", copy ? copy : json_new_null());
}

static void obey(struct probe *probe, struct str line)
{
    CLEANUP(json_freep) struct json *command = NULL;
    struct json_error error;
    check(json_parse(line, &JSON_LIMITS_DOCUMENT, &command, &error) == 0);
    if (json_get(command, "set"))
        set(probe, command);
    if (json_get(command, "show"))
        show(probe, command);
    if (json_get(command, "mayWrite"))
        probe->forbidden = json_bool(json_get(command, "mayWrite"), &probe->forbidden) == 0 && !probe->forbidden;
    if (json_get(command, "stop"))
        kube_targets_stop(probe->targets);
    if (json_get(command, "concerned")) {
        check(json_bool(json_get(command, "concerned"), &probe->concerned) == 0);
        tell(probe);
    }
    say_take("obeyed", json_new_bool(true));
}

static void on_input(void *context, unsigned events)
{
    struct probe *probe = context;
    char bytes[4096];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    (void)events;
    if (count <= 0) {
        loop_stop(probe->loop);
        return;
    }
    check(buf_append(&probe->input, bytes, (size_t)count) == 0);
    for (char *end; (end = memchr(probe->input.data, '\n', probe->input.len));) {
        size_t length = (size_t)(end - probe->input.data);
        obey(probe, (struct str){probe->input.data, length});
        buf_consume(&probe->input, length + 1);
        if (probe->input.len == 0)
            break;
    }
}

static void access_read(const char *where, struct kubeconfig *config)
{
    const struct kubeconfig_query query = {.file = where, .lookup = getenv};
    struct reason why;
    if (strncmp(where, "http", 4) != 0) {
        check(kubeconfig_read(&query, config, &why) == 0);
        return;
    }
    config->access = kube_access_empty();
    check(str_dup(str_of(where), &config->access.server) == 0);
}

int main(int argc, char **argv)
{
    struct probe probe = {.input = BUF_INIT(LINE_BYTES_MAX)};
    struct kubeconfig config CLEANUP(kubeconfig_deinit) = {.exec = NULL};
    struct loop_fd *input = NULL;
    struct reason why;
    check(argc == 5);
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
        if (strcmp(kind_row(kind)->name, argv[2]) == 0)
            probe.key.kind = kind;
    check(str_copy(probe.key.namespace, sizeof probe.key.namespace, str_of(argv[3])) == 0);
    check(str_copy(probe.key.name, sizeof probe.key.name, str_of(argv[4])) == 0);
    access_read(argv[1], &config);
    check(loop_new(&probe.loop) == 0 && store_new(-1, &probe.store, &why) == 0);
    check(kube_client_new(probe.loop, &config.access, &probe.client) == 0);
    const struct kube_targets_config driver = {.loop = probe.loop,
                                               .client = probe.client,
                                               .store = probe.store,
                                               .operator_namespace = "mirrord",
                                               .may_write = may_write,
                                               .on_change = on_change,
                                               .context = &probe};
    check(kube_targets_new(&driver, &probe.targets) == 0);
    check(loop_fd_new(probe.loop, STDIN_FILENO, LOOP_READABLE, on_input, &probe, &input) == 0);
    check(loop_run(probe.loop) == 0);
    loop_fd_free(input);
    kube_targets_free(probe.targets);
    kube_client_free(probe.client);
    store_free(probe.store);
    loop_free(probe.loop);
    buf_deinit(&probe.input);
    return 0;
}
