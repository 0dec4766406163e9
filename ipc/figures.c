/* The rows of figure.def as descriptions, and what is done with all of them alike. Constant data and sums; cannot fail. */
#include "ipc/figures.h"

const struct figure_row figure_rows[FIGURE_COUNT] = {
#define FIGURE(name, kind, json) {json, FIGURE_KIND_##kind, offsetof(struct figures, name)},
#include "ipc/figure.def"
#undef FIGURE
};

const uint32_t latency_bounds_ms[LATENCY_BOUNDS] = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000, 30000};

void figures_add(struct figures *sum, const struct figures *more)
{
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (figure_rows[i].kind == FIGURE_KIND_COUNT)
            *(uint64_t *)((char *)sum + figure_rows[i].offset) += figure_of(more, i);
}

void latency_add(struct latency *latency, int64_t ms, uint64_t messages)
{
    size_t bucket = 0;
    if (ms < 0)
        ms = 0;
    while (bucket < LATENCY_BOUNDS && ms > latency_bounds_ms[bucket])
        bucket++;
    latency->counts[bucket] += messages;
    latency->sum_ms += (uint64_t)ms * messages;
}

bool latency_is_empty(const struct latency *latency)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= LATENCY_BOUNDS; i++)
        sum += latency->counts[i];
    return sum == 0;
}
