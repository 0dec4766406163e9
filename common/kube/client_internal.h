/* What the client's files share. Included in this folder only. */
#pragma once

#include "common/http/client.h"
#include "common/kube/client.h"
#include "common/kube/credentials.h"

enum call_state {
    CALL_QUEUED, /* for the next look at the queue */
    CALL_DUE,    /* is looked at now */
    CALL_SENT,
    CALL_PAUSED, /* refused for now, its timer runs */
    CALL_OVER,
};

struct kube_client {
    struct loop *loop;                /* borrowed */
    const struct kube_access *access; /* borrowed */
    struct http_client *http;
    struct kube_credentials credentials;
    struct loop_work *work; /* sends what is queued */
    char *name;
    struct kube_call *calls;
};

struct kube_call {
    struct kube_client *client;
    struct kube_call_spec spec; /* without body; path is owned */
    struct buf body;
    enum call_state state;
    struct http_call *http;
    struct loop_timer *timer;
    struct mono retry_until;
    unsigned failures;
    unsigned generation; /* of the credentials that it was sent with */
    bool renewed;        /* was sent again after 401 */
    struct kube_call *next, **slot;
};

/* Queued calls are sent soon. */
void kube_client_wake(struct kube_client *client);
/* What a response means, with what it was asked of; *ret_body owns ret->body. */
void kube_answer_read(const struct kube_call *call, const struct http_result *result, struct json **ret_body,
                      struct kube_answer *ret);
/* The same for a call that was never sent. */
void kube_answer_unsent(int error, const struct reason *why, struct kube_answer *ret);
/* Sends one that is due. It may be over, and freed, afterwards. */
void kube_call_send(struct kube_call *call);
void kube_call_finish(struct kube_call *call, const struct kube_answer *answer);
