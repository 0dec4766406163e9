/* A wanted table as a run of messages, one at a time, so that a full channel can be continued later. Pure. */
#pragma once

#include "ipc/messages.h"
#include "supervisor/worker_link/wanted_table.h"

enum table_push_stage {
    TABLE_PUSH_DONE,
    TABLE_PUSH_BEGIN,
    TABLE_PUSH_TEMPS,
    TABLE_PUSH_SESSIONS, /* each followed by its filters */
    TABLE_PUSH_POSITIONS,
    TABLE_PUSH_COMMIT
};

struct table_push {
    const struct wanted_table *table; /* borrowed, one that wanted_table_dup made; unchanged until done */
    enum table_push_stage stage;
    size_t item;   /* in the stage */
    size_t filter; /* of the session: 0 is the session itself, then its filters from 1 */
};

void table_push_start(struct table_push *push, const struct wanted_table *table);
/* The message that is due; false when all have been. The same one until table_push_advance. */
bool table_push_message(struct table_push *push, struct ipc_message *ret);
void table_push_advance(struct table_push *push);
