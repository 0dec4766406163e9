/* A mark in the state folder that tells a stop in order from a crash: what runs says so, and takes it back when it ends as told
 * and every worker has ended too. Whatever was not taken back was a crash, a kill or a power cut. */
#pragma once

#include "common/base/mono.h"

enum run_end {
    RUN_END_NONE,    /* nothing ran here before */
    RUN_END_STOPPED, /* in order */
    RUN_END_CRASHED
};

struct run_mark {
    int state_fd; /* borrowed */
    char started[WALL_TEXT_SIZE];
    enum run_end before;
    char before_at[WALL_TEXT_SIZE]; /* of a stop: when; of a crash: when that one had started */
};

/* What the mark says of the one before. A mark that cannot be read counts as a crash. */
void run_mark_read(int state_fd, struct run_mark *ret);
/* This one runs from now on. Said in the log with how the one before ended. Not being able to write is no reason to end. */
void run_mark_begin(const struct run_mark *mark);
void run_mark_stopped(const struct run_mark *mark);
/* "None", "Stopped", "Crashed" */
const char *run_end_name(enum run_end end);
