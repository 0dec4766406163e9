/* What an error of the broker or the library means to a person, in our own words (S-4).
 *
 * Pure. */
#pragma once

#include "common/base/reason.h"
#include <librdkafka/rdkafka.h>

/* What was tried, and the right that it takes: "cannot <doing>: ...; allow <operation> on <resource> <name>". */
struct errors_context {
    const char *doing;     /* "create the topic x" is doing = "create", resource = "topic", name = "x" */
    const char *operation; /* of the ACL: "Create", "Read", ... */
    const char *resource;  /* "topic", "group", "transactional id", "cluster" */
    const char *name;
};

/* Fills *why and returns outcome. */
int errors_reason(rd_kafka_resp_err_t error, const struct errors_context *context, int outcome, struct reason *why);

/* What a destination's refusal of a record means (K-16, C-8). */
enum errors_refusal {
    ERRORS_REFUSAL_TRANSIENT,   /* nothing to do with the record: try all again */
    ERRORS_REFUSAL_RECORD,      /* this record, as it is, will never be taken there */
    ERRORS_REFUSAL_DESTINATION, /* nothing will be taken there for now */
    ERRORS_REFUSAL_LOST         /* the destination is gone */
};
enum errors_refusal errors_refusal(rd_kafka_resp_err_t error);
/* Not a record, a right or a topic, but the broker itself: silent, or on its way back. One that answers and is only busy with
 * something else (BrokerBusy) has lost nothing that it had loaded. */
bool errors_of_broker(rd_kafka_resp_err_t error);
