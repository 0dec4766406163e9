/* What a table carries besides what engines see. For table.c and table_build.c only. */
#pragma once

#include "worker/runtime/table.h"
#include <stdatomic.h>

struct worker_table_owned {
    struct worker_table table; /* first */
    atomic_uint references;
};

static inline struct worker_table_owned *worker_table_owned(struct worker_table *table)
{
    return (struct worker_table_owned *)table;
}

/* Empty, with one reference; NULL without memory. */
struct worker_table *worker_table_new(void);
static inline void worker_table_unrefp(struct worker_table **slot) { worker_table_unref(*slot); }
