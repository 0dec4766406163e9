/* See uninstall.h: rooms, requests, and the end in order. */
#include "supervisor/main/uninstall_internal.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "supervisor/guardian/guardian_wire.h"
#include "supervisor/main/start.h"

#define SETTINGS_BYTES_MAX (256u << 10)
#define LOOK_MS 1000
#define TELL_MS 10000
#define LIST_MAX "5000" /* objects of one list; more are ended by the next look */

struct asked {
    bool over;
    int result;
    struct json *body;
};

static void on_asked(void *context, const struct kube_answer *answer)
{
    struct asked *asked = context;
    asked->over = true;
    asked->result = answer->error ? answer->error : kube_answer_ok(answer) ? 0 : (int)answer->status;
    if (asked->result == 0 && answer->body && json_dup(answer->body, &asked->body) < 0)
        asked->result = -ENOMEM;
    if (asked->result != 0 && asked->result != 404)
        log_warn(COMPONENT, "a request was not done", LF_INT("status", answer->status), LF_REASON(&answer->why));
}

int uninstall_ask(struct uninstall *uninstall, const struct kube_call_spec *spec, struct json **ret_body)
{
    struct asked asked = {.over = false};
    struct kube_call_spec own = *spec;
    own.done = on_asked;
    own.context = &asked;
    struct kube_call *call = NULL;
    int r = kube_client_call(uninstall->client, &own, &call);
    while (r == 0 && !asked.over)
        r = loop_turn(uninstall->loop);
    if (!asked.over)
        kube_call_cancel(call);
    if (r == 0 && asked.result == 0 && ret_body)
        *ret_body = TAKE(asked.body);
    json_free(asked.body);
    return r < 0 ? r : asked.result;
}

static void on_pause(void *context) { *(bool *)context = true; }

void uninstall_pause(struct uninstall *uninstall, int64_t pause_ms)
{
    bool over = false;
    loop_timer_free(TAKE(uninstall->pause));
    if (loop_timer_new(uninstall->loop, on_pause, &over, &uninstall->pause) < 0)
        return;
    loop_timer_start(uninstall->pause, pause_ms);
    while (!over && loop_turn(uninstall->loop) == 0)
        continue;
}

static int list_one(struct uninstall *uninstall, enum kind kind, const char *namespace, struct json *items)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct json *body CLEANUP(json_freep) = NULL;
    const struct kube_path parts = {
        .resource = kube_resource_of(kind), .namespace = namespace, .query = "limit=" LIST_MAX};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = "GET", .path = path.data};
    if (r == 0)
        r = uninstall_ask(uninstall, &spec, &body);
    const struct json *list = json_get(body, "items");
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        struct json *copy = NULL;
        r = json_dup(json_at(list, i), &copy);
        if (r == 0)
            r = json_append_take(items, copy);
    }
    return r == 404 ? 0 : r; /* no such kind, so none of it */
}

int uninstall_list(struct uninstall *uninstall, enum kind kind, struct json **ret_items)
{
    struct json *items CLEANUP(json_freep) = json_new_array();
    int r = items ? 0 : -ENOMEM;
    if (r == 0 && !uninstall->namespaces[0])
        r = list_one(uninstall, kind, NULL, items);
    for (size_t i = 0; r == 0 && uninstall->namespaces[i]; i++)
        r = list_one(uninstall, kind, uninstall->namespaces[i], items);
    if (r == 0)
        *ret_items = TAKE(items);
    return r;
}

int uninstall_delete(struct uninstall *uninstall, enum kind kind, const struct json *object)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct json *metadata = json_get(object, "metadata");
    const struct kube_path parts = {.resource = kube_resource_of(kind),
                                    .namespace = json_text(json_get(metadata, "namespace")),
                                    .name = json_text(json_get(metadata, "name"))};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = "DELETE", .path = path.data};
    return r ? r : uninstall_ask(uninstall, &spec, NULL);
}

/* A session that is asked for meanwhile would keep its split. */
static void end_sessions(struct uninstall *uninstall)
{
    struct json *sessions CLEANUP(json_freep) = NULL;
    if (uninstall_list(uninstall, KIND_SPLIT_SESSION, &sessions) != 0)
        return; /* asked again with the next look */
    for (size_t i = 0; i < json_count(sessions); i++) {
        const struct json *session = json_at(sessions, i);
        int r = json_path(session, "metadata", "deletionTimestamp", NULL)
                    ? 0
                    : uninstall_delete(uninstall, KIND_SPLIT_SESSION, session);
        if (r == 0)
            log_info(COMPONENT, "a session was ended",
                     LF_STR("session", json_text(json_path(session, "metadata", "name", NULL))),
                     LF_STR("namespace", json_text(json_path(session, "metadata", "namespace", NULL))));
    }
}

static void tell_splits(const struct json *splits)
{
    for (size_t i = 0; i < json_count(splits); i++) {
        const struct json *split = json_at(splits, i);
        log_info(COMPONENT, "waiting for a split to end",
                 LF_STR("namespace", json_text(json_path(split, "metadata", "namespace", NULL))),
                 LF_STR("split", json_text(json_path(split, "metadata", "name", NULL))),
                 LF_STR("phase", json_text(json_path(split, "status", "phase", NULL))),
                 LF_STR("waits_for", json_text(json_path(split, "status", "waitsFor", NULL))));
    }
}

/* 0: no split is left; 1: there are, and the time is over. < 0: the API server could not be asked. */
static int end_in_order(struct uninstall *uninstall, int64_t deadline_ms)
{
    struct mono deadline = mono_after(mono_now(), deadline_ms), told = {0};
    int r = 1;
    while (r != 0 && !mono_reached(mono_now(), deadline)) {
        struct json *splits CLEANUP(json_freep) = NULL;
        end_sessions(uninstall);
        int listed = uninstall_list(uninstall, KIND_QUEUE_SPLIT, &splits);
        r = listed != 0 ? -EIO : json_count(splits) > 0;
        if (r > 0 && mono_reached(mono_now(), mono_after(told, TELL_MS))) {
            tell_splits(splits);
            told = mono_now();
        }
        if (r != 0)
            uninstall_pause(uninstall, LOOK_MS);
    }
    return r;
}

static int open_rooms(struct uninstall *uninstall)
{
    struct reason why;
    int r = loop_new(&uninstall->loop);
    if (r == 0)
        r = kube_access_in_cluster(getenv, KUBE_SERVICE_ACCOUNT_FOLDER, &uninstall->access, &why);
    if (r > 0)
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    if (r == 0)
        r = kube_client_new(uninstall->loop, &uninstall->access, &uninstall->client);
    return r < 0 ? start_surprise(r, "client of the API server") : 0;
}

static int finish(struct uninstall *uninstall, int64_t deadline_ms)
{
    int r = end_in_order(uninstall, deadline_ms);
    if (r == 0) {
        log_info(COMPONENT, "no split is left");
        return 0;
    }
    log_warn(COMPONENT, "the operator has not ended every split in time; what is left is restored from the records",
             LF_INT("seconds", deadline_ms / 1000));
    return uninstall_force(uninstall) == 0 ? 0 : EXIT_FAILURE;
}

int uninstall_run(const struct options *options)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(SETTINGS_BYTES_MAX);
    struct settings settings;
    struct uninstall uninstall = {.options = options, .access = kube_access_empty()};
    int code = start_read_settings(&arena, &settings);
    if (code == 0)
        code = open_rooms(&uninstall);
    if (code == 0) {
        uninstall.namespaces = settings.namespace_list;
        code = finish(&uninstall, settings.uninstall_s * 1000);
    }
    loop_timer_free(uninstall.pause);
    kube_client_free(uninstall.client);
    kube_access_deinit(&uninstall.access);
    loop_free(uninstall.loop);
    return code;
}
