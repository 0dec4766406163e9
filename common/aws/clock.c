/* The service's clock. */
#include "common/aws/clock.h"

#include "common/base/mono.h"

int64_t aws_clock_now_ms(const struct aws_clock *clock) { return wall_now_ms() + clock->ahead_ms; }

bool aws_clock_correct(struct aws_clock *clock, int64_t signed_ahead_ms, int64_t date_wall_ms, int64_t wall_ms)
{
    int64_t ahead_ms = date_wall_ms - wall_ms, change_ms = ahead_ms - signed_ahead_ms;

    if (change_ms > -AWS_SKEW_MIN_MS && change_ms < AWS_SKEW_MIN_MS)
        return false;
    clock->ahead_ms = ahead_ms;
    return true;
}
