/* A set of hashed grams (runs of 2 to 4 bytes). Owns its bits; fails for lack of memory only. The hash has no key:
 * a sender who makes all his values hit only makes the automaton run. */
#include "worker/route/prefilter.h"
#include "worker/route/bytes.h"

#define GRAM_BYTES_MAX 4
#define BITS_PER_WORD 512 /* so that the many grams of one value rarely hit by chance */
#define HASH_BITS_MIN 13
#define HASH_BITS_MAX 21

struct prefilter {
    size_t gram_bytes;
    uint32_t gram_mask; /* of four bytes, the first one lowest */
    uint32_t hash_mask;
    uint64_t bits[];
};

/* The upper bits of a 64-bit product: every byte of the gram reaches all of them. */
static inline uint32_t gram_hash(uint32_t gram, uint32_t hash_mask)
{
    return (uint32_t)(gram * UINT64_C(0x9e3779b97f4a7c15) >> (64 - HASH_BITS_MAX)) & hash_mask;
}

/* 1 or 0. */
static inline uint64_t bit_test(const struct prefilter *prefilter, uint32_t gram)
{
    uint32_t hash = gram_hash(gram, prefilter->hash_mask);
    return prefilter->bits[hash / 64] >> (hash % 64) & 1;
}

/* Where fewer than four bytes are left. */
static uint32_t gram_at(const char *p, size_t gram_bytes)
{
    uint32_t gram = 0;
    for (size_t i = 0; i < gram_bytes; i++)
        gram |= (uint32_t)(unsigned char)p[i] << (8 * i);
    return gram;
}

static size_t gram_bytes_of(const struct automaton_word *words, size_t count)
{
    size_t bytes = GRAM_BYTES_MAX;
    for (size_t i = 0; i < count; i++)
        if (words[i].text.len < bytes)
            bytes = words[i].text.len;
    return bytes;
}

/* The place of the gram that the fewest words share; the last of several, as names differ more at their end. */
static size_t gram_choose(const struct prefilter *prefilter, const uint32_t *shared_by, struct str text)
{
    size_t best = 0;
    uint32_t best_count = UINT32_MAX;
    for (size_t i = 0; i + prefilter->gram_bytes <= text.len; i++) {
        uint32_t count = shared_by[gram_hash(gram_at(text.data + i, prefilter->gram_bytes), prefilter->hash_mask)];
        if (count > best_count)
            continue;
        best = i;
        best_count = count;
    }
    return best;
}

static void bits_fill(struct prefilter *prefilter, const struct automaton_word *words, size_t count,
                      uint32_t *shared_by)
{
    size_t gram_bytes = prefilter->gram_bytes;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i + gram_bytes <= words[k].text.len; i++)
            shared_by[gram_hash(gram_at(words[k].text.data + i, gram_bytes), prefilter->hash_mask)]++;
    for (size_t k = 0; k < count; k++) {
        size_t i = gram_choose(prefilter, shared_by, words[k].text);
        uint32_t hash = gram_hash(gram_at(words[k].text.data + i, gram_bytes), prefilter->hash_mask);
        prefilter->bits[hash / 64] |= UINT64_C(1) << (hash % 64);
    }
}

int prefilter_build(const struct automaton_word *words, size_t count, struct prefilter **ret)
{
    CLEANUP(cleanup_freep) uint32_t *shared_by = NULL;
    CLEANUP(prefilter_freep) struct prefilter *prefilter = NULL;
    size_t gram_bytes = gram_bytes_of(words, count);
    uint32_t hash_bits = HASH_BITS_MIN;

    if (gram_bytes < 2) {
        *ret = NULL;
        return 0;
    }
    while (hash_bits < HASH_BITS_MAX && count * BITS_PER_WORD > (size_t)1 << hash_bits)
        hash_bits++;
    shared_by = calloc((size_t)1 << hash_bits, sizeof *shared_by);
    prefilter = calloc(1, sizeof *prefilter + ((size_t)1 << hash_bits) / 8);
    if (!shared_by || !prefilter)
        return -ENOMEM;
    prefilter->gram_bytes = gram_bytes;
    prefilter->gram_mask = UINT32_MAX >> (8 * (GRAM_BYTES_MAX - gram_bytes));
    prefilter->hash_mask = (1u << hash_bits) - 1;
    bits_fill(prefilter, words, count, shared_by);
    *ret = TAKE(prefilter);
    return 0;
}

void prefilter_free(struct prefilter *prefilter) { free(prefilter); }

/* The 8 bytes at p, the first one lowest. */
static inline uint64_t load_grams(const char *p)
{
    uint64_t v = bytes_load64(p);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* Four places a turn: their look-ups do not wait for one another. */
bool prefilter_maybe(const struct prefilter *prefilter, struct str value)
{
    const uint32_t mask = prefilter->gram_mask;
    size_t i = 0;
    for (; i + 8 <= value.len; i += 4) {
        uint64_t grams = load_grams(value.data + i);
        if (bit_test(prefilter, (uint32_t)grams & mask) | bit_test(prefilter, (uint32_t)(grams >> 8) & mask) |
            bit_test(prefilter, (uint32_t)(grams >> 16) & mask) | bit_test(prefilter, (uint32_t)(grams >> 24) & mask))
            return true;
    }
    for (; i + prefilter->gram_bytes <= value.len; i++)
        if (bit_test(prefilter, gram_at(value.data + i, prefilter->gram_bytes)))
            return true;
    return false;
}
