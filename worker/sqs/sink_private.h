/* What the files of a sink share. Included by them only. */
#pragma once

#include "common/base/secret.h"
#include "worker/sqs/engine_private.h"
#include "worker/sqs/request.h"

enum copy_step { COPY_WHOLE, COPY_PLAIN }; /* plain: without what we add for the session */

struct copy {
    struct held *held;
    enum copy_kind kind;
    enum copy_step step;
    struct mono since;
    bool tried;         /* it was sent; even a refusal may be the answer to a repeat that libcurl made of it */
    bool unsure;        /* it may be in the queue already, as far as we know */
    struct pause pause; /* after SQS failed on it alone */
    size_t bytes;
    struct copy *prev, *next;
};

#define DEDUP_SIZE SHA256_TEXT_SIZE

/* What is sent for a copy to this queue; dedup holds the id that the entry points to. */
void entry_make(const struct sink *sink, const struct copy *copy, char dedup[DEDUP_SIZE], struct request_entry *ret);
/* Bytes that it counts for. */
size_t entry_bytes(const struct sink *sink, const struct copy *copy);

/* In front of what waits, in the order in which they were: they are not delivered yet. */
void copy_put_back(struct sink *sink, struct copy *copy);
/* SQS failed on this one and not on its batch: it waits by itself, and the others go on (C-13). */
void copy_put_off(struct sink *sink, struct copy *copy);
/* This queue refuses this message (C-8). Takes the copy over. */
void copy_refuse(struct sink *sink, struct copy *copy, const struct reason *why);
void copy_confirm(struct sink *sink, struct copy *copy);
/* It is not sent any more: the message is given back to its source, unless this is a mirror's. Takes the copy over. */
void copy_give_up(struct copy *copy);
/* It waited too long for this queue: told, and what comes next on the ladder (C-8). Takes the copy over. */
void copy_overdue(struct sink *sink, struct copy *copy);
