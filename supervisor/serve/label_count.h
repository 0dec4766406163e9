/* How many documents have the same words: phases by namespace, conditions by namespace, type, status and reason.
 *
 * Bounded: what comes when it is full is counted under words that say so. Borrows the words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LABEL_COUNT_WORDS = 4, LABEL_COUNT_MAX = 2000 };

struct label_count_entry {
    const char *words[LABEL_COUNT_WORDS];
    uint64_t count;
};

struct label_count {
    struct label_count_entry entries[LABEL_COUNT_MAX + 1]; /* the last one: of what found no room */
    size_t used;
};

/* words: the first is the namespace; unused ones "". */
void label_count_add(struct label_count *counts, const char *const words[LABEL_COUNT_WORDS]);
