/* The builder's course: begin, count, commit; the items themselves are checked in table_item.c. Pure but for memory. */
#include "worker/runtime/table_build.h"

#include "worker/route/index.h"
#include "worker/runtime/table_item.h"
#include "worker/runtime/table_own.h"

void table_build_deinit(struct table_build *build)
{
    worker_table_unref(build->table);
    route_table_free(build->routes);
    name_set_deinit(&build->temps);
    name_set_deinit(&build->sessions);
    *build = (struct table_build){.state = TABLE_BUILD_IDLE};
}

static int counts_check(const struct ipc_table_begin *begin, struct reason *why)
{
    if (begin->mode < WORKER_MODE_CHECK || begin->mode > WORKER_MODE_RELEASE)
        return table_item_refuse(why, "mode", begin->mode);
    if (begin->original_free > 1)
        return table_item_refuse(why, "original_free", begin->original_free);
    if (begin->temps > TABLE_TEMPS_MAX)
        return table_item_refuse(why, "number of temps", begin->temps);
    if (begin->sessions > TABLE_SESSIONS_MAX)
        return table_item_refuse(why, "number of sessions", begin->sessions);
    if (begin->filters > begin->sessions * TABLE_FILTERS_PER_SESSION_MAX)
        return table_item_refuse(why, "number of filters", begin->filters);
    if (begin->positions > TABLE_POSITIONS_MAX)
        return table_item_refuse(why, "number of positions", begin->positions);
    return 0;
}

static int room_make(struct table_build *build)
{
    const struct ipc_table_begin *begin = &build->wanted;
    struct worker_table *table = worker_table_new();
    build->table = table;
    if (!table)
        return -ENOMEM;
    table->generation = begin->generation;
    table->mode = (enum worker_mode)begin->mode;
    table->original_free = begin->original_free;
    table->temps = calloc(begin->temps + 1, sizeof *table->temps);
    table->sessions = calloc(begin->sessions + 1, sizeof *table->sessions);
    table->positions = calloc(begin->positions + 1, sizeof *table->positions);
    if (!table->temps || !table->sessions || !table->positions)
        return -ENOMEM;
    return route_table_new(begin->generation, &build->routes);
}

static int build_begin(struct table_build *build, const struct ipc_table_begin *begin,
                       const struct worker_table *previous, struct reason *why)
{
    table_build_deinit(build); /* one that was not committed is forgotten */
    uint64_t in_force = previous ? previous->generation : 0;
    if (!begin->generation || begin->generation < in_force)
        return table_item_refuse(why, "generation", begin->generation);
    build->state = begin->generation == in_force ? TABLE_BUILD_REPEATED : TABLE_BUILD_ITEMS;
    if (build->state == TABLE_BUILD_REPEATED)
        return TABLE_BUILD_MORE;
    int r = counts_check(begin, why);
    build->wanted = *begin;
    if (!r)
        r = room_make(build);
    return r ? r : TABLE_BUILD_MORE;
}

/* A table that forwards or prepares needs the one place where everything without a match goes. */
static int whole_check(const struct table_build *build, uint64_t generation, struct reason *why)
{
    const struct ipc_table_begin *wanted = &build->wanted;
    const struct worker_table *table = build->table;
    if (generation != wanted->generation)
        return table_item_refuse(why, "generation of the commit", generation);
    if (table->temp_count != wanted->temps || table->session_count != wanted->sessions ||
        build->filters != wanted->filters || table->position_count != wanted->positions)
        return table_item_refuse(why, "number of items", table->temp_count + table->session_count + build->filters);
    const struct worker_temp *fallback = worker_table_fallback(table);
    if (table->mode == WORKER_MODE_FORWARD && (!fallback || fallback->want != WORKER_TEMP_WANT_PRESENT))
        return table_item_refuse(why, "forwarding without a fallback, temps", table->temp_count);
    return 0;
}

static int build_commit(struct table_build *build, uint64_t generation, const struct worker_table *previous,
                        struct worker_table **ret, struct reason *why)
{
    int r = whole_check(build, generation, why);
    if (!r)
        r = route_index_build(build->routes, previous ? previous->routes : NULL, &build->table->routes, why);
    if (r > 0)
        return TABLE_BUILD_REFUSAL;
    if (r < 0)
        return r;
    *ret = TAKE(build->table);
    table_build_deinit(build);
    return 0;
}

/* What comes outside of a table that is being built. */
static int skip(struct table_build *build, const struct ipc_message *message, struct reason *why)
{
    if (build->state == TABLE_BUILD_IDLE)
        return table_item_refuse(why, "item without a beginning, message", message->type);
    if (build->state == TABLE_BUILD_REPEATED && message->type == IPC_TABLE_COMMIT)
        build->state = TABLE_BUILD_IDLE;
    return TABLE_BUILD_MORE;
}

int table_build_take(struct table_build *build, const struct ipc_message *message,
                     const struct worker_table *previous, struct worker_table **ret, struct reason *why)
{
    int r;
    if (message->type == IPC_TABLE_BEGIN)
        r = build_begin(build, &message->table_begin, previous, why);
    else if (build->state != TABLE_BUILD_ITEMS)
        r = skip(build, message, why);
    else if (message->type == IPC_TABLE_COMMIT)
        r = build_commit(build, message->table_commit.generation, previous, ret, why);
    else
        r = table_item_add(build, message, why);
    if (r == TABLE_BUILD_REFUSAL || r < 0) {
        table_build_deinit(build);
        build->state = TABLE_BUILD_REFUSED;
    }
    return r;
}
