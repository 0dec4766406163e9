/* The settings of a temporary topic (K-1), from those of the original. Pure. */
#pragma once

#include "worker/kafka/admin.h"

#define TEMP_SHAPE_CONFIGS_MAX 16

/* Names of the original's settings that matter, values empty, for admin_config_read; returns how many. */
size_t temp_shape_asked(struct admin_config configs[TEMP_SHAPE_CONFIGS_MAX]);

/* Brokers before 3.6 know one limit for both sides of a timestamp. */
enum temp_shape_dialect { TEMP_SHAPE_CURRENT, TEMP_SHAPE_BEFORE_3_6 };
/* original: as read; replicas: of the original's partitions. Returns how many settings were written. */
size_t temp_shape_make(const struct admin_config *original, size_t count, uint32_t replicas,
                       enum temp_shape_dialect dialect, struct admin_config ret[TEMP_SHAPE_CONFIGS_MAX]);
