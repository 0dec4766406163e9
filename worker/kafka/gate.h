/* Whether forwarding may begin, or must stop, because of who else consumes the original (K-9). Pure. */
#pragma once

#include "worker/kafka/group.h"

enum gate_answer {
    GATE_OPEN,
    GATE_WAIT /* *why says for whom */
};
/* original_free: the supervisor has seen that no process that is not ours can consume the original any more. */
enum gate_answer gate_begin(const struct group_view *view, bool original_free, const char *group, const char *topic,
                            struct reason *why);

/* Where a partition without a committed offset starts (K-3, K-12). recorded: what stood in the log before the patch,
 * or NULL; log_start: now. */
int64_t gate_position(const struct worker_position *recorded, bool earliest, int64_t log_start);
