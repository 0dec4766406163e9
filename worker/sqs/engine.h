/* The SQS engine, for the executable and for its tests. */
#pragma once

#include "worker/runtime/engine.h"

extern const struct worker_engine_ops sqs_engine_ops;
