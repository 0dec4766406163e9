/* What workers count, as types made from the rows of figure.def and measure.def. No input or output here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIGURE_UNKNOWN UINT64_MAX

/* A number each; all of them together may be read as an array in the order of the rows. */
struct figures {
#define FIGURE(name, kind, json) uint64_t name;
#include "ipc/figure.def"
#undef FIGURE
};
enum { FIGURE_COUNT = sizeof(struct figures) / sizeof(uint64_t) };

enum figure_kind { FIGURE_KIND_COUNT, FIGURE_KIND_LEVEL };
struct figure_row {
    const char *name; /* in JSON */
    enum figure_kind kind;
    size_t offset; /* in struct figures */
};
extern const struct figure_row figure_rows[FIGURE_COUNT];

static inline uint64_t figure_of(const struct figures *figures, size_t row)
{
    return *(const uint64_t *)((const char *)figures + figure_rows[row].offset);
}
/* Adds totals to totals; levels stay. */
void figures_add(struct figures *sum, const struct figures *more);

/* How long messages took from their receipt to their acknowledgement, by where they went. */
enum latency_destination { LATENCY_FALLBACK, LATENCY_SESSION, LATENCY_MIRROR, LATENCY_DESTINATIONS };
enum { LATENCY_BOUNDS = 11 };
/* Upper bounds of the buckets; what is longer is in one more. */
extern const uint32_t latency_bounds_ms[LATENCY_BOUNDS];

struct latency {
    uint64_t counts[LATENCY_BOUNDS + 1]; /* each bucket's own */
    uint64_t sum_ms;
};
bool latency_is_empty(const struct latency *latency);
void latency_add(struct latency *latency, int64_t ms, uint64_t messages);

/* What a worker tells of its whole split and of itself. */
struct work {
#define MEASURE(name, json) uint64_t name;
#include "ipc/measure.def"
#undef MEASURE
    struct latency latency[LATENCY_DESTINATIONS];
};
enum { WORK_COUNT = sizeof(struct work) / sizeof(uint64_t) };
