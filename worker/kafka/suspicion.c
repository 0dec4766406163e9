/* See the header. */
#include "worker/kafka/suspicion.h"

#include "worker/kafka/admin.h"

static bool known(const struct suspicion_offset *offset)
{
    return offset->low >= 0 && offset->high >= 0 && offset->seen != ADMIN_OFFSET_UNSTABLE;
}

enum suspicion_sign suspicion_judge(const struct suspicion_offset *offset)
{
    int64_t resumed = offset->seen > offset->log_start ? offset->seen : offset->log_start;

    if (!known(offset) || (offset->seen >= offset->low && offset->seen <= offset->high))
        return SUSPICION_SIGN_NONE;
    /* A log that ends before what we have forwarded of it is another one: the topic was made again. */
    if (offset->seen > offset->high || offset->low > offset->log_end)
        return SUSPICION_SIGN_STRANGE;
    if (resumed < offset->low)
        return SUSPICION_SIGN_BEHIND;
    return offset->seen < 0 ? SUSPICION_SIGN_MISSING : SUSPICION_SIGN_NONE;
}

bool suspicion_doubts(const struct suspicion *suspicion, struct mono now)
{
    return mono_is_set(suspicion->doubted_at) &&
           !mono_reached(now, mono_after(suspicion->doubted_at, SUSPICION_PATIENCE_MS));
}

bool suspicion_believe(struct suspicion *suspicion, enum suspicion_sign sign, struct mono now)
{
    suspicion->strikes = sign == SUSPICION_SIGN_NONE ? 0 : suspicion->strikes + 1;
    if (suspicion->strikes < SUSPICION_STRIKES)
        return false;
    return sign != SUSPICION_SIGN_BEHIND || !suspicion_doubts(suspicion, now);
}
