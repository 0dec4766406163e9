/* The series of /metrics as rows of metric.def. Constant data. */
#pragma once

#include <stddef.h>

enum metric {
#define METRIC(NAME, name, type, unit, labels, help) METRIC_##NAME,
#include "common/model/metric.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_HISTOGRAM };

struct metric_row {
    const char *name;
    enum metric_type type;
    const char *unit;   /* "" */
    const char *labels; /* separated by spaces */
    const char *help;
};
extern const struct metric_row metric_rows[METRIC_COUNT];
