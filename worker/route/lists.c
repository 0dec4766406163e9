/* A counting sort. Owns the two arrays; fails for lack of memory only. */
#include "worker/route/lists.h"

int lists_pairs_add(struct lists_pairs *pairs, uint32_t key, uint32_t item)
{
    if (pairs->count == pairs->capacity) {
        size_t wanted = pairs->capacity ? pairs->capacity * 2 : 64;
        struct lists_pair *grown = reallocarray(pairs->items, wanted, sizeof *grown);
        if (!grown)
            return -ENOMEM;
        pairs->items = grown;
        pairs->capacity = wanted;
    }
    pairs->items[pairs->count++] = (struct lists_pair){key, item};
    return 0;
}

void lists_pairs_deinit(struct lists_pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct lists_pairs){0};
}

int lists_build(const struct lists_pairs *pairs, size_t key_count, struct lists *ret)
{
    struct lists lists = {.starts = calloc(key_count + 2, sizeof *lists.starts),
                          .items = reallocarray(NULL, pairs->count + 1, sizeof *lists.items)};

    if (!lists.starts || !lists.items) {
        lists_deinit(&lists);
        return -ENOMEM;
    }
    /* Counts go two places up, so that filling each list leaves its start one place up, where it belongs. */
    for (size_t i = 0; i < pairs->count; i++)
        lists.starts[pairs->items[i].key + 2]++;
    for (size_t key = 2; key < key_count + 2; key++)
        lists.starts[key] += lists.starts[key - 1];
    for (size_t i = 0; i < pairs->count; i++)
        lists.items[lists.starts[pairs->items[i].key + 1]++] = pairs->items[i].item;
    *ret = lists;
    return 0;
}

void lists_deinit(struct lists *lists)
{
    free(lists->starts);
    free(lists->items);
    *lists = (struct lists){0};
}
