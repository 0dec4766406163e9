/* The replay table. */
#define HASH_NONFATAL_OOM 1
#include "worker/kafka/override.h"

#include <stdlib.h>
#include <uthash.h>

struct override_key {
    int64_t offset;
    int64_t partition;
};

struct override {
    struct override_key key;
    enum override_step step;
    bool unmirrored;
    UT_hash_handle hh;
};

static struct override *find(const struct overrides *overrides, int32_t partition, int64_t offset)
{
    struct override_key key = {.offset = offset, .partition = partition};
    struct override *entry = NULL;

    HASH_FIND(hh, overrides->entries, &key, sizeof key, entry); // NOLINT: the analyser loses the bytes of the key
    return entry;
}

void overrides_deinit(struct overrides *overrides)
{
    struct override *entry, *next;

    HASH_ITER (hh, overrides->entries, entry, next) {
        HASH_DEL(overrides->entries, entry);
        free(entry);
    }
}

enum override_step overrides_find(const struct overrides *overrides, int32_t partition, int64_t offset)
{
    const struct override *entry = overrides->entries ? find(overrides, partition, offset) : NULL;

    return entry ? entry->step : OVERRIDE_NONE;
}

static int entry_at(struct overrides *overrides, int32_t partition, int64_t offset, struct override **ret)
{
    struct override *entry = find(overrides, partition, offset);

    if (!entry) {
        if (HASH_COUNT(overrides->entries) >= OVERRIDES_MAX)
            return -ENOBUFS;
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        entry->key = (struct override_key){.offset = offset, .partition = partition};
        HASH_ADD(hh, overrides->entries, key, sizeof entry->key, entry);
        if (!entry->hh.tbl) {
            free(entry);
            return -ENOMEM;
        }
    }
    *ret = entry;
    return 0;
}

int overrides_raise(struct overrides *overrides, int32_t partition, int64_t offset)
{
    struct override *entry;
    int result = entry_at(overrides, partition, offset, &entry);

    if (!result && entry->step < OVERRIDE_REFUSED)
        entry->step++;
    return result;
}

int overrides_unmirror(struct overrides *overrides, int32_t partition, int64_t offset)
{
    struct override *entry;
    int result = entry_at(overrides, partition, offset, &entry);

    if (!result)
        entry->unmirrored = true;
    return result;
}

bool overrides_unmirrored(const struct overrides *overrides, int32_t partition, int64_t offset)
{
    const struct override *entry = overrides->entries ? find(overrides, partition, offset) : NULL;

    return entry && entry->unmirrored;
}

void overrides_settle(struct overrides *overrides, int32_t partition, int64_t offset)
{
    struct override *entry, *next;

    HASH_ITER (hh, overrides->entries, entry, next) {
        if (entry->key.partition != partition || entry->key.offset >= offset)
            continue;
        HASH_DEL(overrides->entries, entry);
        free(entry);
    }
}

size_t overrides_count(const struct overrides *overrides) { return HASH_COUNT(overrides->entries); }
