/* What to do about the end of one try of a call. Pure. */
#pragma once

#include "common/aws/answer.h"

enum aws_verdict {
    AWS_VERDICT_TELL,      /* it is over, well or not */
    AWS_VERDICT_THROTTLED, /* repeat, later */
    AWS_VERDICT_TRANSIENT, /* repeat: 5xx, or it was never sent */
    AWS_VERDICT_LOST,      /* repeat: it may have been done */
    AWS_VERDICT_SKEWED,    /* repeat if the clock was wrong */
    AWS_VERDICT_EXPIRED,   /* repeat if there are other keys */
};

struct aws_try {
    int error; /* as http_result.error */
    unsigned status;
    enum aws_error_kind kind; /* of an answer that is not 2xx */
    bool repeatable;
};
enum aws_verdict aws_verdict_of(const struct aws_try *end);
