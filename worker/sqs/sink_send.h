/* A batch on its way to a queue. Included by the sink's files only. */
#pragma once

#include "worker/sqs/sink_private.h"

struct flight {
    struct sink *sink;
    struct copy *copies[REQUEST_BATCH_MAX];
    unsigned count;
};

/* The answer to a batch; takes the flight over. */
void sink_answered(void *context, struct sqs_answer *answer);
/* It cannot be sent in one piece; takes the flight over. */
void sink_too_long(struct flight *flight);
