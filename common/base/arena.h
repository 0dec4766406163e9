/* Memory that is freed all at once, with a mandatory maximum: for one decoded document, plan or table.
 *
 * Pointers are valid until arena_deinit. Past max_bytes every call returns -ENOBUFS (or -ENOMEM when the system
 * has none), and nothing is half done. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used_bytes;
    size_t max_bytes;
};

#define ARENA_INIT(max) ((struct arena){.max_bytes = (max)})

void arena_deinit(struct arena *arena); /* also the CLEANUP form */
/* Zeroed memory of size bytes, aligned for any type. */
MUST_USE int arena_alloc(struct arena *arena, size_t size, void **ret);
/* count * size bytes, zeroed; -ENOBUFS on overflow. */
MUST_USE int arena_alloc_array(struct arena *arena, size_t count, size_t size, void **ret);
/* Copy of the bytes as they are, NUL-terminated. */
MUST_USE int arena_str(struct arena *arena, struct str s, const char **ret);
MUST_USE int arena_printf(struct arena *arena, const char **ret, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
