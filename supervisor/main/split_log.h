/* The supervisor's log about splits that become degraded, and well again: one line for each change, and not one a pass. */
#pragma once

#include "supervisor/split/memory.h"

/* target: its key as text. Remembers in *memory what was told. */
void split_log_changes(const char *target, struct target_memory *memory);
