/* Reading of what a worker said, and forgetting what is over. Owns the memory of an observation. */
#include "supervisor/worker_link/worker_observed.h"

#include "supervisor/worker_link/observed_map.h"
#include "supervisor/worker_link/observed_take.h"
#include <stdlib.h>

void worker_observed_deinit(struct worker_observed *observed)
{
    free(observed->positions);
    free(observed->incoming);
    free(observed->events);
    observed_map_clear(&observed->temps);
    observed_map_clear(&observed->conditions);
    observed_map_clear(&observed->figures);
    *observed = (struct worker_observed){.checked = false};
}

void worker_observed_restart(struct worker_observed *observed) { observed->incoming_count = 0; }

const struct observed_temp *worker_observed_temp(const struct worker_observed *observed, const char *name)
{
    struct observed_keyed *entry = observed_map_find(observed->temps, name);
    return entry ? &observed_body(entry)->temp : NULL;
}

const struct figures *worker_observed_figures(const struct worker_observed *observed, const char *session)
{
    struct observed_keyed *entry = observed_map_find(observed->figures, session);
    return entry ? &observed_body(entry)->pace.latest.figures : NULL;
}

const struct observed_pace *worker_observed_pace(const struct worker_observed *observed, const char *session)
{
    struct observed_keyed *entry = observed_map_find(observed->figures, session);
    return entry ? &observed_body(entry)->pace : NULL;
}

const struct observed_condition *worker_observed_condition_next(const struct worker_observed *observed,
                                                                const struct observed_condition *previous)
{
    struct observed_keyed *entry =
        observed_map_next(observed->conditions, previous ? observed_of_condition(previous) : NULL);
    return entry ? &observed_body(entry)->condition : NULL;
}

bool worker_observed_event_take(struct worker_observed *observed, struct observed_event *ret)
{
    if (!observed->event_count)
        return false;
    *ret = observed->events[observed->event_first % OBSERVED_EVENTS_MAX];
    observed->event_first = (observed->event_first + 1) % OBSERVED_EVENTS_MAX;
    observed->event_count--;
    return true;
}

static bool temp_unnamed(void *names, const struct observed_keyed *entry)
{
    return !observed_map_find(names, observed_key(entry));
}

/* The session stands behind the newline of a condition's key; those of the split itself stay. */
static bool condition_unnamed(void *names, const struct observed_keyed *entry)
{
    const char *session = strchr(observed_key(entry), '\n') + 1;
    return session[0] && !observed_map_find(names, session);
}

static bool figures_unnamed(void *names, const struct observed_keyed *entry)
{
    return observed_key(entry)[0] && !observed_map_find(names, observed_key(entry));
}

int worker_observed_prune(struct worker_observed *observed, const struct wanted_table *table)
{
    struct observed_keyed *names = NULL, *entry;
    int r = 0;
    for (size_t i = 0; !r && i < table->temp_count; i++) {
        r = observed_map_at(&names, table->temps[i].name, SIZE_MAX, &entry);
        if (!r)
            r = observed_map_at(&names, table->temps[i].session, SIZE_MAX, &entry);
    }
    if (!r) {
        observed_map_filter(&observed->temps, temp_unnamed, names);
        observed_map_filter(&observed->conditions, condition_unnamed, names);
        observed_map_filter(&observed->figures, figures_unnamed, names);
    }
    observed_map_clear(&names);
    return r;
}
