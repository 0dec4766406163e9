/* See observed_pace.h. */
#include "supervisor/worker_link/observed_pace.h"

static bool shrank(const struct observed_figures *before, const struct observed_figures *now)
{
    return now->received < before->received || now->delivered < before->delivered ||
           now->mirrored < before->mirrored || now->returned < before->returned ||
           now->filter_errors < before->filter_errors;
}

void observed_pace_add(struct observed_pace *pace, const struct observed_figures *figures, struct mono now)
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

static double rate(uint64_t before, uint64_t now, int64_t passed_ms)
{
    return (double)(now - before) * 1000 / (double)passed_ms;
}

bool observed_pace_rates(const struct observed_pace *pace, struct mono now, struct observed_rates *ret)
{
    const struct observed_figures *first = &pace->oldest.figures, *last = &pace->latest.figures;
    int64_t passed_ms = pace->latest.at.ms - pace->oldest.at.ms;
    if (mono_is_set(pace->latest.at) && mono_reached(now, mono_after(pace->latest.at, OBSERVED_PACE_QUIET_MS))) {
        *ret = (struct observed_rates){0};
        return true;
    }
    if (passed_ms <= 0)
        return false;
    *ret = (struct observed_rates){
        rate(first->received, last->received, passed_ms), rate(first->delivered, last->delivered, passed_ms),
        rate(first->mirrored, last->mirrored, passed_ms), rate(first->returned, last->returned, passed_ms),
        rate(first->filter_errors, last->filter_errors, passed_ms)};
    return true;
}
