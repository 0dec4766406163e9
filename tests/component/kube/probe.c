/* kube_probe FILE: makes the calls of a JSON document one after the other, or all at once ("atOnce"), or follows a resource until it is killed, and says
 * each thing that it hears as one line of JSON. */
#include "common/base/fd.h"
#include "common/kube/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct loop *loop;
    struct json *document;
    struct kube_access access;
    struct kube_client *client;
    struct kube_watch *watch;
    size_t next, answered;
    bool at_once;
};

static const char *text_of(const struct json *json, const char *key)
{
    const char *text = json_text(json_get(json, key));
    return text[0] ? text : NULL;
}

static int64_t number_of(const struct json *json, const char *key)
{
    int64_t number = 0;
    return json_int(json_get(json, key), &number) == 0 ? number : 0;
}

static char *copy_of(const struct json *json, const char *key)
{
    const char *text = text_of(json, key);
    return text ? strdup(text) : NULL;
}

static void say_take(const char *what, struct json *value)
{
    CLEANUP(json_freep) struct json *line = json_new_object();
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(64u << 20);
    check(line && json_set_take(line, what, value) == 0 && json_write(line, JSON_COMPACT, &text) == 0);
    printf("%s\n", text.data);
    fflush(stdout);
}

static void on_put(void *context, struct json *document)
{
    (void)context;
    say_take("put", document);
}

static void on_gone(void *context, const struct kube_object *object)
{
    struct json *value = json_new_object();
    (void)context;
    check(value && json_set_text(value, "namespace", object->namespace) == 0);
    check(json_set_text(value, "name", object->name) == 0 && json_set_text(value, "uid", object->uid) == 0);
    say_take("gone", value);
}

static void on_synced(void *context)
{
    (void)context;
    say_take("synced", json_new_bool(true));
}

static void on_health(void *context, const struct reason *why)
{
    (void)context;
    say_take("health", why ? json_new_text(why->text) : json_new_null());
}

static void follow(struct probe *probe, const struct json *watch)
{
    const struct kube_watch_spec spec = {.resource = {"sluice.dev", "v1alpha1", "splitsessions"},
                                         .namespace = text_of(watch, "namespace"),
                                         .name = text_of(watch, "name"),
                                         .label_selector = text_of(watch, "labelSelector"),
                                         .event_bytes_max = (size_t)number_of(watch, "eventBytesMax"),
                                         .objects_max = (size_t)number_of(watch, "objectsMax"),
                                         .retry_max_ms = number_of(watch, "retryMaxMs"),
                                         .seconds = (unsigned)number_of(watch, "seconds"),
                                         .grace_ms = number_of(watch, "graceMs")};
    const struct kube_watch_handlers handlers = {on_put, on_gone, on_synced, on_health, probe};
    check(kube_watch_new(probe->client, &spec, &handlers, &probe->watch) == 0);
}

static void call_next(struct probe *probe);

static void on_done(void *context, const struct kube_answer *answer)
{
    struct probe *probe = context;
    struct json *value = json_new_object(), *body = NULL;
    check(value && json_set_int(value, "error", answer->error) == 0);
    check(json_set_int(value, "status", answer->status) == 0);
    check(json_set_int(value, "retryAfterMs", answer->retry_after_ms) == 0);
    check(json_set_text(value, "reason", reason_name(answer->why.code)) == 0);
    check(json_set_text(value, "text", answer->why.text) == 0);
    check(!answer->body || json_dup(answer->body, &body) == 0);
    check(json_set_take(value, "body", body ? body : json_new_null()) == 0);
    say_take("answer", value);
    probe->answered++;
    if (!probe->at_once)
        call_next(probe);
    else if (probe->answered == json_count(json_get(probe->document, "calls")))
        loop_stop(probe->loop);
}

static void call_next(struct probe *probe)
{
    static const char *const contents[] = {
        [KUBE_JSON] = "json", [KUBE_MERGE_PATCH] = "merge", [KUBE_JSON_PATCH] = "patch"};
    const struct json *call = json_at(json_get(probe->document, "calls"), probe->next++);
    if (!call) {
        loop_stop(probe->loop);
        return;
    }
    struct kube_call_spec spec = {.method = json_text(json_get(call, "method")),
                                  .path = json_text(json_get(call, "path")),
                                  .body = json_get(call, "body"),
                                  .deadline_ms = number_of(call, "deadlineMs"),
                                  .retry_ms = number_of(call, "retryMs"),
                                  .urgent = number_of(call, "urgent") != 0,
                                  .answer_bytes_max = (size_t)number_of(call, "answerBytesMax"),
                                  .done = on_done,
                                  .context = probe};
    while (spec.content < KUBE_JSON_PATCH && text_of(call, "content") &&
           strcmp(contents[spec.content], text_of(call, "content")) != 0)
        spec.content++;
    check(kube_client_call(probe->client, &spec, NULL) == 0);
}

static void access_read(const struct json *json, struct kube_access *access)
{
    *access = kube_access_empty();
    access->socket_path = copy_of(json, "socket");
    access->server = copy_of(json, "server");
    access->ca.file = copy_of(json, "caFile");
    access->certificate.file = copy_of(json, "certificateFile");
    access->key.file = copy_of(json, "keyFile");
    check(buf_append_str(&access->ca.data, json_str(json_get(json, "ca"))) == 0);
    check(buf_append_str(&access->token, json_str(json_get(json, "token"))) == 0);
    access->token_file = copy_of(json, "tokenFile");
    access->tls_server_name = copy_of(json, "tlsServerName");
    access->proxy_url = copy_of(json, "proxyUrl");
    access->as_user = copy_of(json, "as");
    access->insecure = number_of(json, "insecure") != 0;
}

int main(int argc, char **argv)
{
    struct probe probe = {.next = 0};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1 << 20);
    struct json_error error;
    check(argc == 2 && file_read(AT_FDCWD, argv[1], &text) == 0);
    check(json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &probe.document, &error) == 0);
    access_read(json_get(probe.document, "access"), &probe.access);
    check(loop_new(&probe.loop) == 0 && kube_client_new(probe.loop, &probe.access, &probe.client) == 0);
    if (json_get(probe.document, "watch"))
        follow(&probe, json_get(probe.document, "watch"));
    else if (!(probe.at_once = json_get(probe.document, "atOnce") != NULL))
        call_next(&probe);
    for (size_t i = 0; probe.at_once && i < json_count(json_get(probe.document, "calls")); i++)
        call_next(&probe);
    check(loop_run(probe.loop) == 0);
    kube_watch_free(probe.watch);
    kube_client_free(probe.client);
    kube_access_deinit(&probe.access);
    loop_free(probe.loop);
    json_free(probe.document);
    return 0;
}
