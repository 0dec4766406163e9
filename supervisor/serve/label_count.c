/* See the header. Looks from the last one found backwards: documents come in the order of their namespaces. */
#include "supervisor/serve/label_count.h"

#include <string.h>

static int equal(const struct label_count_entry *entry, const char *const words[LABEL_COUNT_WORDS])
{
    for (size_t i = 0; i < LABEL_COUNT_WORDS; i++)
        if (strcmp(entry->words[i], words[i]) != 0)
            return 0;
    return 1;
}

/* NULL: there is none. One of another namespace ends the search. */
static struct label_count_entry *find(struct label_count *counts, const char *const words[LABEL_COUNT_WORDS])
{
    for (size_t i = counts->used; i-- > 0;) {
        if (strcmp(counts->entries[i].words[0], words[0]) != 0)
            return NULL;
        if (equal(&counts->entries[i], words))
            return &counts->entries[i];
    }
    return NULL;
}

void label_count_add(struct label_count *counts, const char *const words[LABEL_COUNT_WORDS])
{
    static const char *const rest[LABEL_COUNT_WORDS] = {"(others)", "(others)", "(others)", "(others)"};
    struct label_count_entry *entry = find(counts, words);
    if (!entry && counts->used < LABEL_COUNT_MAX) {
        entry = &counts->entries[counts->used++];
        memcpy(entry->words, words, sizeof entry->words);
    }
    if (!entry) {
        entry = &counts->entries[LABEL_COUNT_MAX];
        memcpy(entry->words, rest, sizeof entry->words);
    }
    entry->count++;
}
