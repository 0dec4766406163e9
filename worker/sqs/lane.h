/* The messages of one FIFO group that wait for the one before them.
 *
 * Owned by the source; a lane lives as long as it holds a message. */
#pragma once

#include "worker/sqs/held.h"
#include <uthash.h>

struct lane {
    struct held *waiting; /* utlist DL, in the order of arrival */
    struct held *busy;    /* on its way; NULL: none */
    UT_hash_handle hh;
    size_t group_len;
    char group[];
};

/* Puts the message at the end of its group's lane. -ENOMEM. */
MUST_USE int lane_join(struct lane **lanes, struct held *held);
/* The next message of this lane, now busy; NULL: one is on its way, or none waits. */
struct held *lane_next(struct lane *lane);
/* The busy message is done. The lane is freed once it is empty: returns NULL then, else the lane. */
struct lane *lane_leave(struct lane **lanes, struct held *held);
/* At the end: the messages are their source's. */
void lanes_free(struct lane **lanes);
