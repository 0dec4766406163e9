/* The source of standalone mode: a folder of manifests, read into the store and watched.
 *
 * DIR/[!.]*.yaml, one level, several documents a file. A file that is wrong keeps its last good state in force, a folder that
 * disappears the last state of all; both are told in the log and stay in the list of problems until they are mended. Until
 * every file had a good state once, the store is told that what it does not hold may be there nevertheless.
 * Never writes the folder. */
#pragma once

#include "common/loop/loop.h"
#include "supervisor/source/problem.h"
#include "supervisor/store/store.h"

#define FOLDER_FILES_MAX 1024
#define FOLDER_DEBOUNCE_MS 50       /* after the last change */
#define FOLDER_DEBOUNCE_MAX_MS 1000 /* after the first */
#define FOLDER_RETRY_MS 1000        /* while the folder is not there, or the store takes nothing */

struct folder_source;
enum folder_outcome { FOLDER_REFUSED = 1 };
/* Reads the folder for the first time and hands it to the store. path is copied, store and loop are borrowed.
 * FOLDER_REFUSED: others can write it, or it cannot be read; *why says so. Wrong files in it are no failure. */
MUST_USE int folder_source_new(struct loop *loop, const char *path, struct store *store, struct folder_source **ret,
                               struct reason *why);
void folder_source_free(struct folder_source *source);
DEFINE_CLEANUP(struct folder_source, folder_source)
/* What is wrong now; borrowed until the loop turns. */
const struct source_problems *folder_source_problems(const struct folder_source *source);
