/* A hash by text (uthash) whose additions can fail without harm. Owns its entries. */
#define HASH_NONFATAL_OOM 1
#include "supervisor/worker_link/observed_map.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEY_SIZE 352

struct observed_keyed {
    UT_hash_handle hh;
    char key[KEY_SIZE];
    union observed_body body;
};

union observed_body *observed_body(struct observed_keyed *entry) { return &entry->body; }
const char *observed_key(const struct observed_keyed *entry) { return entry->key; }

struct observed_keyed *observed_of_condition(const struct observed_condition *condition)
{
    size_t offset = offsetof(struct observed_keyed, body);
    return (struct observed_keyed *)((uintptr_t)condition - offset);
}

struct observed_keyed *observed_map_find(struct observed_keyed *map, const char *key)
{
    struct observed_keyed *entry = NULL;
    HASH_FIND_STR(map, key, entry);
    return entry;
}

int observed_map_at(struct observed_keyed **map, const char *key, size_t entries_max, struct observed_keyed **ret)
{
    struct observed_keyed *entry = observed_map_find(*map, key);
    if (!entry && HASH_COUNT(*map) >= entries_max)
        return OBSERVED_MAP_FULL;
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return -ENOMEM;
        check(strlen(key) < sizeof entry->key);
        memcpy(entry->key, key, strlen(key) + 1);
        HASH_ADD_STR(*map, key, entry);
        if (!entry->hh.tbl) {
            free(entry);
            return -ENOMEM;
        }
    }
    *ret = entry;
    return 0;
}

static void entry_delete(struct observed_keyed **map, struct observed_keyed *entry)
{
    HASH_DEL(*map, entry);
    free(entry);
}

void observed_map_delete(struct observed_keyed **map, const char *key)
{
    struct observed_keyed *entry = observed_map_find(*map, key);
    if (entry)
        entry_delete(map, entry);
}

void observed_map_filter(struct observed_keyed **map, observed_map_fn *drop, void *context)
{
    struct observed_keyed *entry, *next;
    HASH_ITER (hh, *map, entry, next)
        if (drop(context, entry))
            entry_delete(map, entry);
}

static bool drop_all(void *context, const struct observed_keyed *entry)
{
    (void)context;
    return entry != NULL;
}

void observed_map_clear(struct observed_keyed **map) { observed_map_filter(map, drop_all, NULL); }

struct observed_keyed *observed_map_next(struct observed_keyed *map, struct observed_keyed *previous)
{
    return previous ? previous->hh.next : map;
}
