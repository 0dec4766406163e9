/* See the header. */
#include "worker/kafka/temp_step.h"

static enum temp_step present_step(const struct temp_facts *facts)
{
    if (!facts->exists)
        return TEMP_STEP_CREATE;
    if (facts->partitions < facts->partitions_wanted)
        return TEMP_STEP_GROW;
    if (facts->grouped && facts->positioned < facts->partitions)
        return TEMP_STEP_POSITION;
    return TEMP_STEP_NONE;
}

enum temp_step temp_step(const struct temp_facts *facts)
{
    switch (facts->want) {
    case WORKER_TEMP_WANT_PRESENT:
        return present_step(facts);
    case WORKER_TEMP_WANT_EMPTIED:
        return facts->exists && !facts->emptied ? TEMP_STEP_EMPTY : TEMP_STEP_NONE;
    case WORKER_TEMP_WANT_ABSENT:
        if (facts->exists)
            return TEMP_STEP_DELETE;
        return facts->ungrouped ? TEMP_STEP_NONE : TEMP_STEP_UNGROUP;
    }
    return TEMP_STEP_NONE;
}
