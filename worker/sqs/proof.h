/* When a queue counts as empty: its counts are approximate, and those of a standard queue may be late by a minute. Pure. */
#pragma once

#include "common/base/mono.h"

struct proof_counts {
    uint64_t visible, invisible, delayed;
};
static inline uint64_t proof_sum(const struct proof_counts *counts)
{
    return counts->visible + counts->invisible + counts->delayed;
}

struct proof {
    struct mono zero_since; /* unset: the last look saw messages, or there was none */
    unsigned zeros;         /* looks in a row that saw none */
    bool seen;              /* the last look saw messages; false: or there was none yet */
};

/* A look has seen these counts; last_sent: when we sent there last, unset: never in this process. A look counts only from then. */
void proof_note(struct proof *proof, const struct proof_counts *counts, struct mono last_sent, struct mono now);
/* A FIFO queue's counts are exact after two looks; others must have been zero for so many seconds. */
bool proof_holds(const struct proof *proof, bool fifo, uint32_t zero_s, struct mono now);
