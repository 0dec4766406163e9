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
    const char *role_arn;    /* for aws_provider_role */
    const char *external_id; /* "": none */
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
    bool fixed;                /* has always the same keys */
};
extern const struct aws_provider aws_provider_environment, aws_provider_web_identity, aws_provider_container,
    aws_provider_profile, aws_provider_instance, aws_provider_role;

/* Replaces what fetch->found holds. FAILED: id or secret are empty, or one is too long, or has a control character. */
MUST_USE int aws_fetch_found(struct aws_fetch *fetch, const struct aws_keys *keys, int64_t expires_wall_ms);
/* The same from an answer of a metadata service (AccessKeyId, SecretAccessKey, Token, Expiration), or of STS (the first Credentials
 * in it). FAILED too when it is not understood. Sources: "Container credential provider" and "IMDS credential provider" in the
 * SDKs' reference guide; the STS API reference. */
enum { AWS_FOUND_BYTES_MAX = 64 << 10 };
MUST_USE int aws_fetch_found_json(struct aws_fetch *fetch, struct str body);
MUST_USE int aws_fetch_found_xml(struct aws_fetch *fetch, struct str body);
/* Fills fetch->why and returns outcome. */
#define aws_fetch_say(fetch, outcome, ...) reason_set(&(fetch)->why, REASON_NONE, (outcome), __VA_ARGS__)
/* A variable of the environment; "" when it is not set. */
const char *aws_fetch_variable(const struct aws_fetch *fetch, const char *name);
/* A file that a variable names: one secret on one line, without blanks around it. FAILED. */
MUST_USE int aws_fetch_file(struct aws_fetch *fetch, const char *path, struct buf *buf);
