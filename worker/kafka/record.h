/* A message of the original on its way, until every copy of it is reported delivered.
 *
 * Reference counted within one thread. A large payload is borrowed by its copies instead of copied, and keeps the memory
 * of a whole fetch with it; a small one is copied, because what it would keep is many times its size. Whoever holds
 * records bounds them by bytes. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include "worker/route/decide.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct record {
    rd_kafka_message_t *message; /* owned; NULL after record_done when nothing borrows from it */
    int64_t offset;
    int32_t partition; /* of the original, like the offset */
    uint32_t refs;
    size_t bytes;  /* counted against what may be on its way */
    bool borrowed; /* a copy on its way points into the message */
};

#define RECORD_OVERHEAD_BYTES \
    128 /* so that empty ones count; what the library adds is bounded by how many there are */
#define RECORD_COPY_MAX_BYTES 1024 /* payloads up to here are copied */

#define RECORD_HEADERS_MAX 1024 /* more are not looked at by filters; all are forwarded */

/* Takes the message over, also when it fails with -ENOMEM. */
MUST_USE int record_new_take(rd_kafka_message_t *message, struct record **ret);
struct record *record_ref(struct record *record);
void record_unref(struct record *record);
/* Drops the reference of whoever took the message over: no further copy will be made. */
void record_done(struct record *record);

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
/* Whether we have added the stamp: it is the last header, the only one of its name, and holds exactly this value. */
bool record_headers_stamped(const rd_kafka_headers_t *headers, const char *stamp);
/* Takes it off again if it is so. headers may be NULL. */
void record_headers_unstamp(rd_kafka_headers_t *headers, const char *stamp);
