/* The credentials in use at one API server: read from files again every minute, fetched again when they expire or are refused.
 * Included in this folder only. */
#pragma once

#include "common/http/client.h"
#include "common/kube/access.h"
#include "common/loop/loop.h"

enum { KUBE_HEADERS_MAX = 16 };

typedef void kube_credentials_fn(void *context);
struct kube_credentials {
    const struct kube_access *access; /* borrowed */
    struct http_client *http;         /* borrowed; told of every change of the TLS part */
    kube_credentials_fn *fetched;     /* the fetch that was waited for is over */
    void *context;
    struct buf authorization; /* the header; empty: none */
    char *headers[KUBE_HEADERS_MAX];
    size_t header_count; /* impersonation */
    struct buf token, ca, certificate, key;
    bool token_changed, tls_changed; /* since what of them is in use was made */
    struct mono read_at;             /* files; not set: not yet */
    bool fetching, have;             /* have: what was fetched counts until expires_wall_ms */
    int64_t expires_wall_ms;         /* 0: for ever */
    int failure;                     /* of the last fetch, with why; < 0 */
    struct reason why;
    unsigned generation; /* grows with each change */
};
MUST_USE int kube_credentials_init(const struct kube_access *access, struct http_client *http,
                                   kube_credentials_fn *fetched, void *context, struct kube_credentials *ret);
void kube_credentials_deinit(struct kube_credentials *credentials);

enum kube_credentials_outcome { KUBE_CREDENTIALS_WAIT = 1 };
/* 0: a request may be sent with them; WAIT: fetched() comes; < 0 with *why: there are none. */
MUST_USE int kube_credentials_look(struct kube_credentials *credentials, struct reason *why);
/* A request of that generation was refused with 401. Whether it makes sense to send it once more. */
bool kube_credentials_refused(struct kube_credentials *credentials, unsigned generation);
/* The headers of a request, ended by NULL; borrowed until the next call. */
void kube_credentials_headers(const struct kube_credentials *credentials, const char *ret[KUBE_HEADERS_MAX + 2]);
