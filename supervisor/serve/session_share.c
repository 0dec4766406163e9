/* See the header. */
#define HASH_NONFATAL_OOM 1
#include "supervisor/serve/session_share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEY_SIZE 352

struct share_entry {
    UT_hash_handle hh;
    char key[KEY_SIZE];
    bool shown;
    uint64_t round;         /* of the last page that it came on */
    struct figures figures; /* as they were then; of others: their sum */
};

static void entry_delete(struct session_share *share, struct share_entry *entry)
{
    share->shown -= entry->shown;
    HASH_DEL(share->entries, entry);
    free(entry);
}

void session_share_deinit(struct session_share *share)
{
    struct share_entry *entry, *next;
    HASH_ITER (hh, share->entries, entry, next)
        entry_delete(share, entry);
}

void session_share_begin(struct session_share *share) { share->round++; }

void session_share_end(struct session_share *share)
{
    struct share_entry *entry, *next;
    HASH_ITER (hh, share->entries, entry, next)
        if (entry->round != share->round)
            entry_delete(share, entry);
}

static struct share_entry *find(struct session_share *share, const char *split, const char *uid, char key[KEY_SIZE])
{
    struct share_entry *entry = NULL;
    snprintf(key, KEY_SIZE, "%s\n%s", split, uid);
    HASH_FIND_STR(share->entries, key, entry);
    if (entry)
        entry->round = share->round;
    return entry;
}

static struct share_entry *at(struct session_share *share, const char *split, const char *uid, bool *ret_new)
{
    char key[KEY_SIZE];
    struct share_entry *entry = find(share, split, uid, key);
    *ret_new = !entry;
    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    memcpy(entry->key, key, KEY_SIZE);
    entry->round = share->round;
    HASH_ADD_STR(share->entries, key, entry);
    if (entry->hh.tbl)
        return entry;
    free(entry);
    return NULL;
}

/* Of a worker that was started again all counts as new. */
static struct figures growth(const struct figures *before, const struct figures *now)
{
    struct figures grown = *now;
    uint64_t *values = (uint64_t *)(void *)&grown;
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        values[i] -= figure_of(before, i) <= values[i] ? figure_of(before, i) : 0;
    return grown;
}

int session_share_take(struct session_share *share, const char *split, const char *uid, const struct figures *figures,
                       bool *ret_shown)
{
    bool new, ignored;
    struct share_entry *others, *entry = at(share, split, uid, &new);
    if (!entry)
        return -ENOMEM;
    if (new && share->shown < share->shown_max) {
        entry->shown = true;
        share->shown++;
    }
    if (!entry->shown) {
        others = at(share, split, "", &ignored);
        if (!others)
            return -ENOMEM;
        const struct figures more = growth(&entry->figures, figures);
        figures_add(&others->figures, &more);
    }
    entry->figures = *figures;
    *ret_shown = entry->shown;
    return 0;
}

const struct figures *session_share_others(struct session_share *share, const char *split)
{
    char key[KEY_SIZE];
    const struct share_entry *entry = find(share, split, "", key);
    return entry ? &entry->figures : NULL;
}
