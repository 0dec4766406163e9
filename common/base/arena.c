/* Memory that is freed all at once. Owns a list of blocks; the limit counts what callers asked for, rounded up to the
 * alignment. A call that fails leaves the arena as it was. */
#include "common/base/arena.h"
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 4096 };

struct arena_block {
    struct arena_block *next;
    size_t used_bytes;
    size_t size_bytes;
    alignas(max_align_t) unsigned char data[];
};

void arena_deinit(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->used_bytes = 0;
}

/* A large piece gets a block of its own behind the first, so that the first one's rest is not lost. */
static int arena_add_block(struct arena *arena, size_t size, struct arena_block **ret)
{
    bool large = size > ARENA_BLOCK_BYTES / 4;
    size_t bytes = large ? size : ARENA_BLOCK_BYTES;
    struct arena_block *block = calloc(1, sizeof *block + bytes);

    if (!block)
        return -ENOMEM;
    block->size_bytes = bytes;
    if (large && arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    *ret = block;
    return 0;
}

int arena_alloc(struct arena *arena, size_t size, void **ret)
{
    const size_t align = alignof(max_align_t);
    struct arena_block *block = arena->blocks;

    check(arena->max_bytes > 0 && arena->max_bytes < SIZE_MAX / 2);
    if (size > arena->max_bytes)
        return -ENOBUFS;
    size = size ? (size + align - 1) / align * align : align;
    if (arena->used_bytes + size > arena->max_bytes)
        return -ENOBUFS;
    if (!block || block->size_bytes - block->used_bytes < size) {
        int r = arena_add_block(arena, size, &block);
        if (r < 0)
            return r;
    }
    *ret = block->data + block->used_bytes;
    block->used_bytes += size;
    arena->used_bytes += size;
    return 0;
}

int arena_alloc_array(struct arena *arena, size_t count, size_t size, void **ret)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return -ENOBUFS;
    return arena_alloc(arena, bytes, ret);
}

int arena_str(struct arena *arena, struct str s, const char **ret)
{
    void *copy;

    if (s.len >= arena->max_bytes)
        return -ENOBUFS;
    int r = arena_alloc(arena, s.len + 1, &copy);
    if (r < 0)
        return r;
    if (s.len > 0)
        memcpy(copy, s.data, s.len); /* the NUL is there: the memory is zeroed */
    *ret = copy;
    return 0;
}

static int arena_vprintf(struct arena *arena, const char **ret, const char *format, va_list arguments, va_list again)
    __attribute__((format(printf, 3, 0)));

static int arena_vprintf(struct arena *arena, const char **ret, const char *format, va_list arguments, va_list again)
{
    int len = vsnprintf(NULL, 0, format, arguments);
    void *text;

    if (len < 0)
        return -EINVAL;
    int r = arena_alloc(arena, (size_t)len + 1, &text);
    if (r < 0)
        return r;
    vsnprintf(text, (size_t)len + 1, format, again);
    *ret = text;
    return 0;
}

int arena_printf(struct arena *arena, const char **ret, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    int r = arena_vprintf(arena, ret, format, arguments, again);
    va_end(again);
    va_end(arguments);
    return r;
}
