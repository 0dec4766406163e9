/* Composing of values. See the header. */
#include "supervisor/split/entry_value.h"

#include "common/base/buf.h"
#include <stdlib.h>

#define VALUE_BYTES_MAX (256u << 10)

static int grow(struct entry_value *value, size_t more)
{
    void *memory = NULL;
    if (value->count + more <= value->room)
        return 0;
    size_t room = 2 * (value->count + more);
    int r = arena_alloc_array(value->arena, room, sizeof(struct name_swap), &memory);
    if (r < 0)
        return r;
    if (value->count)
        memcpy(memory, value->swaps, value->count * sizeof *value->swaps);
    value->swaps = memory;
    value->room = room;
    return 0;
}

int entry_value_add(struct entry_value *value, const struct entry_place *place, const char *to)
{
    if (strcmp(value->container, place->container) != 0 || strcmp(value->variable, place->variable) != 0 ||
        strcmp(value->base, place->base) != 0)
        return 0;
    int r = grow(value, place->at_count);
    for (size_t i = 0; r == 0 && i < place->at_count; i++)
        value->swaps[value->count++] = (struct name_swap){place->at[i], place->length, to};
    return r;
}

static int compare(const void *a, const void *b)
{
    const struct name_swap *left = a, *right = b;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return 0;
}

int entry_value_compose(struct entry_value *value, const char **ret)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(VALUE_BYTES_MAX);
    size_t done = 0, length = strlen(value->base);
    int r = 0;
    if (value->count)
        qsort(value->swaps, value->count, sizeof *value->swaps, compare);
    for (size_t i = 0; r == 0 && i < value->count; i++) {
        const struct name_swap *swap = &value->swaps[i];
        if (swap->at < done || swap->at + swap->length > length)
            continue; /* exchanged already */
        r = buf_append(&text, value->base + done, swap->at - done);
        if (r == 0)
            r = buf_append_str(&text, str_of(swap->to));
        done = swap->at + swap->length;
    }
    if (r == 0)
        r = buf_append_str(&text, str_of(value->base + done));
    return r ? r : arena_str(value->arena, buf_str(&text), ret);
}
