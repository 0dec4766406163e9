/* The executable that splits SQS queues: the runtime of all workers with the SQS engine. */
#include "worker/sqs/engine.h"

int main(void) { return worker_main(&sqs_engine_ops); }
