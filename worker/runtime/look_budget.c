/* See the header. Cannot fail. */
#include "worker/runtime/look_budget.h"

bool look_budget_take(struct look_budget *budget, int64_t now_ms)
{
    if (budget->second != now_ms / 1000) {
        budget->second = now_ms / 1000;
        budget->examined = 0;
        budget->spent_us = 0;
    }
    if (budget->examined >= LOOK_EXAMINED_MAX || budget->spent_us >= LOOK_EXAMINED_US_MAX)
        return false;
    budget->examined++;
    return true;
}

void look_budget_spend(struct look_budget *budget, uint64_t us) { budget->spent_us += us; }

bool look_budget_sample(struct look_budget *budget, bool matches, int64_t now_ms)
{
    struct look_bucket *bucket = &budget->samples[matches];
    int64_t from_ms = bucket->at_ms > now_ms ? bucket->at_ms : now_ms;
    if (from_ms - now_ms > (LOOK_SAMPLES_BURST - 1) * LOOK_SAMPLE_EVERY_MS)
        return false;
    bucket->at_ms = from_ms + LOOK_SAMPLE_EVERY_MS;
    return true;
}
