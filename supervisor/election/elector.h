/* Takes part in the election of a leader by a Lease, for as long as this process lives.
 *
 * Owns the timer, the call on its way and the Lease as it was read last. Reads and renews about every two seconds, whatever
 * happens; who leads may change the outside, all others only watch. Losing it ends no worker: they go on until a successor
 * proves them gone or fences them (an expired Lease proves nothing). Logs every change of the leader. */
#pragma once

#include "common/kube/client.h"
#include "supervisor/election/lease_judge.h"

#define ELECTOR_CALL_MS 5000    /* one request; less than LEASE_RENEW_MS, so that a second one fits */
#define ELECTOR_RELEASE_MS 5000 /* then it runs out by itself */

struct elector;

struct elector_config {
    struct loop *loop;
    struct kube_client *client;
    const char *namespace, *name; /* of the Lease */
    const char *identity;         /* pod name, '_', pod uid; less than LEASE_IDENTITY_SIZE bytes */
    struct lease_timing timing;   /* LEASE_TIMING */
    /* From the loop; also when it ends because no renewal came through. May call everything here but elector_free. */
    void (*on_change)(void *context, bool leads);
    /* Asked while another leads: no worker of this pod is left, and none is started before on_change says that we lead. */
    bool (*is_stopped)(void *context);
    void *context;
};

/* Begins at once. Texts and client are borrowed for life. -E2BIG, -ENOMEM. */
MUST_USE int elector_new(const struct elector_config *config, struct elector **ret);
/* Without a word to the server: the Lease runs out. */
void elector_free(struct elector *elector);
DEFINE_CLEANUP(struct elector, elector)

/* Now, by the clock: to be asked before each change of the outside. */
bool elector_leads(const struct elector *elector);
/* That pod's supervisor said that no worker of its is left, and has not led since: a proof that they are gone. False also before the
 * Lease was read. */
bool elector_says_stopped(const struct elector *elector, const char *identity);
/* Who leads, for people: "" when nobody does, or nothing is known. Valid until the loop turns. */
const char *elector_leader(const struct elector *elector);

/* For how long others have led without a break that we saw; 0: nobody else does, or it is not known. */
int64_t elector_outled_ms(const struct elector *elector);

/* Once, as the last thing of all: gives the Lease back, so that the next leader need not wait, and takes it no more.
 * no_worker_left: the guardian reported the end of each. done comes from the loop, at the latest after ELECTOR_RELEASE_MS. */
typedef void elector_released_fn(void *context);
void elector_release(struct elector *elector, bool no_worker_left, elector_released_fn *done, void *context);
