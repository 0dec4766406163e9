/* Calls to a Kubernetes API server, or to a supervisor's socket that speaks the same.
 *
 * Owns the HTTP client, the credentials in use and the calls on their way. Every answer has a limit, every call a deadline.
 * Callbacks come from the loop, never from within a function of the client; in one, calls may be made and cancelled, but the
 * client not freed. Never logs above debug; secrets leave it only in requests. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/kube/access.h"
#include "common/kube/path.h"
#include "common/loop/loop.h"

enum {
    KUBE_ANSWER_BYTES_MAX = 64 << 20,
    KUBE_ANSWER_VALUES_MAX = 4 << 20,
    KUBE_BODY_BYTES_MAX = 3 << 20, /* of a request, as the API server's own limit */
    KUBE_DEADLINE_MS = 10000,
    KUBE_RETRY_MS = 10000,           /* for how long a refused request is tried again, where the call gives nothing */
    KUBE_CREDENTIALS_AGE_MS = 60000, /* then files are read again */
    KUBE_CREDENTIALS_FETCHED_MIN_MS = 10000, /* what was fetched is not fetched again sooner, unless it is refused */
    KUBE_CALLS_MAX =
        32, /* at the server at the same time, beside streams and urgent ones; more wait, the oldest first */
};

struct kube_client;
/* access is borrowed for the client's life. -EINVAL: neither http nor https, or a proxy of another kind; -ENOMEM. */
MUST_USE int kube_client_new(struct loop *loop, const struct kube_access *access, struct kube_client **ret);
void kube_client_free(struct kube_client *client); /* cancels what is on its way */
DEFINE_CLEANUP(struct kube_client, kube_client)
struct loop *kube_client_loop(const struct kube_client *client);
/* "the supervisor at /run/sluice/api.sock", "the API server at https://10.0.0.1:6443". */
const char *kube_client_name(const struct kube_client *client);
/* The bearer token in use, borrowed until the next call; empty: none. */
struct str kube_client_token(const struct kube_client *client);

struct kube_answer {
    int error;       /* 0: there is an answer, whatever its status; < 0: none, as http_result says, or it is not
                                understood (-EBADMSG), or there are no credentials (-ENOKEY) */
    unsigned status; /* of HTTP; 0: there was no answer, the server may be on its way up again */
    int64_t retry_after_ms;  /* as the server asked; 0: it did not */
    const struct json *body; /* borrowed for the callback; NULL: none, or no JSON */
    struct reason why;       /* of an error, or of a status that is not 2xx */
};
static inline bool kube_answer_ok(const struct kube_answer *answer)
{
    return answer->error == 0 && answer->status / 100 == 2;
}
typedef void kube_done_fn(void *context, const struct kube_answer *answer);
/* A stream's 2xx response began. */
typedef void kube_open_fn(void *context);
/* Part of a stream, as it comes; may be cut anywhere. */
typedef void kube_data_fn(void *context, struct str data);

enum kube_content { KUBE_JSON, KUBE_MERGE_PATCH, KUBE_JSON_PATCH };

struct kube_call_spec {
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *path;   /* see kube_path_build; copied */
    enum kube_content content;
    const struct json *body; /* copied; NULL: none */
    int64_t deadline_ms;     /* of each try, for a stream until it opens; 0: KUBE_DEADLINE_MS */
    /* A request that may be repeated (429 always; 5xx unless it is a POST or a JSON patch) is, with growing pauses or
     * after Retry-After, for so long; then its last answer counts. 0: KUBE_RETRY_MS; < 0: never. What has no answer at
     * all is told at once. */
    int64_t retry_ms;
    bool urgent;             /* does not wait for others: leases */
    size_t answer_bytes_max; /* 0: KUBE_ANSWER_BYTES_MAX; of a stream each part */
    int64_t silence_max_ms;  /* of a stream: ended with -ETIMEDOUT after so long without a byte; 0: no limit */
    kube_open_fn *on_open;   /* of a stream; may be NULL */
    kube_data_fn *on_data;   /* NULL: no stream, the answer is collected and read as JSON */
    kube_done_fn *done;
    void *context;
};
struct kube_call;
/* ret may be NULL when the call is never cancelled. -ENOBUFS: the body is too long; -ENOMEM; all else is told by done. */
MUST_USE int kube_client_call(struct kube_client *client, const struct kube_call_spec *spec, struct kube_call **ret);
/* Ends a call without its done. NULL is allowed. */
void kube_call_cancel(struct kube_call *call);
