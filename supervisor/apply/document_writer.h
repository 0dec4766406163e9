/* Writes of own kinds and of status to an API server, in order for each target, and their answers into the store.
 *
 * Owns what is still to be written. An effect only queues: one write of a target is on its way at a time, the next follows when it
 * was answered, and what is left of a plan is dropped once one of its writes was not done. While a target has writes, its view is
 * not what the plan leads to, so nobody should look at it: document_writer_busy says so, and on_written that it is over. */
#pragma once

#include "common/base/cleanup.h"
#include "common/kube/client.h"
#include "supervisor/apply/effects.h"
#include "supervisor/apply/target_of.h"
#include "supervisor/store/store.h"

#define DOCUMENT_WRITES_MAX 4096 /* of one target, queued */

enum written {
    WRITTEN_ALL,
    WRITTEN_STALE, /* one met another state than it was decided by; the watch tells, and the plan is to be made again */
    WRITTEN_FAILED /* the log says why */
};

struct document_writer_config {
    struct kube_client *client;
    struct store *store; /* mirrors the API server */
    /* Asked before each write: false drops what is queued, for it is another's turn. */
    bool (*may_write)(void *context);
    /* Nothing of the target is on its way any more. */
    void (*on_written)(void *context, const struct resource_key *target, enum written written);
    void *context;
};

struct document_writer;
/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int document_writer_new(const struct document_writer_config *config, struct document_writer **ret);
/* What is on its way may still arrive. */
void document_writer_free(struct document_writer *writer);
DEFINE_CLEANUP(struct document_writer, document_writer)
/* Borrows the writer. Documents that speak of no target are refused with -EINVAL. */
struct document_effects document_writer_effects(struct document_writer *writer);
bool document_writer_busy(const struct document_writer *writer, const struct resource_key *target);
/* No write is on its way or queued. */
bool document_writer_is_idle(const struct document_writer *writer);
