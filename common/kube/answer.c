/* What a response means: JSON, Kubernetes' Status, and why there is none, in words. Pure, beside the memory of the body. */
#include "common/kube/client_internal.h"

#include <string.h>

static int no_answer(const struct kube_call *call, int error, struct reason *why)
{
    const struct kube_access *access = call->client->access;
    const char *name = call->client->name;
    if (error == -EKEYREJECTED)
        return reason_set(why, REASON_KUBE_UNTRUSTED, error,
                          "%s is not trusted: its certificate is not from the configured CA, has expired, or is for "
                          "another name",
                          name);
    if (error == -ENOKEY)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, error,
                          "the CA, the client certificate or its key for %s is of no use", name);
    if (error == -ENOBUFS)
        return reason_set(why, REASON_NONE, error, "the answer of %s is too long", name);
    if (access->socket_path)
        return reason_set(why, REASON_SUPERVISOR_UNREACHABLE, error, "the supervisor does not answer at %s: %s",
                          access->socket_path, strerror(-error));
    return reason_set(why, REASON_KUBE_UNREACHABLE, error, "the API server does not answer at %s: %s", access->server,
                      strerror(-error));
}

static bool is_status(const struct json *body) { return strcmp(json_text(json_get(body, "kind")), "Status") == 0; }

/* The path without query: what is not there. */
static struct str place_of(const struct kube_call *call)
{
    return (struct str){call->spec.path, strcspn(call->spec.path, "?")};
}

static enum reason_code code_of(const struct kube_call *call, unsigned status, const struct json *body)
{
    const struct json *cause = json_at(json_path(body, "details", "causes", NULL), 0);
    enum reason_code code = reason_from_name(json_str(json_get(cause, "reason")));
    if (code == REASON_NONE)
        code = reason_from_name(json_str(json_get(body, "reason")));
    if (code == REASON_NONE && status == 401)
        return REASON_NOT_AUTHENTICATED;
    if (code == REASON_NONE && status == 403)
        return call->client->access->socket_path ? REASON_NOT_PERMITTED : REASON_RIGHT_MISSING;
    if (code == REASON_NONE && status == 404 && !is_status(body))
        return REASON_KIND_NOT_SERVED;
    return code;
}

/* A Status object says what was wrong (Kubernetes API conventions, "Response Status Kind"); our own reasons stand in its
 * details' causes or as its reason. */
static void explain(const struct kube_call *call, unsigned status, const struct json *body, struct reason *why)
{
    const char *text = json_text(json_get(body, "message")), *name = call->client->name;
    enum reason_code code = code_of(call, status, body);
    struct str place = place_of(call);
    if (code == REASON_NOT_AUTHENTICATED)
        reason_set(why, code, 0, "%s does not accept the credentials%s%s", name, text[0] ? ": " : "", text);
    else if (code == REASON_KIND_NOT_SERVED)
        reason_set(why, code, 0, "%s knows no %.*s", name, STR_ARG(place));
    else if (text[0])
        reason_set(why, code, 0, "%s", text);
    else
        reason_set(why, code, 0, "%s answered with HTTP status %u", name, status);
}

static void body_read(const struct kube_call *call, struct str text, struct json **ret_body,
                      struct kube_answer *answer)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    limits.bytes_max = KUBE_ANSWER_BYTES_MAX;
    limits.values_max = KUBE_ANSWER_VALUES_MAX;
    int r = text.len == 0 ? 0 : json_parse(text, &limits, ret_body, &error);
    answer->body = *ret_body;
    if (r == 0 || answer->status / 100 != 2)
        return; /* a refusal need not be JSON */
    answer->error = r < 0 ? r : -EBADMSG;
    reason_set(&answer->why, REASON_NONE, 0, "the answer of %s is not understood: %s", call->client->name,
               r < 0 ? strerror(-r) : error.text);
}

void kube_answer_read(const struct kube_call *call, const struct http_result *result, struct json **ret_body,
                      struct kube_answer *ret)
{
    *ret = (struct kube_answer){.error = result->error,
                                .status = result->error ? 0 : result->status,
                                .retry_after_ms = result->retry_after_ms};
    if (result->error) {
        no_answer(call, result->error, &ret->why);
        return;
    }
    body_read(call, result->body, ret_body, ret);
    if (result->status / 100 != 2)
        explain(call, result->status, *ret_body, &ret->why);
}

void kube_answer_unsent(int error, const struct reason *why, struct kube_answer *ret)
{
    *ret = (struct kube_answer){.error = error, .why = *why};
}
