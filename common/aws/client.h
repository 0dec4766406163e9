/* Calls to one AWS service in one region: signed, sent on kept connections many at a time, repeated where that is safe, told once.
 *
 * Protocols: AWS JSON 1.0 (SQS) and AWS query (STS, SNS). Owns the HTTP client, the calls on their way and the retry budget.
 * Callbacks come from the loop, never from within a function of the client; in one, calls may be made and cancelled, but the
 * client not freed. A request on a kept connection that the service closed before it answered a byte is sent again by the HTTP
 * door itself, whatever `repeatable` says. Never logs; keys leave it only in requests. */
#pragma once

#include "common/aws/credentials.h"
#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include "common/loop/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AWS_CALLS_MAX = 64,           /* at the service at the same time; more wait, the oldest first */
    AWS_BODY_BYTES_MAX = 8 << 20, /* of a request, and of an answer where the call says nothing */
    AWS_DEADLINE_MS = 30000,
};

struct aws_client;
struct aws_client_spec {
    struct loop *loop;
    const char *service; /* "sqs": in the signature and in the URL */
    const char *region;
    const char *endpoint;                /* "scheme://host[:port]"; NULL or "": by service and region */
    struct aws_credentials *credentials; /* borrowed, may serve many clients; NULL: nothing is signed */
};
/* -EINVAL: service, region or endpoint is none; -ENOMEM. Everything is copied. */
MUST_USE int aws_client_new(const struct aws_client_spec *spec, struct aws_client **ret);
/* Cancels what is on its way. */
void aws_client_free(struct aws_client *client);
DEFINE_CLEANUP(struct aws_client, aws_client)

struct aws_result {
    /* 0: there is an answer, whatever its status. < 0: none: as http_result.error says (the last try's), -ENOKEY (no
     * credentials; message says which providers were asked), -ETIMEDOUT. */
    int error;
    unsigned status;
    struct str body;     /* of the answer; NUL-terminated; borrowed like all of this for the callback */
    const char *code;    /* of an error of AWS: "QueueDoesNotExist", without prefix; else "" */
    const char *message; /* of AWS, or why there is no answer; else "". No secrets; control characters are blanks */
    bool throttled;      /* the last answer says: too many */
    int64_t coming_ms;   /* how long the answer took from its first byte to its last */
};
static inline bool aws_result_ok(const struct aws_result *result)
{
    return result->error == 0 && result->status / 100 == 2;
}
/* The call is over and its struct aws_call invalid. */
typedef void aws_done_fn(void *context, const struct aws_result *result);

struct aws_call_spec {
    const char *target;    /* "AmazonSQS.ReceiveMessage"; NULL: query protocol, the body is a form */
    struct str body;       /* copied, and wiped afterwards */
    int64_t deadline_ms;   /* for everything, repeats and waiting for keys too; 0: AWS_DEADLINE_MS */
    int64_t repeat_ms;     /* no repeat begins later than this after the call; 0: any time before the deadline */
    size_t body_bytes_max; /* of the answer; 0: AWS_BODY_BYTES_MAX */
    bool
        repeatable; /* may be sent again after a lost answer. Throttled ones, 5xx and those that were not sent always are */
    aws_done_fn *on_done;
    void *context;
};
struct aws_call;
/* ret may be NULL when the call is never cancelled. -ENOBUFS: the body is too long; -ENOMEM; all else is told by on_done. */
MUST_USE int aws_client_call(struct aws_client *client, const struct aws_call_spec *spec, struct aws_call **ret);
/* Ends a call without its on_done. NULL is allowed. */
void aws_call_cancel(struct aws_call *call);
