/* What an error of SQS means, and how it is told. Pure. */
#pragma once

#include "worker/sqs/api.h"

enum sqs_outcome error_outcome(const struct aws_result *result);
/* Words for an outcome but SQS_DONE. */
void error_reason(enum sqs_outcome outcome, enum sqs_action action, const char *queue,
                  const struct aws_result *result, struct reason *ret);
