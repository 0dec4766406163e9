/* Times as people type them. Pure. */
#pragma once

#include "common/base/err.h"
#include <stdint.h>

/* "30", "30s", "10m", "1h" as seconds, 1 to seconds_max. -EINVAL. */
MUST_USE int duration_read(const char *text, int64_t seconds_max, int64_t *ret_seconds);
