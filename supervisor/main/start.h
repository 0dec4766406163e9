/* What every home of the supervisor begins with: its settings, its worker program, and how it says that it cannot start. Owns
 * nothing. */
#pragma once

#include "common/model/setting.h"
#include "supervisor/fleet/fleet.h"
#include "supervisor/main/place.h"

/* Said once, with what to do about it; returns exit_code. */
int start_refuse(const struct reason *why, int exit_code);
/* It may pass (no memory, no descriptors, a full disk): whoever started us tries again. An exit code, said why. */
int start_surprise(int result, const char *part);
/* What place_open or place_open_shared said: 0, or an exit code, said why. */
MUST_USE int start_judge_place(int result, const struct reason *why);
/* Settings from the environment; the log is as they want from then on. 0 or an exit code. */
MUST_USE int start_read_settings(struct arena *arena, struct settings *ret);
/* The worker programs, one for each family, which lie beside ours; table points into the struct. */
#define START_FAMILIES 2
struct start_programs {
    char paths[START_FAMILIES][PLACE_PATH_SIZE];
    struct fleet_program table[START_FAMILIES + 1];
};
/* A host may have the workers of one family alone: a family whose program is not there is not enabled then, and said so. -EACCES: one
 * cannot be run; -ENAMETOOLONG. */
MUST_USE int start_find_programs(struct settings *settings, struct start_programs *ret);
