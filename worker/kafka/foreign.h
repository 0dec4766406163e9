/* Whether somebody else consumes the original while we forward it (K-9), and whether he has ended.
 *
 * Two signs: a member of the group with a partition of the original assigned, and a committed offset that is not one
 * of ours; one that lies behind ours is given time to come right (suspicion.h). Owned by the converge thread. */
#pragma once

#include "worker/kafka/converge.h"

struct foreign;
MUST_USE int foreign_new(struct foreign **ret);

struct foreign_view {
    bool present;
    struct reason why;
};
/* Looks once; called every CONVERGE_TICK_MS while forwarding or suspended. 0, ADMIN_FAILED with *why, -ENOMEM. */
MUST_USE int foreign_look(struct converge *converge, struct foreign_view *ret, struct reason *why);
/* The broker did not answer or failed: what it says of positions is taken with care for a while (suspicion.h). */
void foreign_doubt(struct foreign *foreign);
/* While forwarding: ends the doubt of the start once every position was taken. -ENOMEM. */
MUST_USE int foreign_settle(struct converge *converge);
/* That it is so; from the start too, until every position was taken once. */
bool foreign_doubted(const struct foreign *foreign);
/* The same after a failure alone. */
bool foreign_shaken(const struct foreign *foreign);
/* Forwarding begins (again): what is committed now is ours. */
void foreign_reset(struct foreign *foreign);
