/* The temporary queues of the split, as far as this process has seen and made them.
 *
 * Level-triggered: each turn takes whatever step is next for a queue, one call at a time; a failure is told, and tried again with
 * growing pauses. What is seen counts, not what was answered before (C-11). */
#pragma once

#include "common/loop/pause.h"
#include "worker/runtime/filter_health.h"
#include "worker/runtime/table.h"
#include "worker/sqs/proof.h"
#include "worker/sqs/sink.h"
#include "worker/sqs/source.h"
#include "worker/sqs/temp_step.h"
#include <uthash.h>

#define TEMP_WITHOUT_MAX 13     /* all attributes that can be given up, and the end of the list */
#define TEMP_NAME_FREE_MS 60000 /* until SQS gives a deleted queue's name away again */

struct temp {
    char name[SQS_NAME_SIZE];
    const struct worker_temp
        *wanted; /* in the table in force; NULL: no longer named, freed once nothing is on its way */
    struct sink sink;
    struct source source;  /* of its leftovers; engine NULL: not begun */
    struct sqs_call *call; /* on its way; NULL: none */
    bool seen;             /* it was looked for */
    bool exists;
    bool elsewhere;         /* in another account than the original, where the application does not look for it */
    unsigned good;          /* looks since it was made that found it */
    bool used;              /* messages may have gone there */
    struct mono gone_since; /* SQS says that there is none; unset: it does not */
    unsigned gone_times;    /* in a row */
    struct mono created_at;
    struct mono free_at; /* its name may be used again */
    struct proof_counts counts;
    struct proof proof;
    struct mono looked_at;
    bool emptied; /* proven, or given up as the setting says */
    bool right_told;
    struct mono hold_until; /* FIFO: the original waits for its leftovers until then (C-4); unset: not begun */
    bool broken;            /* and did not get them in time: told */
    bool beside_told;       /* another queue's leftovers are handed on at the same time: told */
    uint64_t moved;         /* leftovers that were handed on */
    bool tags_told;         /* that some of the original's are left out */
    const char *without[TEMP_WITHOUT_MAX]; /* attributes that SQS refused, NULL-terminated */
    struct json *attributes;               /* of the creation on its way */
    struct pause pause;                    /* after a step that failed */
    struct filter_health health;           /* of its session */
    UT_hash_handle hh;
};

struct engine;
struct temp *temps_find(const struct engine *engine, const char *name);
/* Makes the list fit the table in force. -ENOMEM. */
MUST_USE int temps_sync(struct engine *engine);
/* One step for each that needs one. Milliseconds until the next is due. */
int64_t temps_turn(struct engine *engine);
/* Cancels and frees all. */
void temps_deinit(struct engine *engine);
/* It is there, and SQS shows it everywhere. */
bool temp_is_ready(const struct temp *temp);
/* It was ready, and SQS says that there is no such queue: perhaps only at this moment. */
bool temp_is_doubted(const struct temp *temp);
/* Whether it was tried for a while, and is told as failed. */
static inline bool temp_is_failing(const struct temp *temp) { return temp->pause.failures >= 5; }
struct temp *temp_of_source(struct source *source);
/* FIFO: the original must not be received until this queue's leftovers are in front of what follows (C-4). */
bool leftovers_hold(const struct temp *temp);
