/* Open addressing with linear probing over a keyed multiply-and-fold hash. Owns the entries, not the keys. */
#include "worker/route/keymap.h"
#include "common/base/secret.h"
#include "worker/route/bytes.h"
#include <stdlib.h>

#define ENTRIES_MIN 16

void keymap_init(struct keymap *map)
{
    *map = (struct keymap){0};
    random_bytes(map->seed, sizeof map->seed);
}

void keymap_deinit(struct keymap *map)
{
    free(map->entries);
    map->entries = NULL;
    map->count = map->mask = 0;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two words that hold all of the last 0 to 16 bytes. */
static inline uint64_t fold_tail(uint64_t h, uint64_t k, const char *p, size_t len)
{
    uint64_t a = 0, b = 0;
    if (len >= 8) {
        a = bytes_load64(p);
        b = bytes_load64(p + len - 8);
    } else if (len >= 4) {
        a = bytes_load32(p);
        b = bytes_load32(p + len - 4);
    } else if (len > 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[len / 2] << 8 |
            (unsigned char)p[len - 1];
    }
    return fold(a ^ h, b ^ k);
}

/* Tag and length go into both words, times odd constants, so that neither can be made up for by bytes. */
static inline uint64_t key_hash(const struct keymap *map, uint32_t tag, struct str key)
{
    uint64_t h = map->seed[0] ^ tag * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t k = map->seed[1] ^ key.len * UINT64_C(0xd6e8feb86659fd93);
    const char *p = key.data;
    size_t len = key.len;
    for (; len > 16; p += 16, len -= 16)
        h = fold(bytes_load64(p) ^ h, bytes_load64(p + 8) ^ k) ^ map->seed[0];
    return fold_tail(h, k, p, len);
}

static struct keymap_entry *entry_find(const struct keymap *map, uint64_t hash, uint32_t tag, struct str key)
{
    for (uint32_t i = (uint32_t)hash & map->mask;; i = (i + 1) & map->mask) {
        struct keymap_entry *entry = &map->entries[i];
        if (entry->value == KEYMAP_NONE)
            return entry;
        if (entry->hash == hash && entry->tag == tag && entry->len == key.len &&
            bytes_equal(entry->data, key.data, key.len))
            return entry;
    }
}

static int entries_grow(struct keymap *map)
{
    uint32_t wanted = map->entries ? (map->mask + 1) * 2 : ENTRIES_MIN;
    struct keymap grown = *map;

    grown.entries = reallocarray(NULL, wanted, sizeof *grown.entries);
    if (!grown.entries)
        return -ENOMEM;
    grown.mask = wanted - 1;
    for (uint32_t i = 0; i < wanted; i++)
        grown.entries[i].value = KEYMAP_NONE;
    for (uint32_t i = 0; map->entries && i <= map->mask; i++) {
        const struct keymap_entry *entry = &map->entries[i];
        if (entry->value != KEYMAP_NONE)
            *entry_find(&grown, entry->hash, entry->tag, (struct str){entry->data, entry->len}) = *entry;
    }
    free(map->entries);
    *map = grown;
    return 0;
}

int keymap_put(struct keymap *map, uint32_t tag, struct str key, uint32_t wanted, uint32_t *ret)
{
    uint64_t hash = key_hash(map, tag, key);
    struct keymap_entry *entry;

    check(wanted != KEYMAP_NONE && key.len <= UINT32_MAX);
    if (!map->entries || map->count >= (map->mask + 1) / 2) {
        int r = entries_grow(map);
        if (r < 0)
            return r;
    }
    entry = entry_find(map, hash, tag, key);
    if (entry->value == KEYMAP_NONE) {
        *entry = (struct keymap_entry){
            .hash = hash, .data = key.data, .len = (uint32_t)key.len, .tag = tag, .value = wanted};
        map->count++;
    }
    *ret = entry->value;
    return 0;
}

uint32_t keymap_get(const struct keymap *map, uint32_t tag, struct str key)
{
    if (!map->entries)
        return KEYMAP_NONE;
    return entry_find(map, key_hash(map, tag, key), tag, key)->value;
}
