/* The rows of metric.def. Constant data; cannot fail. */
#include "common/model/metric.h"

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC(NAME, name, type, unit, labels, help) {name, METRIC_TYPE_##type, unit, labels, help},
#include "common/model/metric.def"
#undef METRIC
};
