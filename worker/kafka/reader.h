/* A reader without a group that shows what lies in a partition from an offset to its end, committed data only (K-10).
 *
 * Owned by the converge thread; one partition at a time. */
#pragma once

#include "worker/kafka/admin.h"

struct reader {
    struct client_owner owner;
    rd_kafka_t *rk; /* made on first use */
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *topic;
    int32_t partition;
    size_t stale; /* topics that it knows and that are gone */
    const struct json *credentials;
    struct worker_watch *watch;
};

enum reader_outcome {
    READER_END = 1,   /* nothing more is there now */
    READER_FAILED = 2 /* *why */
};
MUST_USE int reader_start(struct reader *reader, const char *topic, uint32_t partition, int64_t from,
                          struct reason *why);
/* 0 with a message owned by the caller. */
MUST_USE int reader_next(struct reader *reader, rd_kafka_message_t **ret, struct reason *why);
/* A topic that it has read is gone: after 1,000 of those a new handle is used (K-11). */
void reader_forget(struct reader *reader);
void reader_stop(struct reader *reader);
void reader_close(struct reader *reader);

/* Where each partition of range ends for this reader: before the first unfinished transaction. */
MUST_USE int reader_ends(struct reader *reader, const char *topic, struct admin_range range, int64_t *ret,
                         struct reason *why);
/* Data records from an offset on; counts READER_COUNT_MAX of them, past which the rest is estimated by offsets. */
#define READER_COUNT_MAX 5000
MUST_USE int reader_count(struct reader *reader, const char *topic, uint32_t partition, int64_t from, int64_t end,
                          uint64_t *ret, struct reason *why);
