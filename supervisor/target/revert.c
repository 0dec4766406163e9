/* Counting of reverts. */
#include "supervisor/target/revert.h"

bool reverts_add(struct reverts *reverts, struct mono now)
{
    if (reverts_are_over(reverts, now))
        reverts->count = 0;
    reverts->over = mono_after(now, REVERT_QUIET_MS);
    return ++reverts->count <= REVERTS_MAX;
}

bool reverts_are_over(const struct reverts *reverts, struct mono now) { return mono_reached(now, reverts->over); }
