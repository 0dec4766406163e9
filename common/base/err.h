/* The error convention of the whole program, in three macros.
 *
 * Functions that can fail return an int: 0 is done; > 0 is an outcome of the function's own enum, which the
 * caller must handle and may not pass on; < 0 is a surprise (-errno), passed up unchanged to the next boundary
 * (a split, a session, a child, a request), where it is logged once and becomes a state.
 * Owns nothing, never logs; check() ends the process. */
#pragma once

#include <errno.h>

/* Every function that can fail carries this: an ignored result does not compile. */
#define MUST_USE __attribute__((warn_unused_result))

/* For our own bugs only; nothing that comes from outside may ever reach one. Compiled into every build. */
#define check(condition)                                  \
    do {                                                  \
        if (__builtin_expect(!(condition), 0))            \
            check_failed(#condition, __FILE__, __LINE__); \
    } while (0)

__attribute__((noreturn)) void check_failed(const char *condition, const char *file, int line);
