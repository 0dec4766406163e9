/* A message of the original on its way: held, payload and all, until every copy of it is reported delivered.
 *
 * Reference counted within one thread. Producing borrows the payload instead of copying it, so the memory of a whole
 * fetch is kept by the slowest message in it: whoever holds records bounds them by bytes. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include "worker/route/decide.h"
#include <librdkafka/rdkafka.h>
#include <stdint.h>

struct record {
    rd_kafka_message_t *message; /* owned */
    uint32_t refs;
};

#define RECORD_OVERHEAD_BYTES 1024 /* about what the library holds for a small message on its way besides the body */

/* What it takes of memory while it is held, about. */
static inline size_t record_bytes(const struct record *record)
{
    return record->message->len + record->message->key_len + RECORD_OVERHEAD_BYTES;
}

#define RECORD_HEADERS_MAX 1024 /* more are not looked at by filters; all are forwarded */

/* Takes the message over, also when it fails with -ENOMEM. */
MUST_USE int record_new_take(rd_kafka_message_t *message, struct record **ret);
struct record *record_ref(struct record *record);
void record_unref(struct record *record);

/* The headers as filters see them, borrowed from the message; returns how many. */
size_t record_view(const rd_kafka_message_t *message, struct route_header *views, size_t views_max);

#define RECORD_STAMP_HEADER "mirrord-key"
enum record_headers {
    RECORD_HEADERS_DETACH, /* the message gives its own away: for the last copy */
    RECORD_HEADERS_COPY
};
/* Headers for a copy, with the stamp at the end unless it is "" or there is one already (C-16). NULL when there are
 * none. Owned by the caller until a producer took them. */
rd_kafka_headers_t *record_headers(rd_kafka_message_t *message, enum record_headers how, const char *stamp);
/* Adds the stamp to headers (may be NULL) under the same conditions; returns them. */
rd_kafka_headers_t *record_headers_stamp(rd_kafka_headers_t *headers, const char *stamp);
/* Takes the stamp off again if it is the last header and holds exactly this value. */
void record_headers_unstamp(rd_kafka_headers_t *headers, const char *stamp);
