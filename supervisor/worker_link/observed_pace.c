/* See observed_pace.h. */
#include "supervisor/worker_link/observed_pace.h"

static bool shrank(const struct figures *before, const struct figures *now)
{
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (figure_rows[i].kind == FIGURE_KIND_COUNT && figure_of(now, i) < figure_of(before, i))
            return true;
    return false;
}

void observed_pace_add(struct observed_pace *pace, const struct figures *figures, struct mono now)
{
    const struct observed_sample sample = {*figures, now};
    if (!mono_is_set(pace->latest.at) || shrank(&pace->latest.figures, figures)) {
        *pace = (struct observed_pace){sample, sample, sample};
        return;
    }
    if (mono_reached(now, mono_after(pace->latest.at, OBSERVED_PACE_QUIET_MS))) {
        pace->oldest = (struct observed_sample){pace->latest.figures, mono_after(now, -OBSERVED_PACE_STEP_MS)};
        pace->middle = pace->oldest;
    } else if (mono_reached(now, mono_after(pace->middle.at, OBSERVED_PACE_WINDOW_MS))) {
        pace->oldest = pace->middle;
        pace->middle = sample;
    }
    pace->latest = sample;
}

bool observed_pace_rates(const struct observed_pace *pace, struct mono now, struct observed_rates *ret)
{
    const struct figures *first = &pace->oldest.figures, *last = &pace->latest.figures;
    int64_t passed_ms = pace->latest.at.ms - pace->oldest.at.ms;
    bool quiet =
        mono_is_set(pace->latest.at) && mono_reached(now, mono_after(pace->latest.at, OBSERVED_PACE_QUIET_MS));
    if (!quiet && passed_ms <= 0)
        return false;
    *ret = (struct observed_rates){0};
    for (size_t i = 0; !quiet && i < FIGURE_COUNT; i++)
        if (figure_rows[i].kind == FIGURE_KIND_COUNT)
            ret->values[i] = (double)(figure_of(last, i) - figure_of(first, i)) * 1000 / (double)passed_ms;
    return true;
}
