/* Failing allocations: lets the n-th malloc, calloc or realloc of the calling thread fail, for every n.
 *
 * Only calls from code that is linked into the test statically are seen; those of shared libraries are not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does the work from its beginning, checks what it made and cleans up. Returns 0, or -ENOMEM when an allocation
 * failed; then everything that the work must keep as it was has been checked. */
typedef int alloc_fail_fn(void *context);

/* Calls body again and again; in the n-th call the n-th allocation fails, until a call needs no n-th. Fails the test
 * when a failed allocation does not come back as -ENOMEM, or the last call does not return 0. Returns how many
 * allocations the body makes: a test that expects some compares it, so that it cannot pass by allocating nothing. */
size_t alloc_fail_each(alloc_fail_fn *body, void *context);
/* One call, in which the n-th allocation (from 0) fails; for work that can do without some of its memory. False: it made
 * no n-th. */
bool alloc_fail_at(size_t n, alloc_fail_fn *body, void *context, int *ret_result);
