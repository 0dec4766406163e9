/* Included before everything when clang-tidy runs, never in a build. It tells the analyser what it cannot know: a failed
 * call leaves a positive errno, so `return -errno` is never taken for success. Without it every output that is written on
 * success only would be reported as used before it was set. The numbers are plain because the analyser of clang 14 loses
 * what it knows about a symbol when the symbol is negated. */
#ifndef SLUICE_TESTS_LINT_ANALYZER_H
#define SLUICE_TESTS_LINT_ANALYZER_H
#include <errno.h>

static inline int *lint_errno(void)
{
    int *value = __errno_location();
    switch (*value) {
    case EINTR:
        *value = EINTR;
        break;
    case EAGAIN:
        *value = EAGAIN;
        break;
    case ENOENT:
        *value = ENOENT;
        break;
    default:
        *value = EIO;
        break;
    }
    return value;
}

#undef errno
#define errno (*lint_errno())
#endif
