/* The page of figures: which value each row of metric.def has. Pure, beside the process's own figures. */
#pragma once

#include "supervisor/serve/exposition.h"
#include "supervisor/serve/metrics_view.h"

struct metrics_page {
    const struct store *store;
    const struct metrics_view
        *view; /* NULL: this supervisor stands by, and knows nothing that another does not know better */
    int64_t started_wall_ms;
    int state_trouble; /* -errno; 0 */
};

/* Every row, in their order. What goes wrong is page->result. */
void metrics_page_write(const struct metrics_page *from, struct exposition *page);
