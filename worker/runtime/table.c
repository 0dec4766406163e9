/* Life of a table: counted references, freed with the last one from any thread. */
#include "worker/runtime/table.h"

#include "worker/route/index.h"
#include "worker/runtime/table_own.h"

struct worker_table *worker_table_new(void)
{
    struct worker_table_owned *owned = calloc(1, sizeof *owned);
    if (!owned)
        return NULL;
    atomic_init(&owned->references, 1);
    return &owned->table;
}

struct worker_table *worker_table_ref(struct worker_table *table)
{
    atomic_fetch_add_explicit(&worker_table_owned(table)->references, 1, memory_order_relaxed);
    return table;
}

void worker_table_unref(struct worker_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&worker_table_owned(table)->references, 1, memory_order_acq_rel) > 1)
        return;
    route_index_unref(table->routes);
    free(table->temps);
    free(table->sessions);
    free(table->positions);
    free(worker_table_owned(table));
}

const struct worker_temp *worker_table_fallback(const struct worker_table *table)
{
    for (size_t i = 0; i < table->temp_count; i++)
        if (table->temps[i].role == WORKER_TEMP_FALLBACK)
            return &table->temps[i];
    return NULL;
}
