/* Counts allocations down to the one that fails. Owns one counter. */
#include "tests/unit/regex/alloc_fail.h"
#include <stdlib.h>

static size_t remaining;
static int happened;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void alloc_fail_at(size_t countdown)
{
    remaining = countdown;
    happened = 0;
}

int alloc_fail_happened(void) { return happened; }

static int fails_now(void)
{
    if (remaining == 0 || --remaining > 0)
        return 0;
    happened = 1;
    return 1;
}

void *__wrap_malloc(size_t size) { return fails_now() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails_now() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return fails_now() ? NULL : __real_realloc(old, size); }
void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(old, count, size);
}
