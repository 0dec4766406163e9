/* A supervisor with as many splits and sessions as a test wants, without a process: documents in a store, and a fleet (fleet_numbers and
 * fleet_figures, wrapped) whose workers have counted something. */
#pragma once

#include "supervisor/fleet/fleet.h"
#include "supervisor/store/store.h"

struct crowd_worker {
    struct figures figures;
    struct work work;
    uint32_t problems[REASON_COUNT];
    bool absent;
};

/* What every worker has counted, and every session; a test changes them between two pages. */
extern struct crowd_worker crowd_worker;
extern struct figures crowd_session;

/* splits documents named split-0 ..., session i belongs to split i % splits; its namespace is "team-<split % 10>". */
void crowd_fill(struct store *store, size_t splits, size_t sessions);
/* Session documents alone: the record of the split names only the first sessions of it. */
void crowd_end_sessions(struct store *store, size_t splits, size_t sessions);
