/* What the client's files share. Included in this folder only. */
#pragma once

#include "common/aws/answer.h"
#include "common/aws/budget.h"
#include "common/aws/client.h"
#include "common/aws/endpoint.h"
#include "common/base/buf.h"
#include "common/http/client.h"

enum aws_call_state {
    AWS_CALL_QUEUED, /* for the next look at the queue */
    AWS_CALL_DUE,    /* is looked at now */
    AWS_CALL_SENT,
    AWS_CALL_PAUSED, /* will be repeated, its timer runs */
    AWS_CALL_OVER,
};

struct aws_client {
    struct loop *loop; /* borrowed */
    char service[AWS_NAME_SIZE], region[AWS_NAME_SIZE];
    struct aws_endpoint endpoint;
    struct aws_credentials *credentials; /* borrowed; NULL: unsigned */
    struct aws_listener listener;
    struct http_client *http;
    struct loop_work *work; /* sends what is queued */
    struct aws_budget budget;
    struct aws_call *calls;
};

struct aws_call {
    struct aws_client *client;
    char *target; /* NULL: query protocol */
    struct buf body;
    struct mono deadline, repeat_before;
    size_t body_bytes_max;
    bool repeatable;
    aws_done_fn *on_done;
    void *context;
    enum aws_call_state state;
    struct http_call *http;
    struct loop_timer *timer; /* queued: the deadline; paused: the pause */
    unsigned repeats;
    bool throttled;      /* that is why it was put off last */
    unsigned tokens;     /* that the last repeat took */
    unsigned generation; /* of the keys that it was signed with */
    int64_t ahead_ms;    /* of the clock then */
    bool renewed, reset; /* was sent again with other keys; with another time */
    struct aws_call *next, **slot;
};

/* Queued calls are sent soon. */
void aws_client_wake(struct aws_client *client);
/* Sends one that is due, signed with held (NULL: not signed). It may be over, and freed, afterwards. */
void aws_call_send(struct aws_call *call, const struct aws_held *held);
/* Tells it; it is freed afterwards. */
void aws_call_finish(struct aws_call *call, const struct aws_result *result);
/* The same for one without an answer. */
void aws_call_fail(struct aws_call *call, int error, const char *message);

/* The headers of a signed request. Owned; wiped by deinit. */
enum { AWS_HEADERS_MAX = 8 };
struct aws_headers {
    struct buf lines[AWS_HEADERS_MAX];
    const char *list[AWS_HEADERS_MAX + 1]; /* ended by NULL */
    size_t count;
};
#define AWS_CONTENT_TYPE_JSON "application/x-amz-json-1.0"
#define AWS_CONTENT_TYPE_FORM "application/x-www-form-urlencoded; charset=utf-8"
/* -ENOBUFS, -ENOMEM; deinit in any case. */
MUST_USE int aws_headers_init(const struct aws_call *call, const struct aws_held *held, int64_t wall_ms,
                              struct aws_headers *ret);
void aws_headers_deinit(struct aws_headers *headers);
