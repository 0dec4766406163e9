/* The transition table of a split. Pure; a duplicate row of state.def fails the build (-Woverride-init). */
#include "supervisor/split/phase.h"

static const char *const phase_names[SPLIT_PHASE_COUNT] = {
#define STATE(name, text) [SPLIT_##name] = text,
#include "supervisor/split/state.def"
#undef STATE
};

/* Phase that follows, plus one; 0: not declared. */
static const unsigned char transitions[SPLIT_PHASE_COUNT][SPLIT_EVENT_COUNT] = {
#define T(from, event, to) [SPLIT_##from][SPLIT_EVENT_##event] = SPLIT_##to + 1,
#include "supervisor/split/state.def"
#undef T
};

const char *split_phase_name(enum split_phase phase) { return phase_names[phase]; }

int split_phase_from_name(struct str name, enum split_phase *ret)
{
    for (enum split_phase phase = SPLIT_PENDING; phase < SPLIT_PHASE_COUNT; phase++)
        if (str_equal(name, str_of(phase_names[phase]))) {
            *ret = phase;
            return 0;
        }
    return PHASE_UNKNOWN;
}

int split_phase_next(enum split_phase from, enum split_event event, enum split_phase *ret)
{
    unsigned char to = transitions[from][event];
    if (to == 0)
        return PHASE_IGNORED;
    *ret = (enum split_phase)(to - 1);
    return 0;
}
