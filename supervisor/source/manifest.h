/* One file of the folder: the documents of its last good state. */
#pragma once

#include "common/base/cleanup.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include "supervisor/source/problem.h"
#include <sys/stat.h>

#define MANIFEST_BYTES_MAX (1u << 20)

struct manifest_document {
    struct resource_key key;
    struct json *value; /* owned; of a kind that people write */
    unsigned line;
};
struct manifest {
    char name[SOURCE_FILE_SIZE];
    struct manifest_document *documents; /* owned */
    size_t count;
    bool seen; /* for whoever compares with a listing */
    bool good; /* it had a good state since the start, which documents is the last of */
};

void manifest_deinit(struct manifest *manifest);
/* True: nobody but its owner can write it, and the owner is root or who we are: a manifest names commands that we run. */
bool manifest_safe(const struct stat *st);
/* Reads the file again. When it is right its documents take the place of the old ones; else the old ones stay, and problems
 * says why. -ENOENT: it is gone; -ENOMEM. */
MUST_USE int manifest_read(int dir_fd, struct manifest *manifest, struct source_problems *problems);
