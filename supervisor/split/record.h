/* The write-ahead record: QueueSplit.spec as typed values, and the documents that change it.
 *
 * Whatever is made outside (temporary queues, patched entries) stands here before it is made; whatever stands here is undone
 * from here. Pure; strings live in the arena or in the document. */
#pragma once

#include "common/base/arena.h"
#include "common/model/resource.h"
#include "supervisor/split/entry_value.h"
#include "supervisor/split/original.h"
#include "supervisor/split/phase.h"
#include "supervisor/worker_link/wanted_table.h"
#include <stddef.h>
#include <stdint.h>

#define SPLIT_FINALIZER "sluice.dev/split"

struct split_temp {
    const char *name;
    enum worker_temp_role role;
    const char *session;     /* name of the session; "" for the fallback */
    const char *session_uid; /* "" for the fallback */
    const char *group;
    bool mirror; /* it holds copies: they are not handed on when its session ends */
    const char
        *stamp; /* session key header of what is sent there, known beyond the session's end; "" or NULL: none */
};

/* One patched entry; original is the W-1 record, kept as it was written. */
struct split_entry {
    const char *container;
    const char *variable;
    const char *temporary; /* the whole value that the variable gets, as far as this split goes */
    const struct json *original;
    const char *base; /* the whole value as it was, where at speaks of it; else "" */
    const size_t *at; /* where the original's name stands in it; none: the value is the name */
    size_t at_count;
};

struct split_record {
    struct resource_key key;
    const struct json *document; /* borrowed */
    const char *uid;
    const char *target_kind, *target_name, *target_uid;
    struct original original;
    const char *client_config;
    const char *url;              /* SQS: of the original, where a variable has it; "" */
    bool sns;                     /* SQS: filters look into the envelope */
    const struct queue_tag *tags; /* SQS: of its temporary queues */
    size_t tag_count;
    const char *resource_hash; /* of the declaration that the split began with */
    const char *const *ids;    /* NULL-terminated */
    struct split_settings settings;
    const struct split_entry *entries;
    size_t entry_count;
    const struct split_temp *temps;
    size_t temp_count;
    const struct wanted_position *positions;
    size_t position_count;
    bool positions_recorded;
    enum split_phase phase; /* status.phase */
    bool has_status;
    int64_t since_ms;     /* status.since, wall clock; 0 */
    struct reason broken; /* Failed: why it could not be provisioned; REASON_NONE: nobody wanted it any more */
    bool
        released; /* Restoring: the worker let go of the broker; from then on the target gets its own environment back */
    bool
        returning; /* Restoring: nobody is left who would consume the fallback; its leftovers go back to the original */
    bool deleting; /* metadata.deletionTimestamp */
};

/* Where the original stands in the value of an entry of the record. */
struct entry_place split_entry_place(const struct split_record *record, const struct split_entry *entry);

enum record_outcome { RECORD_REFUSED = 1 };
/* RECORD_REFUSED: not a record that this program wrote; *why names the field. */
MUST_USE int split_record_decode(const struct json *document, struct arena *arena, struct split_record *ret,
                                 struct reason *why);
/* Adds the fallback in every place where the original's name stands in the value of that variable. Fails as entry_value_add. */
MUST_USE int split_record_add(const struct split_record *record, struct entry_value *value);
/* Its entries are in force, or were (the phases of state.def stand in the order of a life). */
bool split_record_has_entries(const struct split_record *record);
const struct split_temp *split_record_fallback(const struct split_record *record);
/* The temp of a session, or NULL. */
const struct split_temp *split_record_temp_of(const struct split_record *record, const char *session_uid);

/* Its entries as a driver of targets knows them: record->entry_count of them into ret, borrowed from the record. */
struct target_entry;
void split_record_entries(const struct split_record *record, struct target_entry *ret);

/* "keep", "return" or "discard", as records and specifications of workers say it. */
const char *split_leftovers_word(enum leftovers leftovers);

/* A new record as a document; everything of *record but uid, status and document is used. */
MUST_USE int split_record_encode(const struct split_record *record, struct json **ret);
/* Copies of the present document with one thing changed; each keeps the resourceVersion, so that a change that happened
 * meanwhile is a conflict. */
MUST_USE int split_record_with_temp(const struct split_record *record, const struct split_temp *temp,
                                    struct json **ret);
MUST_USE int split_record_without_temp(const struct split_record *record, const char *name, struct json **ret);
MUST_USE int split_record_with_positions(const struct split_record *record, const struct wanted_position *positions,
                                         size_t count, struct json **ret);
/* Ours in the document of a record; those of others are theirs to take away. */
bool split_record_has_finalizer(const struct json *document);
MUST_USE int split_record_without_finalizer(const struct json *document, struct json **ret);
