/* The end of a process that found a bug of its own. Owns nothing; cannot fail. Writes to stderr itself, because the
 * log could be what is broken. */
#include "common/base/err.h"
#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
    abort();
}
