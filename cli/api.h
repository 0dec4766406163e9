/* The supervisor's API: requests for resources, answered with documents or with what was wrong.
 *
 * Owns the HTTP client and the calls on their way. Knows paths, JSON and Kubernetes' Status; not what commands do. */
#pragma once

#include "cli/exit_code.h"
#include "common/base/reason.h"
#include "common/http/client.h"
#include "common/json/json.h"
#include "common/model/kind.h"

enum {
    API_PATH_BYTES_MAX = 2048,
    API_ANSWER_BYTES_MAX = 64 << 20,
    API_DEADLINE_MS = 10000,
    API_NAME_BYTES_MAX = 253,
};

struct api;
MUST_USE int api_new(struct loop *loop, const char *socket_path, struct api **ret);
void api_free(struct api *api); /* cancels what is on its way */
DEFINE_CLEANUP(struct api, api)
struct http_client *api_http(struct api *api); /* for streams */

/* What came back. */
struct api_answer {
    int exit_code;           /* EXIT_CODE_OK: a 2xx; else what the failure means */
    unsigned status;         /* of HTTP; 0: there was no answer, the supervisor may be on its way up again */
    const struct json *body; /* borrowed for the callback; NULL when it is no JSON */
    struct reason why;       /* of a failure */
};
typedef void api_done_fn(void *context, const struct api_answer *answer);

struct api_call;
/* One request; body is borrowed for this call and may be NULL. A PATCH is a JSON merge patch (RFC 7396). ret may be NULL. */
MUST_USE int api_send(struct api *api, const char *method, const char *path, const struct json *body,
                      api_done_fn *done, void *context, struct api_call **ret);
/* NULL is allowed; its callback does not come. */
void api_call_cancel(struct api_call *call);

/* Asks and waits, turning the loop: for commands that do one thing after the other. Returns EXIT_CODE_OK or what the failure
 * means, with *why; ret_body is owned by the caller and may be NULL. */
MUST_USE int api_ask(struct api *api, const char *method, const char *path, const struct json *body,
                     struct json **ret_body, struct reason *why);

/* "/apis/sluice.dev/v1alpha1/namespaces/NS/splitsessions/NAME?query", as far as the parts are given; NULL leaves one out. */
MUST_USE int api_path(enum kind kind, const char *namespace, const char *name, const char *query, struct buf *buf);
