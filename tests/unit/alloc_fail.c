/* Counts the allocations of one thread and refuses one of them. Owns the counter; never touches memory itself. */
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);

static _Thread_local bool armed;
static _Thread_local size_t left;
static _Thread_local bool refused;

static bool refuse(void)
{
    if (!armed || left-- > 0)
        return false;
    armed = false;
    refused = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) { return refuse() ? NULL : __real_malloc(size); }

void *__wrap_calloc(size_t count, size_t size) { return refuse() ? NULL : __real_calloc(count, size); }

void *__wrap_realloc(void *memory, size_t size) { return refuse() ? NULL : __real_realloc(memory, size); }

/* The C library's own call of realloc inside it is not seen. */
void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return refuse() ? NULL : __real_reallocarray(memory, count, size);
}

bool alloc_fail_at(size_t n, alloc_fail_fn *body, void *context, int *ret_result)
{
    left = n;
    refused = false;
    armed = true;
    *ret_result = body(context);
    armed = false;
    return refused;
}

size_t alloc_fail_each(alloc_fail_fn *body, void *context)
{
    size_t n = 0;
    int r;

    for (; alloc_fail_at(n, body, context, &r); n++)
        assert_int_equal(r, -ENOMEM);
    assert_int_equal(r, 0);
    return n;
}
