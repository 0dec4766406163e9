/* Makes the n-th allocation of the linked code fail, by the linker's --wrap (ALLOC_FAIL_WRAP in CMakeLists.txt).
 *
 * For one thread. Libraries that are loaded at run time are not wrapped, except where they allocate through us. */
#pragma once

#include <stddef.h>

/* Lets the countdown-th allocation from now on fail, once; 0 switches it off. */
void alloc_fail_at(size_t countdown);
/* Whether the failure that was asked for has happened. */
int alloc_fail_happened(void);
