/* Status objects. Pure but for memory; what cannot be said for lack of it is a bare 500. */
#include "supervisor/source/api_status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *usual_reason(enum api_code code)
{
    switch (code) {
    case API_BAD_REQUEST:
        return "BadRequest";
    case API_UNAUTHORIZED:
        return "Unauthorized";
    case API_FORBIDDEN:
        return "Forbidden";
    case API_NOT_FOUND:
        return "NotFound";
    case API_METHOD_NOT_ALLOWED:
        return "MethodNotAllowed";
    case API_CONFLICT:
        return "Conflict";
    case API_GONE:
        return "Expired";
    case API_TOO_LARGE:
        return "RequestEntityTooLarge";
    case API_MEDIA_TYPE:
        return "UnsupportedMediaType";
    case API_INVALID:
        return "Invalid";
    case API_TOO_MANY:
        return "TooManyRequests";
    case API_INTERNAL:
        return "InternalError";
    case API_UNAVAILABLE:
        return "ServiceUnavailable";
    case API_OK:
    case API_CREATED:
        return "";
    }
    return "";
}

static int set_cause(struct json *details, enum api_code code, const struct reason *why)
{
    struct json *cause = json_new_object(), *causes = json_new_array();
    const char *end = strstr(why->text, ": ");
    int r = cause ? json_set_text(cause, "reason", reason_name(why->code)) : -ENOMEM;

    if (r == 0)
        r = json_set_text(cause, "message", why->text);
    if (r == 0 && code == API_INVALID && end)
        r = json_set_take(cause, "field", json_new_str((struct str){why->text, (size_t)(end - why->text)}));
    if (r < 0 || !causes) {
        json_free(cause);
        json_free(causes);
        return -ENOMEM;
    }
    r = json_append_take(causes, cause);
    if (r < 0) {
        json_free(causes);
        return r;
    }
    return json_set_take(details, "causes", causes);
}

static int set_details(struct json *status, const struct resource_key *key, const char *uid)
{
    struct json *details = NULL;
    int r = json_object_at(status, "details", &details);

    if (r < 0 || !key)
        return r;
    const struct kind_row *row = kind_row(key->kind);
    if (key->name[0])
        r = json_set_text(details, "name", key->name);
    if (r == 0)
        r = json_set_text(details, "group", row->group);
    if (r == 0) /* Kubernetes writes the plural here */
        r = json_set_text(details, "kind", row->plural);
    if (r == 0 && uid)
        r = json_set_text(details, "uid", uid);
    return r;
}

static int status_begin(const char *outcome, struct json **ret)
{
    struct json *status CLEANUP(json_freep) = json_new_object(), *metadata = NULL;
    int r;

    if (!status)
        return -ENOMEM;
    if ((r = json_set_text(status, "kind", "Status")) < 0 || (r = json_set_text(status, "apiVersion", "v1")) < 0 ||
        (r = json_object_at(status, "metadata", &metadata)) < 0 || (r = json_set_text(status, "status", outcome)) < 0)
        return r;
    *ret = TAKE(status);
    return 0;
}

int api_status_new(enum api_code code, const char *reason, const struct resource_key *key, const struct reason *why,
                   struct json **ret)
{
    struct json *status CLEANUP(json_freep) = NULL, *details = NULL;
    int r = status_begin("Failure", &status);

    if (r < 0 || (r = json_set_text(status, "message", why->text)) < 0 ||
        (r = json_set_text(status, "reason", reason ? reason : usual_reason(code))) < 0 ||
        (r = set_details(status, key, NULL)) < 0 || (r = json_object_at(status, "details", &details)) < 0 ||
        (why->code != REASON_NONE && (r = set_cause(details, code, why)) < 0) ||
        (r = json_set_int(status, "code", code)) < 0)
        return r;
    *ret = TAKE(status);
    return 0;
}

void api_respond_document(struct http_response *response, enum api_code code, const struct json *document)
{
    buf_clear(&response->body);
    response->content_type = "application/json";
    response->status = code;
    if (json_write(document, JSON_COMPACT, &response->body) < 0 || buf_append_char(&response->body, '\n') < 0) {
        response->status = API_INTERNAL;
        buf_clear(&response->body);
    }
}

void api_respond_failure(struct http_response *response, enum api_code code, const char *reason,
                         const struct resource_key *key, const struct reason *why)
{
    struct json *status CLEANUP(json_freep) = NULL;

    response->status = API_INTERNAL;
    if (api_status_new(code, reason, key, why, &status) == 0)
        api_respond_document(response, code, status);
}

void api_respond_words(struct http_response *response, enum api_code code, const struct resource_key *key,
                       const char *format, ...)
{
    struct reason why = {.code = REASON_NONE};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why.text, sizeof why.text, format, arguments);
    va_end(arguments);
    api_respond_failure(response, code, NULL, key, &why);
}

void api_respond_success(struct http_response *response, const struct resource_key *key, const char *uid)
{
    struct json *status CLEANUP(json_freep) = NULL;

    response->status = API_INTERNAL;
    if (status_begin("Success", &status) == 0 && set_details(status, key, uid) == 0)
        api_respond_document(response, API_OK, status);
}
