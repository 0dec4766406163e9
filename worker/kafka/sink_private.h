/* Shared by sink.c and sink_transaction.c alone. */
#pragma once

#include "worker/kafka/sink.h"

/* Notes a refused copy. */
void sink_fail(struct sink *sink, const struct record *record, const char *topic, rd_kafka_resp_err_t error);
