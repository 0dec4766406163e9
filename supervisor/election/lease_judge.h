/* Who leads, and what is to be done about it: Lease, clock and identity in, the next step out. Pure.
 *
 * As client-go's leader election does it (k8s.io/client-go/tools/leaderelection): nobody reads another's clock. A standby counts
 * from when it saw the Lease change for the last time, a leader from when it sent the renewal that was accepted, both on
 * CLOCK_BOOTTIME. A leader gives up after renew_ms, the others wait for duration_ms: between the two nobody leads. Who was
 * frozen or asleep finds its time over when it looks. What is written by somebody else in between is refused by the API
 * server (resourceVersion). */
#pragma once

#include "common/base/mono.h"
#include "supervisor/election/lease.h"

#define LEASE_DURATION_MS 15000
#define LEASE_RENEW_MS 10000
#define LEASE_RETRY_MS 2000
#define LEASE_DURATION_MAX_MS 300000 /* what is believed of another holder's */

struct lease_timing {
    int64_t duration_ms, renew_ms, retry_ms;
};
#define LEASE_TIMING ((struct lease_timing){LEASE_DURATION_MS, LEASE_RENEW_MS, LEASE_RETRY_MS})

enum lease_news { LEASE_NEWS_NONE, LEASE_NEWS_READ, LEASE_NEWS_WRITTEN, LEASE_NEWS_FAILED };

/* What an elector knows. All zero at the beginning. */
struct lease_view {
    enum lease_news news; /* of the last request */
    bool exists;
    struct lease_record record;
    struct mono tried;   /* the last request was sent */
    struct mono seen;    /* the record came as it is now for the first time */
    struct mono renewed; /* our last write that was accepted was sent; not set: never */
};

/* Answers to a request that was sent at that time. record: NULL when there is no Lease. What LEASE_STEP_SAY_STOPPED wrote is read:
 * nobody holds it by that. */
void lease_view_read(struct lease_view *view, const struct lease_record *record, struct mono sent, struct mono now);
void lease_view_written(struct lease_view *view, const struct lease_record *record, struct mono sent);
void lease_view_failed(struct lease_view *view, struct mono sent);

struct lease_elector {
    struct lease_timing timing;
    const char *identity; /* of one pod: no two processes have it at a time */
    bool leaving;         /* gives it back, and takes it no more */
    bool stopped;         /* no worker of ours is left, and none is started before we lead */
};

/* We lead at that time; only who asks at the moment of acting may act. */
bool lease_leads(const struct lease_view *view, const struct lease_elector *elector, struct mono now);
/* When that ends by itself; not set: we do not lead. */
struct mono lease_leads_until(const struct lease_view *view, const struct lease_elector *elector);

/* Another leads, as the last answer said: not known while none comes. */
bool lease_other_leads(const struct lease_view *view, const struct lease_elector *elector);

enum lease_step {
    LEASE_STEP_WAIT,
    LEASE_STEP_READ,
    LEASE_STEP_CREATE,
    LEASE_STEP_TAKE,
    LEASE_STEP_RENEW,
    LEASE_STEP_RELEASE,
    LEASE_STEP_SAY_STOPPED,
    LEASE_STEP_LEFT, /* leaving, and the Lease is not ours */
};
struct lease_decision {
    enum lease_step step;
    struct mono at; /* of WAIT: to be asked again */
};
struct lease_decision lease_judge(const struct lease_view *view, const struct lease_elector *elector,
                                  struct mono now);
