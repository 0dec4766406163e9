/* The harness drives this engine. */
#include "tests/component/engine/harness.h"
#include "worker/kafka/engine.h"

const struct worker_engine_ops *const harness_ops = &kafka_engine_ops;
