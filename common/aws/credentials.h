/* The keys that calls are signed with: found by the default chain, perhaps exchanged for those of a role, fetched again
 * 5 minutes before they expire.
 *
 * The chain: environment, web identity, container or pod identity, shared profile, instance metadata (IMDSv2); the first that is
 * configured counts. Owns copies of every secret, in buffers that are wiped. One fetch at a time; whoever needs its result
 * waits for it. Never logs. Addresses of providers come from the process's environment only (S-8). */
#pragma once

#include "common/aws/clock.h"
#include "common/aws/sigv4.h"
#include "common/base/cleanup.h"
#include "common/base/reason.h"
#include "common/loop/loop.h"

enum {
    AWS_REFRESH_AHEAD_MS = 300000, /* or half the lifetime, if that is less */
    AWS_EXPIRY_MARGIN_MS = 10000,  /* a request needs its keys for so long */
    AWS_FETCH_PAUSE_MS = 1000,     /* after a fetch that failed; meanwhile its failure counts */
    AWS_REFRESH_PAUSE_MS = 30000,  /* the same while the old keys are good */
};

typedef char *aws_lookup_fn(const char *name); /* as getenv */
struct aws_credentials_spec {
    struct loop *loop;
    aws_lookup_fn *lookup;   /* NULL: getenv */
    const char *region;      /* where STS is asked; NULL: as the environment says */
    const char *role_arn;    /* NULL: no role; all are copied */
    const char *external_id; /* with role_arn; NULL: none */
};

struct aws_credentials;
/* Finds nothing yet: the first look does. -EINVAL: region is none, or role_arn is no role's; -ENOMEM. */
MUST_USE int aws_credentials_new(const struct aws_credentials_spec *spec, struct aws_credentials **ret);
/* Clients that use them must have been freed. */
void aws_credentials_free(struct aws_credentials *credentials);
DEFINE_CLEANUP(struct aws_credentials, aws_credentials)

/* AWS_REGION, or AWS_DEFAULT_REGION, of that environment; NULL: neither is set. */
const char *aws_environment_region(aws_lookup_fn *lookup);

struct aws_held {
    struct aws_keys keys; /* borrowed until the loop turns */
    unsigned generation;
};
enum aws_credentials_outcome { AWS_CREDENTIALS_WAIT = 1 };
/* 0: sign with *ret. WAIT: the listeners are told when the fetch is over. -ENOKEY with *why: which providers were asked, and why
 * each had none. -ENOMEM. */
MUST_USE int aws_credentials_look(struct aws_credentials *credentials, struct aws_held *ret, struct reason *why);
/* A request with keys of that generation was refused because of them. Whether it makes sense to look and send it once more. */
bool aws_credentials_refused(struct aws_credentials *credentials, unsigned generation);
/* The services' clock, for whoever signs with these keys. */
struct aws_clock *aws_credentials_clock(struct aws_credentials *credentials);

/* Told of the end of each fetch, from the loop; may not free anything that has to do with AWS. */
struct aws_listener {
    void (*fetched)(void *context);
    void *context;
    struct aws_listener *next, **slot;
};
void aws_credentials_listen(struct aws_credentials *credentials, struct aws_listener *listener);
void aws_listener_leave(struct aws_listener *listener); /* one that was never listening, too */
