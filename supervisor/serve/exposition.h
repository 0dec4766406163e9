/* The text that Prometheus reads: one family after the other, each as its row of metric.def says.
 *
 * Two forms: the classic one (Prometheus, "Exposition formats", version 0.0.4) and OpenMetrics 1.0. Pure, into a bounded buffer;
 * what goes wrong is kept in result, and nothing is written from then on. */
#pragma once

#include "common/base/buf.h"
#include "common/model/metric.h"
#include <stdint.h>

enum exposition_format { EXPOSITION_CLASSIC, EXPOSITION_OPENMETRICS };

struct exposition {
    struct buf *buf;
    enum exposition_format format;
    int result; /* 0, -ENOMEM, -ENOBUFS */
};

/* The form for a request's Accept header; NULL: there is none. */
enum exposition_format exposition_choose(const char *accept);
const char *exposition_content_type(enum exposition_format format);

/* Head of a family; its samples follow at once. */
void exposition_family(struct exposition *page, enum metric metric);
/* values: of the row's labels, in their order; NULL for a row without any. Any text: it is escaped. */
void exposition_sample(struct exposition *page, enum metric metric, const char *const *values, double value);
/* counts: of each bucket alone, one more than bounds; bounds in ascending order. */
struct exposition_histogram {
    const uint32_t *bounds_ms;
    size_t bounds;
    const uint64_t *counts;
    double sum;
};
void exposition_histogram(struct exposition *page, enum metric metric, const char *const *values,
                          const struct exposition_histogram *histogram);
void exposition_end(struct exposition *page);
