/* Paths as text; nothing is looked up. */
#pragma once

#include <stdbool.h>

/* Are two absolute paths the same once "//", "." and ".." are taken out? Links are not followed. Others, and those that are longer
 * than a path can be (4095 bytes), are compared as they are written. */
bool path_same(const char *a, const char *b);
