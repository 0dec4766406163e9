/* The documents of all files together. Pure but for memory. */
#pragma once

#include "supervisor/source/manifest.h"

/* Copies of all documents, for the caller to hand over or free; *ret itself is freed with free(). files are sorted by name:
 * of two documents of one key the first file's (in a file, the first) counts, and problems names both. -ENOMEM. */
MUST_USE int merge_manifests(const struct manifest *files, size_t count, struct source_problems *problems,
                             struct json ***ret, size_t *ret_count);
