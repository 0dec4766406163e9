/* Looks: what people are shown of the messages that pass (ipc/look.h). For engines: one branch for each message while nobody looks.
 *
 * An engine tells of a message after it was decided. What a look may cost is bounded in time, in messages a second and in frames;
 * what is beyond that is counted, not looked at. Contents go into frames only escaped and cut (S-11), bodies never. */
#pragma once

#include "worker/route/decide.h"
#include <stdatomic.h>

struct worker_runtime;
struct worker_table;

struct look_gate {
    atomic_uint open; /* looks */
};
/* Lives as long as the process. */
const struct look_gate *worker_look_gate(struct worker_runtime *runtime);
static inline bool look_is_on(const struct look_gate *gate)
{
    return __builtin_expect(atomic_load_explicit(&gate->open, memory_order_relaxed) > 0, 0);
}

/* A message that was just decided. All borrowed for the call. */
struct look_subject {
    const char *position; /* "orders/3/1042": topic, partition, offset; or the id that SQS gave it */
    const struct route_header *headers;
    size_t header_count;
    const struct worker_table *table;
    struct route_scratch *scratch; /* with the marks of this decision */
    const struct route_decision *decision;
    bool ready; /* the queue of the session that it was decided for takes it */
};
/* Any thread. */
void worker_look(struct worker_runtime *runtime, const struct look_subject *subject);
