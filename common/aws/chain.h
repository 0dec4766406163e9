/* Providers asked one after the other: the first that is configured counts, whether it has keys or not; what each said is kept for
 * the person who must act. Included in this folder only. */
#pragma once

#include "common/aws/provider.h"

enum { AWS_PROVIDERS_MAX = 5 };

struct aws_chain;
typedef void aws_chain_done_fn(void *context, int result);
struct aws_chain {
    struct aws_fetch
        fetch; /* the providers'; found holds the keys of a fetch that succeeded, for whoever takes them */
    const struct aws_provider *const *providers; /* ended by NULL */
    void *states[AWS_PROVIDERS_MAX];
    size_t at;
    struct reason why;
    aws_chain_done_fn *done; /* of a fetch that had to wait */
    void *context;
};
/* fetch: as the providers get it, without done. */
void aws_chain_init(const struct aws_fetch *fetch, const struct aws_provider *const *providers,
                    aws_chain_done_fn *done, void *context, struct aws_chain *ret);
void aws_chain_deinit(struct aws_chain *chain); /* cancels what is on its way */
/* 0: chain->fetch.found is filled. AWS_FETCH_WAIT: done is called with one of the others. AWS_FETCH_FAILED: chain->why says why.
 * < 0. */
MUST_USE int aws_chain_start(struct aws_chain *chain);
