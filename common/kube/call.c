/* One call: sent, repeated where that is safe, told once. Owns copies of its path and body, for it may be sent several times. */
#include "common/kube/client_internal.h"

#include "common/loop/pause.h"
#include <stdlib.h>
#include <string.h>

static const struct backoff call_backoff = {.first_ms = 200, .max_ms = 5000};

static void call_unlink(struct kube_call *call)
{
    *call->slot = call->next;
    if (call->next)
        call->next->slot = call->slot;
}

static void call_free(struct kube_call *call)
{
    http_call_cancel(call->http);
    loop_timer_free(call->timer);
    buf_deinit(&call->body);
    free((char *)(uintptr_t)call->spec.path);
    free(call);
}

void kube_call_finish(struct kube_call *call, const struct kube_answer *answer)
{
    call->state = CALL_OVER; /* a cancel in its own callback means nothing more */
    call_unlink(call);
    call->spec.done(call->spec.context, answer);
    call_free(call);
}

void kube_call_cancel(struct kube_call *call)
{
    if (!call || call->state == CALL_OVER)
        return;
    call_unlink(call);
    kube_client_wake(call->client);
    call_free(call);
}

static void call_requeue(struct kube_call *call)
{
    call->state = CALL_QUEUED;
    kube_client_wake(call->client);
}

static void pause_over(void *context) { call_requeue(context); }

/* 429: it was not looked at. 5xx: it may have been done, so only what has the same effect twice. */
static bool may_repeat(const struct kube_call *call, unsigned status)
{
    bool same_twice = strcmp(call->spec.method, "POST") != 0 && call->spec.content != KUBE_JSON_PATCH;
    return status == 429 || (status >= 500 && same_twice);
}

/* Whether it was put off. */
static bool call_pause(struct kube_call *call, const struct http_result *result)
{
    if (result->error || !may_repeat(call, result->status))
        return false;
    int64_t delay_ms = pause_next_ms(&call_backoff, &call->failures);
    if (delay_ms < result->retry_after_ms)
        delay_ms = result->retry_after_ms;
    if (mono_reached(mono_after(mono_now(), delay_ms), call->retry_until))
        return false;
    call->state = CALL_PAUSED;
    loop_timer_start(call->timer, delay_ms);
    return true;
}

static bool call_renew(struct kube_call *call, const struct http_result *result)
{
    if (result->error || result->status != 401 || call->renewed ||
        !kube_credentials_refused(&call->client->credentials, call->generation))
        return false;
    call->renewed = true;
    call_requeue(call);
    return true;
}

static void on_done(void *context, const struct http_result *result)
{
    struct kube_call *call = context;
    CLEANUP(json_freep) struct json *body = NULL;
    struct kube_answer answer;
    call->http = NULL;
    kube_client_wake(call->client); /* there is room for another */
    if (call_renew(call, result) || call_pause(call, result))
        return;
    kube_answer_read(call, result, &body, &answer);
    kube_call_finish(call, &answer);
}

static void on_open(void *context)
{
    struct kube_call *call = context;
    if (call->spec.on_open)
        call->spec.on_open(call->spec.context);
}

static void on_data(void *context, struct str data)
{
    struct kube_call *call = context;
    call->spec.on_data(call->spec.context, data);
}

static const char *content_type(const struct kube_call *call)
{
    if (call->body.len == 0)
        return NULL;
    switch (call->spec.content) {
    case KUBE_JSON:
        return "application/json";
    case KUBE_MERGE_PATCH:
        return "application/merge-patch+json";
    case KUBE_JSON_PATCH:
        return "application/json-patch+json";
    }
    return NULL;
}

static int call_start(struct kube_call *call)
{
    const struct kube_call_spec *spec = &call->spec;
    const char *headers[KUBE_HEADERS_MAX + 2];
    const struct http_call_spec request = {.method = spec->method,
                                           .path = spec->path,
                                           .content_type = content_type(call),
                                           .body = buf_str(&call->body),
                                           .headers = headers,
                                           .deadline_ms = spec->deadline_ms ? spec->deadline_ms : KUBE_DEADLINE_MS,
                                           .silence_max_ms = spec->silence_max_ms,
                                           .body_bytes_max = spec->answer_bytes_max ? spec->answer_bytes_max
                                                                                    : KUBE_ANSWER_BYTES_MAX,
                                           .on_open = spec->on_data ? on_open : NULL,
                                           .on_data = spec->on_data ? on_data : NULL,
                                           .on_done = on_done,
                                           .context = call};
    kube_credentials_headers(&call->client->credentials, headers);
    call->generation = call->client->credentials.generation;
    return http_client_call(call->client->http, &request, &call->http);
}

void kube_call_send(struct kube_call *call)
{
    struct kube_answer answer;
    struct reason why;
    call->state = CALL_SENT;
    int r = call_start(call);
    if (r == 0)
        return;
    reason_set(&why, REASON_NONE, 0, "a request for %s cannot be made: %s", call->client->name, strerror(-r));
    kube_answer_unsent(r, &why, &answer);
    kube_call_finish(call, &answer);
}

static void call_freep(struct kube_call **slot)
{
    if (*slot)
        call_free(*slot);
}

static int call_make(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret)
{
    CLEANUP(call_freep) struct kube_call *call = calloc(1, sizeof *call);
    int64_t retry_ms = spec->retry_ms ? spec->retry_ms : KUBE_RETRY_MS;
    char *path = NULL;
    if (!call)
        return -ENOMEM;
    *call = (struct kube_call){.client = client, .spec = *spec, .body = BUF_INIT(KUBE_BODY_BYTES_MAX)};
    call->spec.body = NULL;
    call->spec.path = NULL;
    call->retry_until = mono_after(mono_now(), retry_ms > 0 ? retry_ms : 0);
    int r = str_dup(str_of(spec->path), &path);
    call->spec.path = path;
    if (r == 0 && spec->body)
        r = json_write(spec->body, JSON_COMPACT, &call->body);
    if (r == 0)
        r = loop_timer_new(client->loop, pause_over, call, &call->timer);
    if (r == 0)
        *ret = TAKE(call);
    return r;
}

int kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret)
{
    struct kube_call *call = NULL;
    int r = call_make(client, spec, &call);
    if (r != 0)
        return r;
    struct kube_call **slot = &client->calls;
    while (*slot) /* the oldest first */
        slot = &(*slot)->next;
    call->slot = slot;
    *slot = call;
    call_requeue(call);
    if (ret)
        *ret = call;
    return 0;
}
