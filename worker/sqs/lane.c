/* See the header. */
#define HASH_NONFATAL_OOM 1
#include "worker/sqs/lane.h"

#include <stdlib.h>
#include <utlist.h>

static struct lane *lane_new(struct lane **lanes, struct str group)
{
    struct lane *lane = calloc(1, sizeof *lane + group.len + 1);

    if (!lane)
        return NULL;
    memcpy(lane->group, group.data, group.len);
    lane->group_len = group.len;
    HASH_ADD_KEYPTR(hh, *lanes, lane->group, lane->group_len, lane);
    if (lane->hh.tbl)
        return lane;
    free(lane);
    return NULL;
}

int lane_join(struct lane **lanes, struct held *held)
{
    struct str group = held->message.group;
    struct lane *lane = NULL;

    HASH_FIND(hh, *lanes, group.data, group.len, lane);
    if (!lane)
        lane = lane_new(lanes, group);
    if (!lane)
        return -ENOMEM;
    held->lane = lane;
    DL_APPEND2(lane->waiting, held, list_prev, list_next);
    return 0;
}

struct held *lane_next(struct lane *lane)
{
    struct held *held = lane->waiting;

    if (lane->busy || !held)
        return NULL;
    DL_DELETE2(lane->waiting, held, list_prev, list_next);
    lane->busy = held;
    return held;
}

struct lane *lane_leave(struct lane **lanes, struct held *held)
{
    struct lane *lane = held->lane;

    if (lane->busy == held)
        lane->busy = NULL;
    else
        DL_DELETE2(lane->waiting, held, list_prev, list_next);
    held->lane = NULL;
    if (lane->busy || lane->waiting)
        return lane;
    HASH_DEL(*lanes, lane);
    free(lane);
    return NULL;
}

void lanes_free(struct lane **lanes)
{
    struct lane *lane, *next;

    HASH_ITER (hh, *lanes, lane, next) {
        HASH_DEL(*lanes, lane);
        free(lane);
    }
}
