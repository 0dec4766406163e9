/* The Kafka family of workers: what main.c gives to the runtime. */
#pragma once

#include "worker/runtime/engine.h"

extern const struct worker_engine_ops kafka_engine_ops;
