/* What a look may cost: messages and time in each second, and samples. Pure; the caller has the clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOOK_EXAMINED_MAX 2000     /* a second */
#define LOOK_EXAMINED_US_MAX 50000 /* a second: a twentieth of a processor, however evil the patterns */
#define LOOK_SAMPLES_BURST 20
#define LOOK_SAMPLE_EVERY_MS 100

struct look_bucket {
    int64_t at_ms; /* when it will be empty again */
};

struct look_budget {
    int64_t second;
    uint32_t examined;
    uint64_t spent_us;
    struct look_bucket samples[2]; /* of messages that do not match, and that do: rare ones are to be seen */
};

/* Whether one more message may be looked at now. */
bool look_budget_take(struct look_budget *budget, int64_t now_ms);
void look_budget_spend(struct look_budget *budget, uint64_t us);
/* Whether this message may become a sample; counts it. */
bool look_budget_sample(struct look_budget *budget, bool matches, int64_t now_ms);
