/* Requests of an uninstallation, one after the other, each waited for. Decides nothing. */
#include "supervisor/main/uninstall_internal.h"

#include "common/base/log.h"

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
