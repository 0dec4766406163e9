/* The ordered end: the engine lets go, its last reports leave, the process ends with WORKER_EXIT_ORDERED. */
#pragma once

#include "common/loop/loop.h"
#include <stdatomic.h>
#include <stdbool.h>

#define STOP_GRACE_MS 2000 /* beyond the deadline that the engine was given */
#define STOP_FLUSH_MS 1000 /* for the last reports, when a supervisor is there */

struct worker_runtime;

enum worker_stop_result { WORKER_STOP_NONE, WORKER_STOP_CLEAN, WORKER_STOP_UNCLEAN };

struct worker_stop {
    struct loop_wake *wake;      /* worker_stopped() was called */
    struct loop_timer *deadline; /* first for the engine, then for the last reports */
    struct loop_signal *sigterm;
    _Atomic(int) result; /* enum worker_stop_result, written by any thread */
    bool ordered;
    bool finishing; /* the engine is done */
};

MUST_USE int worker_stop_init(struct worker_runtime *runtime);
/* Once; later orders change nothing. cause: a literal for the log. */
void worker_stop_order(struct worker_runtime *runtime, uint32_t deadline_ms, const char *cause);
/* Ends the loop when the engine is done and everything is told. */
void worker_stop_check(struct worker_runtime *runtime);
