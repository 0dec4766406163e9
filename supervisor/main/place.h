/* Where a supervisor keeps its things: folders, locks, socket paths; in standalone mode all derived from DIR (docs/standalone.md), in
 * a cluster the folder that it shares with the container of its workers.
 *
 * Owns the descriptors of the locked folders. */
#pragma once

#include "common/base/err.h"
#include "common/base/reason.h"

#define PLACE_PATH_SIZE 512

struct place {
    char manifests[PLACE_PATH_SIZE]; /* real path of DIR */
    char state[PLACE_PATH_SIZE];
    char runtime[PLACE_PATH_SIZE];
    char runtime_shared
        [PLACE_PATH_SIZE]; /* the folder above it, with those of our other supervisors; "" for RUNTIME_DIRECTORY */
    char logs[PLACE_PATH_SIZE];
    char api_socket[PLACE_PATH_SIZE];
    int state_fd;
    int state_lock, runtime_lock;
};

enum place_outcome { PLACE_CONFIG = 1, PLACE_LOCKED = 2, PLACE_STATE = 3 };

/* Makes the folders (0700) and takes both locks. Outcomes come with *why. */
MUST_USE int place_open(const char *dir, struct place *ret, struct reason *why);
/* In a cluster: the folder of the guardian's socket, with ipc/ and logs/ in it; there is no state. Only its lock is taken. */
MUST_USE int place_open_shared(const char *guardian_socket, struct place *ret, struct reason *why);
void place_close(struct place *place);
