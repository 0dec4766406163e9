/* Assembles a table from TABLE_BEGIN, its items and TABLE_COMMIT, and checks all of it: counts, values, references, order.
 *
 * Either the whole table comes out or nothing does. After a refusal everything up to the next TABLE_BEGIN is skipped.
 * Order: temps, then sessions in route order, each followed by its filters, then positions by partition. */
#pragma once

#include "common/base/reason.h"
#include "ipc/messages.h"
#include "worker/route/table.h"
#include "worker/runtime/name_set.h"
#include "worker/runtime/table.h"

enum table_build_state {
    TABLE_BUILD_IDLE,     /* between tables */
    TABLE_BUILD_ITEMS,    /* after TABLE_BEGIN */
    TABLE_BUILD_REPEATED, /* the generation in force once more: skipped up to its COMMIT */
    TABLE_BUILD_REFUSED   /* skipped up to the next BEGIN */
};

struct table_build {
    enum table_build_state state;
    struct ipc_table_begin wanted; /* counts that were announced */
    struct worker_table *table;    /* under construction */
    struct route_table *routes;
    struct name_set temps;    /* name to position in table->temps */
    struct name_set sessions; /* uid to position in table->sessions */
    uint32_t filters;         /* so far, of all sessions */
};

enum table_build_outcome {
    TABLE_BUILD_MORE = 1,    /* not the end yet, or skipped */
    TABLE_BUILD_REFUSAL = 2, /* *why says what is wrong with the table */
};
/* message: one of the TABLE_ messages. previous: the table in force or NULL; a lower generation is refused.
 * 0 with a table whose reference the caller owns, an outcome, or -ENOMEM (as a refusal: skipped to the next BEGIN). */
MUST_USE int table_build_take(struct table_build *build, const struct ipc_message *message,
                              const struct worker_table *previous, struct worker_table **ret, struct reason *why);
void table_build_deinit(struct table_build *build);
