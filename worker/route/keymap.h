/* A map from (tag, bytes) to a number, for keys and look-ups that come from outside.
 *
 * The hash is keyed with random numbers of the process, so that nobody can choose names or values that collide. Keys
 * are borrowed: whoever fills the map keeps their bytes alive. Filled once, then read by any number of threads. */
#pragma once

#include "common/base/str.h"

#define KEYMAP_NONE UINT32_MAX

struct keymap_entry {
    uint64_t hash;
    const char *data;
    uint32_t len;
    uint32_t tag;
    uint32_t value; /* KEYMAP_NONE: free */
};

struct keymap {
    struct keymap_entry *entries; /* NULL until the first put */
    uint32_t mask;                /* entries are a power of two, at most half of them used */
    uint32_t count;
    uint64_t seed[2];
};

void keymap_init(struct keymap *map);
void keymap_deinit(struct keymap *map);
/* The value of the key, after making it wanted if it was absent. -ENOMEM. */
MUST_USE int keymap_put(struct keymap *map, uint32_t tag, struct str key, uint32_t wanted, uint32_t *ret);
/* KEYMAP_NONE when absent. */
uint32_t keymap_get(const struct keymap *map, uint32_t tag, struct str key);
