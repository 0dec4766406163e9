/* A Lease as values, and back (coordination.k8s.io/v1, Lease). Pure. */
#pragma once

#include "common/base/err.h"
#include "common/json/json.h"

#define LEASE_IDENTITY_SIZE 320 /* a pod's name, '_', its uid */
#define LEASE_TIME_SIZE 48

/* The last holder that ended in order says so when it gives the Lease back: no worker of its was left. */
#define LEASE_STOPPED_ANNOTATION "sluice.dev/stopped"

struct lease_record {
    char holder[LEASE_IDENTITY_SIZE]; /* "": nobody */
    int64_t duration_ms;
    int64_t transitions; /* how often it went to another holder */
    char acquire_time[LEASE_TIME_SIZE], renew_time[LEASE_TIME_SIZE];
    char stopped[LEASE_IDENTITY_SIZE]; /* LEASE_STOPPED_ANNOTATION; "": nobody */
};

/* What is absent or of another type is empty or 0; what is too long is cut. */
void lease_read(const struct json *document, struct lease_record *ret);
/* Nobody has touched it in between: all but the annotation is the same. */
bool lease_same(const struct lease_record *a, const struct lease_record *b);

enum lease_change {
    LEASE_TAKE,
    LEASE_RENEW,
    LEASE_RELEASE,         /* anybody may take it at once */
    LEASE_RELEASE_STOPPED, /* and no worker of ours is left */
};
struct lease_author {
    const char *namespace, *name; /* of the Lease */
    const char *identity;
    int64_t duration_ms; /* told in whole seconds, rounded up */
};
/* Changes the document as it was read; what it has beside that stays. An empty object becomes a new Lease. Wall time is
 * for people: nobody decides by it. -EINVAL: the document has a member of another type; -ENOMEM. */
MUST_USE int lease_write(struct json *document, enum lease_change change, const struct lease_author *author,
                         int64_t wall_ms);
