/* The retry budget. Pure; cannot fail. */
#include "common/aws/budget.h"

#include "common/loop/backoff.h"

bool aws_budget_take(struct aws_budget *budget, unsigned tokens)
{
    if (budget->tokens < tokens)
        return false;
    budget->tokens -= tokens;
    return true;
}

void aws_budget_fill(struct aws_budget *budget, unsigned tokens)
{
    unsigned filled = budget->tokens + (tokens ? tokens : 1);

    budget->tokens = filled < AWS_BUDGET_TOKENS ? filled : AWS_BUDGET_TOKENS;
}

int64_t aws_repeat_delay_ms(unsigned repeats, bool throttled, uint64_t random)
{
    const struct backoff backoff = {.first_ms = throttled ? AWS_REPEAT_THROTTLED_MS : AWS_REPEAT_FIRST_MS,
                                    .max_ms = AWS_REPEAT_MAX_MS};
    int64_t most_ms = backoff_delay_ms(&backoff, repeats, 0);

    return most_ms - (int64_t)(random % (uint64_t)(most_ms * 3 / 4 + 1));
}
