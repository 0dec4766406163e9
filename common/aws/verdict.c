/* What to do about the end of one try. */
#include "common/aws/verdict.h"

static enum aws_verdict without_answer(int error, bool repeatable)
{
    switch (error) {
    case -ECONNREFUSED: /* there was no connection: nothing was sent */
    case -EHOSTUNREACH:
    case -ENETUNREACH:
        return AWS_VERDICT_TRANSIENT;
    case -ECONNRESET:
    case -EPROTO:
    case -ETIMEDOUT:
        return repeatable ? AWS_VERDICT_LOST : AWS_VERDICT_TELL;
    default: /* its own limits, or a certificate that is not believed: it would be the same again */
        return AWS_VERDICT_TELL;
    }
}

enum aws_verdict aws_verdict_of(const struct aws_try *end)
{
    if (end->error)
        return without_answer(end->error, end->repeatable);
    if (end->status / 100 == 2)
        return AWS_VERDICT_TELL;
    switch (end->kind) {
    case AWS_ERROR_THROTTLED:
        return AWS_VERDICT_THROTTLED;
    case AWS_ERROR_TRANSIENT:
        return AWS_VERDICT_TRANSIENT;
    case AWS_ERROR_SKEWED:
        return AWS_VERDICT_SKEWED;
    case AWS_ERROR_EXPIRED:
        return AWS_VERDICT_EXPIRED;
    case AWS_ERROR_OTHER:
        break;
    }
    if (end->status == 429)
        return AWS_VERDICT_THROTTLED;
    return end->status >= 500 ? AWS_VERDICT_TRANSIENT : AWS_VERDICT_TELL;
}
