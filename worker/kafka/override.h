/* Records that a destination refused, and what to do with each when it comes again (K-16, C-8).
 *
 * Owned by one slot. Bounded: what does not fit is refused again, and noted again, when its turn comes. */
#pragma once

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVERRIDES_MAX 65536

enum override_step {
    OVERRIDE_NONE = 0,
    OVERRIDE_ALONE = 1,         /* in a transaction of its own: it may have been a neighbour's fault */
    OVERRIDE_WITHOUT_STAMP = 2, /* without the header that was added */
    OVERRIDE_FALLBACK = 3,
    OVERRIDE_REFUSED = 4 /* the fallback refuses it too: its partition waits (back-pressure) */
};

struct override;
struct overrides {
    struct override *entries; /* uthash */
};

void overrides_deinit(struct overrides *overrides);
enum override_step overrides_find(const struct overrides *overrides, int32_t partition, int64_t offset);
/* One step further; -ENOBUFS past the limit, -ENOMEM. */
MUST_USE int overrides_raise(struct overrides *overrides, int32_t partition, int64_t offset);
/* Its copies for mirrors are left out from now on, whatever becomes of the message itself; -ENOBUFS, -ENOMEM as above. */
MUST_USE int overrides_unmirror(struct overrides *overrides, int32_t partition, int64_t offset);
bool overrides_unmirrored(const struct overrides *overrides, int32_t partition, int64_t offset);
/* Forgets what lies before offset. */
void overrides_settle(struct overrides *overrides, int32_t partition, int64_t offset);
size_t overrides_count(const struct overrides *overrides);
