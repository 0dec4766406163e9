/* The executable that splits Kafka topics: the runtime of all workers with the Kafka engine. */
#include "worker/kafka/engine.h"

int main(void) { return worker_main(&kafka_engine_ops); }
