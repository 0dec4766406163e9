/* See the header. */
#include "worker/sqs/temp_step.h"

enum temp_step temp_step(const struct temp_facts *facts)
{
    if (!facts->seen)
        return TEMP_STEP_LOOK;
    switch (facts->want) {
    case WORKER_TEMP_WANT_PRESENT:
        if (!facts->exists)
            return TEMP_STEP_CREATE;
        return facts->due ? TEMP_STEP_LOOK : TEMP_STEP_NONE;
    case WORKER_TEMP_WANT_EMPTIED:
        return facts->exists && !facts->emptied ? TEMP_STEP_EMPTY : TEMP_STEP_NONE;
    case WORKER_TEMP_WANT_ABSENT:
        return facts->exists ? TEMP_STEP_DELETE : TEMP_STEP_NONE;
    }
    return TEMP_STEP_NONE;
}

bool temp_is_gone(const struct temp_absence *absence)
{
    if (absence->want == WORKER_TEMP_WANT_PRESENT && !absence->known)
        return true;
    return absence->times >= 3 && absence->for_ms >= (absence->young ? TEMP_GONE_YOUNG_MS : TEMP_GONE_MS);
}
