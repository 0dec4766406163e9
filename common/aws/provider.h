/* One place where keys may come from, as the chain sees it. Included in this folder only. */
#pragma once

#include "common/aws/clock.h"
#include "common/aws/credentials.h"
#include "common/base/buf.h"

enum {
    AWS_ID_BYTES_MAX = 128,
    AWS_SECRET_BYTES_MAX = 512,
    AWS_TOKEN_BYTES_MAX = 16 << 10,
};

/* Keys of our own, wiped by deinit. */
struct aws_credential {
    struct buf id, secret, token;
    int64_t expires_wall_ms; /* 0: never */
};
#define AWS_CREDENTIAL_INIT                                                                            \
    ((struct aws_credential){BUF_SECRET_INIT(AWS_ID_BYTES_MAX), BUF_SECRET_INIT(AWS_SECRET_BYTES_MAX), \
                             BUF_SECRET_INIT(AWS_TOKEN_BYTES_MAX), 0})
void aws_credential_deinit(struct aws_credential *credential);

enum aws_fetch_outcome {
    AWS_FETCH_WAIT = 1, /* fetch->done is called later */
    AWS_FETCH_ABSENT,   /* it is not configured; why says what is missing */
    AWS_FETCH_FAILED,   /* it is configured, and has none; why says why */
};

struct aws_fetch;
typedef void aws_fetched_fn(struct aws_fetch *fetch, int outcome); /* never from within start */
/* What a provider is given, once for its life. */
struct aws_fetch {
    struct loop *loop;
    aws_lookup_fn *lookup;
    const char *region;      /* of STS; "": not known */
    struct aws_clock *clock; /* the services' */
    struct aws_credential found;
    struct reason why;
    aws_fetched_fn *done;
};

struct aws_provider {
    const char *name; /* as a person calls it */
    /* 0: fetch->found is filled; aws_fetch_outcome; < 0. *state: the provider's own, NULL at first; kept for its life. */
    int (*start)(struct aws_fetch *fetch, void **state);
    void (*free)(void *state); /* cancels what is on its way; NULL: there is no state */
};
extern const struct aws_provider aws_provider_environment;

/* Replaces what fetch->found holds. FAILED: id or secret are empty, or one is too long, or has a control character. */
MUST_USE int aws_fetch_found(struct aws_fetch *fetch, const struct aws_keys *keys, int64_t expires_wall_ms);
/* Fills fetch->why and returns outcome. */
#define aws_fetch_say(fetch, outcome, ...) reason_set(&(fetch)->why, REASON_NONE, (outcome), __VA_ARGS__)
/* A variable of the environment; "" when it is not set. */
const char *aws_fetch_variable(const struct aws_fetch *fetch, const char *name);
