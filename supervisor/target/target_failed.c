/* What every driver does when a try failed. Pure but for the log and chance. */
#include "supervisor/target/target.h"

#include "common/base/log.h"
#include "common/loop/pause.h"
#include <stdio.h>

static const struct backoff retry_backoff = {.first_ms = 1000, .max_ms = 30000};
/* Nothing is wrong with the target, and whoever waits for it waits for no more than the other end to come back. */
static const struct backoff reach_backoff = {.first_ms = 1000, .max_ms = 5000};

int64_t target_failed(struct target_observed *observed, const char *target, const struct reason *why,
                      unsigned *failures)
{
    bool away = why->code == REASON_TARGET_UNREACHABLE;
    int64_t delay_ms = pause_next_ms(away ? &reach_backoff : &retry_backoff, failures);
    log_warn("supervisor.target", "a target is not as wanted; tried again", LF_STR("target", target), LF_REASON(why),
             LF_INT("retry_ms", delay_ms));
    observed->why = *why;
    snprintf(observed->waits_for, sizeof observed->waits_for, "another try; %.230s", why->text);
    return delay_ms;
}
