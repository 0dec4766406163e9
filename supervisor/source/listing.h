/* The manifests of a folder. Internal to supervisor/source. */
#pragma once

#include "supervisor/source/manifest.h"

struct listing {
    struct manifest *files; /* FOLDER_FILES_MAX, sorted by name; owned */
    size_t count;
    bool left_out; /* more files than are read */
    bool read;     /* the folder was read once at least */
};

MUST_USE int listing_init(struct listing *listing); /* -ENOMEM; listing_deinit takes what came of it */
void listing_deinit(struct listing *listing);
/* 0, or FOLDER_REFUSED: others can write the folder, or it cannot be read; *why says so. -ENOMEM. */
MUST_USE int listing_check(const char *path, struct reason *why);
/* Reads every file again; what is wrong goes to problems. A folder that is refused leaves all files as they were. */
MUST_USE int listing_read(struct listing *listing, const char *path, struct source_problems *problems);
/* Why something that no file holds may be there nevertheless: a file that had no good state yet may have held it before we were
 * started, and so may any while the folder was never read. REASON_NONE: it is not. */
void listing_doubt(const struct listing *listing, struct reason *ret);
