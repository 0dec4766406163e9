/* Answers of the API: documents and Kubernetes' Status objects (API conventions, "Response Status Kind"). */
#pragma once

#include "common/base/reason.h"
#include "common/http/server.h"
#include "common/json/json.h"
#include "common/model/kind.h"

enum api_code {
    API_OK = 200,
    API_CREATED = 201,
    API_BAD_REQUEST = 400,
    API_UNAUTHORIZED = 401,
    API_FORBIDDEN = 403,
    API_NOT_FOUND = 404,
    API_METHOD_NOT_ALLOWED = 405,
    API_CONFLICT = 409,
    API_GONE = 410,
    API_TOO_LARGE = 413,
    API_MEDIA_TYPE = 415,
    API_INVALID = 422,
    API_TOO_MANY = 429,
    API_INTERNAL = 500,
    API_UNAVAILABLE = 503
};

/* {"kind":"Status",...} with status "Failure". reason: Kubernetes' word, NULL for the usual one of the code. key may be
 * NULL; why->text is the message and, when it has a code, the cause; its beginning up to ": " is the cause's field where the
 * code is 422. -ENOMEM. */
MUST_USE int api_status_new(enum api_code code, const char *reason, const struct resource_key *key,
                            const struct reason *why, struct json **ret);

/* These fill a response and cannot fail: for lack of memory or room it becomes a 500. */
void api_respond_failure(struct http_response *response, enum api_code code, const char *reason,
                         const struct resource_key *key, const struct reason *why);
/* The same with a message that is no row of reason.def. */
void api_respond_words(struct http_response *response, enum api_code code, const struct resource_key *key,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
void api_respond_document(struct http_response *response, enum api_code code, const struct json *document);
/* Status "Success", as a finished deletion is answered. */
void api_respond_success(struct http_response *response, const struct resource_key *key, const char *uid);
