/* What a service's refusal says: its code and message, in whichever of the protocols' forms. Pure. */
#pragma once

#include "common/base/str.h"
#include <stdbool.h>

enum {
    AWS_CODE_SIZE = 128,
    AWS_MESSAGE_SIZE = 512,
    AWS_ERROR_BYTES_MAX = 64 << 10, /* what is longer is not read */
};

struct aws_error {
    char code[AWS_CODE_SIZE]; /* "QueueDoesNotExist", without namespace; "": not said */
    char message[AWS_MESSAGE_SIZE];
};

/* body: JSON ("__type" or "code", "message") or the query protocol's XML (Code, Message). query_error: the header
 * x-amzn-query-error ("AWS.SimpleQueueService.NonExistentQueue;Sender"), which counts where the body has no code; may be NULL.
 * Source: AWS JSON 1.0 protocol and AWS query protocol in the Smithy specification. */
void aws_error_read(struct str body, const char *query_error, struct aws_error *ret);
/* What the code of an error means to us; see error.def. */
enum aws_error_kind {
    AWS_ERROR_OTHER,
    AWS_ERROR_THROTTLED, /* ask again, later */
    AWS_ERROR_TRANSIENT, /* ask again */
    AWS_ERROR_SKEWED,    /* it may have been our clock */
    AWS_ERROR_EXPIRED,   /* other credentials may do */
};
enum aws_error_kind aws_error_kind_of(struct str code);
