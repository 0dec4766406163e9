/* Lists of numbers for each of a range of keys, in one piece of memory. Filled once from (key, item) pairs. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include <stddef.h>
#include <stdint.h>

struct lists_pair {
    uint32_t key, item;
};

/* Pairs while they are collected. */
struct lists_pairs {
    struct lists_pair *items;
    size_t count, capacity;
};

MUST_USE int lists_pairs_add(struct lists_pairs *pairs, uint32_t key, uint32_t item);
void lists_pairs_deinit(struct lists_pairs *pairs);

struct lists {
    uint32_t *starts; /* key_count + 1 places in items */
    uint32_t *items;
};

/* Keeps the order of the pairs within each list. Keys are below key_count. -ENOMEM. */
MUST_USE int lists_build(const struct lists_pairs *pairs, size_t key_count, struct lists *ret);
void lists_deinit(struct lists *lists);

static inline size_t lists_count(const struct lists *lists, uint32_t key)
{
    return lists->starts[key + 1] - lists->starts[key];
}

static inline const uint32_t *lists_of(const struct lists *lists, uint32_t key)
{
    return lists->items + lists->starts[key];
}
