/* A workload as reconcile sees it: what its environment should be, and what is observed of making it so.
 *
 * Drivers (local_service.h, kube_targets.h) own how. They never decide when. Values are copied at the border. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_ENTRIES_MAX 256

/* One environment entry that differs from the target's own: the whole value that the variable should have. */
struct target_entry {
    const char *container;
    const char *variable;
    const char *value;
    const struct json *original; /* what its record says of the entry as it was (W-1); NULL: nothing */
};

struct target_wanted {
    struct resource_key key;
    const char *uid;
    const struct target_entry *entries; /* none: the target's own environment, byte for byte */
    size_t entry_count;
    const struct target_entry *past; /* of records whose entries are wanted no more */
    size_t past_count;
    int64_t restart_timeout_ms;
    bool pin_dependents;
    bool ignore_autoscaler;
};

enum target_state {
    TARGET_STATE_UNKNOWN, /* not looked at yet since the start */
    TARGET_STATE_ROLLING, /* on the way */
    TARGET_STATE_READY,   /* every instance runs with the wanted environment and no other instance is left */
    TARGET_STATE_FAILED   /* why says so; tried again with backoff as long as it is wanted */
};

struct target_observed {
    bool exists;
    bool unread; /* it has not been looked for yet, so it may exist all the same */
    bool held;   /* it is declared no more, but still patched: it can and should be restored */
    char uid[UID_SIZE];
    enum target_state state;
    char entries_hash[65];      /* SHA-256 over the entries that the state speaks of */
    bool unpatched_gone;        /* no instance without these entries is left that could consume the original */
    uint32_t patched_ready;     /* instances that run with these entries */
    uint32_t unpatched_staying; /* without them, which nobody has told to end yet */
    bool scaled_to_zero;
    uint64_t progress;   /* grows with every step forward */
    char waits_for[256]; /* by name: what is missing; "" */
    struct reason why;
};

/* Of drivers: one more try failed; it is said, and observed. Returns the pause before the next, ms, which grows with *failures. */
int64_t target_failed(struct target_observed *observed, const char *target, const struct reason *why,
                      unsigned *failures);
/* The hash by which wanted and observed are compared: over container, variable and value of each entry in order. */
void target_entries_hash(const struct target_entry *entries, size_t count, char ret_hash[65]);
