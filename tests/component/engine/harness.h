/* Which engine a harness executable drives: each defines it in a file of its own. */
#pragma once

#include "worker/runtime/engine.h"
#include "worker/runtime/look.h"

extern const struct worker_engine_ops *const harness_ops;
