/* The harness drives this engine. */
#include "tests/component/engine/harness.h"
#include "worker/sqs/engine.h"

const struct worker_engine_ops *const harness_ops = &sqs_engine_ops;
