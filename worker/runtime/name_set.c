/* A hash of names (uthash). Owns copies; running out of memory is an error like any other, nothing is half added. */
#define HASH_NONFATAL_OOM 1
#include "worker/runtime/name_set.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct name_entry {
    UT_hash_handle hh;
    uint32_t number;
    char name[];
};

int name_set_add(struct name_set *set, const char *name, uint32_t number)
{
    if (name_set_has(set, name))
        return NAME_SET_TAKEN;
    size_t len = strlen(name);
    struct name_entry *entry = malloc(sizeof *entry + len + 1);
    if (!entry)
        return -ENOMEM;
    memset(entry, 0, sizeof *entry);
    entry->number = number;
    memcpy(entry->name, name, len + 1);
    HASH_ADD_STR(set->entries, name, entry);
    if (entry->hh.tbl)
        return 0;
    free(entry);
    return -ENOMEM;
}

bool name_set_find(const struct name_set *set, const char *name, uint32_t *ret_number)
{
    struct name_entry *entry = NULL;
    HASH_FIND_STR(set->entries, name, entry);
    if (entry)
        *ret_number = entry->number;
    return entry;
}

bool name_set_has(const struct name_set *set, const char *name)
{
    uint32_t number;
    return name_set_find(set, name, &number);
}

void name_set_deinit(struct name_set *set)
{
    struct name_entry *entry, *next;
    HASH_ITER (hh, set->entries, entry, next) {
        HASH_DEL(set->entries, entry);
        free(entry);
    }
}
