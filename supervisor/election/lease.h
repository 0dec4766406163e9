/* A Lease as values, and back (coordination.k8s.io/v1, Lease). Pure. */
#pragma once

#include "common/base/err.h"
#include "common/json/json.h"

#define LEASE_IDENTITY_SIZE 320 /* a pod's name, '_', its uid */
#define LEASE_TIME_SIZE 48

/* Identities, the newest first, a space between two: no worker of theirs is left. Each writes only itself: with the Lease that it
 * gives back, or while another leads. Who takes the Lease takes itself off in the same write, before it starts any. */
#define LEASE_STOPPED_ANNOTATION "sluice.dev/stopped"
#define LEASE_STOPPED_SIZE \
    (16 * LEASE_IDENTITY_SIZE) /* what is too old for that is dropped: a proof less, no wrong one */

struct lease_record {
    char holder[LEASE_IDENTITY_SIZE]; /* "": nobody */
    int64_t duration_ms;
    int64_t transitions; /* how often it went to another holder */
    char acquire_time[LEASE_TIME_SIZE], renew_time[LEASE_TIME_SIZE];
    char stopped[LEASE_STOPPED_SIZE]; /* LEASE_STOPPED_ANNOTATION; "": nobody */
};

/* Without what does not fit. */
void lease_stopped_read(struct str text, struct lease_record *record);
bool lease_is_stopped(const struct lease_record *record, const char *identity);
/* identity is taken off, and with stopped put in front. */
void lease_stopped_set(struct lease_record *record, const char *identity, bool stopped);

/* What is absent or of another type is empty or 0; what is too long is cut. */
void lease_read(const struct json *document, struct lease_record *ret);
/* Nobody has touched it in between: all but the annotation is the same. */
bool lease_same(const struct lease_record *a, const struct lease_record *b);

enum lease_change {
    LEASE_TAKE,
    LEASE_RENEW,
    LEASE_RELEASE,         /* anybody may take it at once */
    LEASE_RELEASE_STOPPED, /* and no worker of ours is left */
    LEASE_SAY_STOPPED,     /* another holds it, and no worker of ours is left: the annotation alone */
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
