/* One request to the API and the meaning of its answer. A call frees itself once it is over or cancelled. */
#include "cli/api_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct api_call {
    const struct api *api; /* borrowed */
    struct http_call *http;
    api_done_fn *done;
    void *context;
};

static enum exit_code exit_code_of(unsigned status)
{
    if (status >= 200 && status < 300)
        return EXIT_CODE_OK;
    if (status == 404 || status == 410)
        return EXIT_CODE_NOT_FOUND;
    if (status == 401 || status == 403)
        return EXIT_CODE_NOT_PERMITTED;
    return status >= 400 && status < 500 ? EXIT_CODE_REFUSED : EXIT_CODE_ANSWER;
}

/* A Status object says what was wrong (Kubernetes API conventions); our reasons stand in its details' causes or as its
 * reason. */
static void explain_status(unsigned status, const struct json *body, struct reason *why)
{
    const struct json *cause = json_at(json_path(body, "details", "causes", NULL), 0);
    const char *name = json_text(json_get(cause, "reason"));
    const char *text = json_text(json_get(body, "message"));
    enum reason_code code = reason_from_name(str_of(name));
    if (code == REASON_NONE)
        code = reason_from_name(json_str(json_get(body, "reason")));
    if (code == REASON_NONE && (status == 401 || status == 403))
        code = REASON_NOT_PERMITTED;
    if (text[0])
        reason_set(why, code, 0, "%s", text);
    else
        reason_set(why, code, 0, "the supervisor answered with HTTP status %u", status);
}

static void answer_of(const struct api_call *call, const struct http_result *result, struct json *body,
                      struct api_answer *ret)
{
    *ret = (struct api_answer){.status = result->error ? 0 : result->status, .body = body};
    if (result->error) {
        ret->exit_code = EXIT_CODE_UNREACHABLE;
        reason_set(&ret->why, REASON_SUPERVISOR_UNREACHABLE, 0, "the supervisor does not answer at %s: %s",
                   api_socket(call->api), strerror(-result->error));
        return;
    }
    ret->exit_code = exit_code_of(result->status);
    if (ret->exit_code != EXIT_CODE_OK)
        explain_status(result->status, body, &ret->why);
}

static void call_done(void *context, const struct http_result *result)
{
    CLEANUP(cleanup_freep) struct api_call *call = context;
    CLEANUP(json_freep) struct json *body = NULL;
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct api_answer answer;
    limits.bytes_max = API_ANSWER_BYTES_MAX;
    limits.values_max = API_VALUES_MAX;
    int r = result->error || result->body.len == 0 ? 0 : json_parse(result->body, &limits, &body, &error);
    answer_of(call, result, body, &answer);
    if (r != 0 && answer.exit_code == EXIT_CODE_OK) {
        answer.exit_code = EXIT_CODE_ANSWER;
        reason_set(&answer.why, REASON_NONE, 0, "the supervisor's answer is not understood: %s",
                   r < 0 ? strerror(-r) : error.text);
    }
    call->done(call->context, &answer);
}

int api_send(struct api *api, const char *method, const char *path, const struct json *body, api_done_fn *done,
             void *context, struct api_call **ret)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(JSON_LIMITS_DOCUMENT.bytes_max);
    struct http_call_spec spec = {.method = method,
                                  .path = path,
                                  .deadline_ms = API_DEADLINE_MS,
                                  .body_bytes_max = API_ANSWER_BYTES_MAX,
                                  .on_done = call_done};
    CLEANUP(cleanup_freep) struct api_call *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    int r = body ? json_write(body, JSON_COMPACT, &text) : 0;
    if (body) {
        spec.body = buf_str(&text);
        spec.content_type = strcmp(method, "PATCH") == 0 ? "application/merge-patch+json" : "application/json";
    }
    *call = (struct api_call){.api = api, .done = done, .context = context};
    spec.context = call;
    if (r == 0)
        r = http_client_call(api_http(api), &spec, &call->http);
    if (r < 0)
        return r;
    struct api_call *sent = TAKE(call);
    if (ret)
        *ret = sent;
    return 0;
}

void api_call_cancel(struct api_call *call)
{
    if (!call)
        return;
    http_call_cancel(call->http);
    free(call);
}
