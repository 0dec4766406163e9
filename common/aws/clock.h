/* The service's clock, as far as ours is off. Pure beside the reading of ours. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Signatures are refused from 5 minutes on; an answer's Date is older than its arrival by what the network took. */
#define AWS_SKEW_MIN_MS 60000

struct aws_clock {
    int64_t ahead_ms; /* of theirs */
};

int64_t aws_clock_now_ms(const struct aws_clock *clock);
/* A request that was signed when the clock was held to be signed_ahead_ms off was refused, perhaps for its time, by an answer
 * with this Date, which came at wall_ms. Sets the clock by it and says whether it makes sense to sign once more. */
bool aws_clock_correct(struct aws_clock *clock, int64_t signed_ahead_ms, int64_t date_wall_ms, int64_t wall_ms);
