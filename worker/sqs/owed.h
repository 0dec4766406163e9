/* What a source delivered and could not delete at once: if it comes again, it is only deleted then, so that
 * nobody gets it twice (C-1, I-4). And what it let go although it may have been delivered: it is sent again, and deleted.
 *
 * Pure but for memory. Bounded: of too many the oldest is forgotten, and comes again as any message does. It ends with the process. */
#pragma once

#include "common/base/err.h"
#include "common/base/mono.h"
#include "common/base/str.h"

#include <stdbool.h>

#define OWED_MAX 10000
#define OWED_WAIT_MS 30000 /* how long one is waited for after it has become visible */

enum owed_kind {
    OWED_NOTHING,
    OWED_UNSURE, /* sent, and nobody knows whether it arrived */
    OWED_DELIVERED,
};
struct owed_message;

struct owed {
    struct owed_message *messages; /* uthash by id, in the order in which they were noted */
    struct mono until;             /* the last one is waited for until then */
};

/* visible: when it becomes visible again. What was delivered stays so. -ENOMEM. */
MUST_USE int owed_note(struct owed *owed, struct str id, enum owed_kind kind, struct mono visible);
enum owed_kind owed_find(const struct owed *owed, struct str id);
void owed_forget(struct owed *owed, struct str id); /* it is deleted */
/* One of them may still come. */
bool owed_awaits(const struct owed *owed, struct mono now);
void owed_deinit(struct owed *owed);
