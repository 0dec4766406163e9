/* Sizes the working memory of a thread for an index. Fails for lack of memory only. */
#include "worker/route/scratch_layout.h"

int route_scratch_new(struct route_scratch **ret)
{
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = calloc(1, sizeof *scratch);
    int r = scratch ? regex_scratch_new(&scratch->regex) : -ENOMEM;
    if (r == 0)
        *ret = TAKE(scratch);
    return r;
}

void route_scratch_free(struct route_scratch *scratch)
{
    if (!scratch)
        return;
    regex_scratch_free(scratch->regex);
    free(scratch->memory);
    free(scratch);
}

/* Places the arrays one behind the other from base on, the stamps (which must start as 0) first; the bytes they take. */
static size_t scratch_place(struct route_scratch *scratch, const struct route_index *index, char *base)
{
    size_t at = 0;
#define PLACE(field, count)                                 \
    do {                                                    \
        scratch->field = base ? (void *)(base + at) : NULL; \
        at += (count) * sizeof *scratch->field;             \
        at = (at + 15) / 16 * 16;                           \
    } while (0)
    PLACE(predicates, index->predicate_count);
    PLACE(slots, index->slot_count);
    PLACE(atoms, index->atom_count);
    PLACE(hits, index->predicate_count);
    PLACE(deferred, index->rule_count);
    PLACE(mirrors, index->mirror_count);
#undef PLACE
    return at;
}

int route_scratch_prepare(struct route_scratch *scratch, const struct route_index *index)
{
    struct route_scratch sized = {0};
    size_t bytes = scratch_place(&sized, index, NULL) + 16;

    if (bytes > scratch->bytes) {
        void *memory = malloc(bytes);
        if (!memory)
            return -ENOMEM;
        free(scratch->memory);
        scratch->memory = memory;
        scratch->bytes = bytes;
    }
    memset(scratch->memory, 0, bytes);
    (void)scratch_place(scratch, index, scratch->memory);
    scratch->stamp = 0;
    memset(scratch->guesses, 0, sizeof scratch->guesses);
    scratch->serial = index->serial;
    return 0;
}
