/* The end of a supervisor in order, the same in every home: nothing new is planned, workers finish what they hold (20 s), that
 * they did is recorded, the lead is given back last of all, the loop stops. Takes at most WAY_OUT_DEADLINE_MS and
 * ELECTOR_RELEASE_MS, so that it fits into a pod's grace of 60 s beside the guardian's own end. */
#pragma once

#include "supervisor/election/elector.h"
#include "supervisor/fleet/fleet.h"

#define WAY_OUT_DEADLINE_MS 40000 /* workers have 30 s and are killed 5 s later */

struct way_out;

struct way_out_config {
    struct loop *loop;
    struct fleet *fleet;
    struct elector *elector;      /* NULL: there are no other replicas */
    void (*halt)(void *context);  /* at once: plan nothing new */
    void (*ended)(void *context); /* each worker has ended; not called when one did not in time; NULL: nobody asks */
    void *context;
};

/* Borrows what config points to for life. -errno. */
MUST_USE int way_out_new(const struct way_out_config *config, struct way_out **ret);
void way_out_free(struct way_out *way_out);
DEFINE_CLEANUP(struct way_out, way_out)
/* From a signal; once, more change nothing. */
void way_out_begin(struct way_out *way_out, int signal_number);
/* Nothing may be begun any more. NULL is allowed: not yet. */
bool way_out_begun(const struct way_out *way_out);
