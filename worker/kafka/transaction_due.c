/* See transaction_due.h. */
#include "worker/kafka/transaction_due.h"

static struct mono latest(const struct transaction_state *state)
{
    bool behind = state->waiting >= TRANSACTION_BEHIND_MIN;

    return mono_after(state->begun, behind ? TRANSACTION_BEHIND_AGE_MS : TRANSACTION_AGE_MS);
}

static struct mono idle_until(const struct transaction_state *state)
{
    return mono_after(state->received_at, TRANSACTION_IDLE_MS);
}

bool transaction_is_due(const struct transaction_state *state, struct mono now, bool received)
{
    return state->bytes >= TRANSACTION_BYTES_MAX || mono_reached(now, latest(state)) ||
           (!received && mono_reached(now, idle_until(state)));
}

int64_t transaction_wait_ms(const struct transaction_state *state, struct mono now)
{
    int64_t idle_ms = mono_until(now, idle_until(state)), age_ms = mono_until(now, latest(state));

    return idle_ms < age_ms ? idle_ms : age_ms;
}
