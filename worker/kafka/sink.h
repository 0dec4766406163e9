/* One transactional producer instance and the transaction that is open in it.
 *
 * Owned and used by one thread. An instance whose outcome became uncertain is never used again (K-6): it is closed, and
 * a new one with the same id finds out at the broker what holds. */
#pragma once

#include "common/base/mono.h"
#include "worker/kafka/client.h"
#include "worker/kafka/errors.h"
#include "worker/kafka/record.h"
#include "worker/runtime/engine.h"

#define SINK_TRANSACTION_MS 10000 /* transaction.timeout.ms (K-7) */
#define SINK_CALL_MS 9000
#define SINK_FAILURES_MAX 4096
#define SINK_TOPICS_STALE_MAX 1000 /* K-11 */

/* A record that a destination refused. */
struct sink_failure {
    int32_t partition; /* of the original */
    int64_t offset;
    rd_kafka_resp_err_t error;
    const char *topic; /* the destination's name, owned by the sink */
};

struct sink_topic;
struct sink {
    struct client_owner owner;
    rd_kafka_t *rk;
    struct worker_watch *watch;
    struct sink_topic *topics; /* uthash by name */
    uint64_t in_flight;        /* copies that are produced and not reported */
    size_t in_flight_bytes;
    bool open;                      /* a transaction is */
    struct mono begun;              /* the open one */
    struct mono ended;              /* the last one; unset at first */
    bool failed;                    /* a copy of the open transaction was refused: it must be voided */
    rd_kafka_resp_err_t last_error; /* of a call about the open transaction */
    size_t failure_count;
    struct sink_failure failures[SINK_FAILURES_MAX];
};

enum sink_outcome {
    SINK_VOID = 1,    /* the transaction is or must be aborted; the instance is good */
    SINK_UNKNOWN = 2, /* what the broker holds is uncertain: close, open again, read what is committed */
    SINK_FENCED = 3,  /* another incarnation has the id */
    SINK_FAILED = 4   /* *why says why it could not be opened; try again later */
};

/* Takes the transactional id over: aborts what is open under it and fences its former owner. */
MUST_USE int sink_open(struct sink *sink, const struct json *credentials, const char *transactional_id,
                       struct client_health *health, struct worker_watch *watch, struct reason *why);
/* Drops what is in flight; bounded. Safe on a sink that was never opened. */
void sink_close(struct sink *sink);
static inline bool sink_is_open(const struct sink *sink) { return sink->rk != NULL; }

/* The handle of a destination, made on first use; -ENOMEM. New ones are known to the library after sink_prime, else the
 * first message waits for up to a second. */
MUST_USE int sink_topic(struct sink *sink, const char *name, rd_kafka_topic_t **ret);
void sink_prime(struct sink *sink);
size_t sink_topic_count(const struct sink *sink);

/* A position to be committed with the transaction. */
struct sink_offsets {
    const char *group;
    rd_kafka_topic_partition_list_t *list;
};
/* settle: positions that hold already; committing them again makes the library wait just as long as the broker still
 * completes the transaction before, where producing at once would be put off for 20 ms. NULL: do not wait.
 * 0, SINK_VOID, SINK_UNKNOWN, SINK_FENCED. */
MUST_USE int sink_begin(struct sink *sink, const struct sink_offsets *settle);
/* Sends a copy of record to a partition; headers (may be NULL) are taken over in any case. 0 or SINK_VOID: not taken,
 * noted as failure. */
MUST_USE int sink_produce(struct sink *sink, rd_kafka_topic_t *topic, int32_t partition, struct record *record,
                          rd_kafka_headers_t *headers);
/* Serves delivery reports, waiting up to wait_ms for the first. */
void sink_serve(struct sink *sink, int wait_ms);
/* Waits for all reports, adds the positions and commits: 0 means durable (C-1). SINK_VOID, SINK_UNKNOWN, SINK_FENCED. */
MUST_USE int sink_commit(struct sink *sink, const struct sink_offsets *offsets);
/* Why the open transaction cannot be committed, when only delivery reports have shown it; RD_KAFKA_RESP_ERR_NO_ERROR. */
rd_kafka_resp_err_t sink_transaction_error(struct sink *sink);
/* 0: nothing of the transaction will be seen by read_committed consumers. SINK_UNKNOWN, SINK_FENCED. */
MUST_USE int sink_abort(struct sink *sink);
