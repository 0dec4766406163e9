/* The life of a split as a table: phases, events, and the one function that says what follows. Pure. */
#pragma once

#include "common/base/str.h"

enum split_phase {
#define STATE(name, text) SPLIT_##name,
#include "supervisor/split/state.def"
#undef STATE
    SPLIT_PHASE_COUNT
};

enum split_event {
#define EVENT(name) SPLIT_EVENT_##name,
#include "supervisor/split/state.def"
#undef EVENT
    SPLIT_EVENT_COUNT
};

const char *split_phase_name(enum split_phase phase);

enum phase_outcome { PHASE_IGNORED = 1, PHASE_UNKNOWN = 2 };
/* PHASE_UNKNOWN: no phase has that name. */
MUST_USE int split_phase_from_name(struct str name, enum split_phase *ret);
/* 0 and the phase that follows, or PHASE_IGNORED: the event means nothing in this phase. */
MUST_USE int split_phase_next(enum split_phase from, enum split_event event, enum split_phase *ret);
