/* What reconcile wants done: a list of actions in order, and when to look again. Pure values.
 *
 * A plan owns its documents until apply takes them; everything else lives in its arena. */
#pragma once

#include "common/base/arena.h"
#include "common/base/mono.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include "supervisor/target/target.h"
#include "supervisor/worker_link/wanted_table.h"

#define PLAN_BYTES_MAX (64u << 20)

enum action_type {
    ACTION_DOCUMENT_CREATE,
    ACTION_DOCUMENT_UPDATE,
    ACTION_DOCUMENT_STATUS,
    ACTION_DOCUMENT_DELETE,
    ACTION_WORKER_START,
    ACTION_WORKER_TABLE,
    ACTION_WORKER_STOP,
    ACTION_TARGET_SET
};

struct action {
    enum action_type type;
    struct json *document;    /* DOCUMENT_CREATE, _UPDATE, _STATUS: owned */
    struct resource_key key;  /* DOCUMENT_DELETE */
    const char *worker;       /* WORKER_*: id */
    struct json *spec;        /* WORKER_START: owned */
    struct json *credentials; /* WORKER_START: owned */
    struct wanted_table table;
    struct target_wanted target;
    struct action *next;
};

struct plan {
    struct arena arena;
    struct action *first, *last;
    size_t count;
    struct mono wake; /* look again then, whatever happens; unset: only when something changes */
};

void plan_init(struct plan *plan);
void plan_deinit(struct plan *plan);
/* Each appends one action; documents are taken also on failure. */
MUST_USE int plan_document(struct plan *plan, enum action_type type, struct json *document_take);
MUST_USE int plan_delete(struct plan *plan, const struct resource_key *key);
MUST_USE int plan_worker_start(struct plan *plan, const char *worker, struct json *spec_take,
                               struct json *credentials_take);
MUST_USE int plan_worker_table(struct plan *plan, const char *worker, const struct wanted_table *table);
MUST_USE int plan_worker_stop(struct plan *plan, const char *worker);
MUST_USE int plan_target(struct plan *plan, const struct target_wanted *wanted);
/* Looks again at the earliest of all times given. */
void plan_wake(struct plan *plan, struct mono at);
