/* The temporary topics of the split, as far as this process has seen and made them.
 *
 * Owned by the converge thread. Creates, grows, positions and deletes; emptying is leftovers.c. */
#pragma once

#include "common/loop/pause.h"
#include "worker/kafka/emptying.h"
#include "worker/kafka/temp_step.h"
#include "worker/runtime/filter_health.h"
#include "worker/runtime/table.h"
#include <uthash.h>

struct converge;

struct temp {
    char name[250];
    const struct worker_temp *wanted; /* in the table in force; NULL while syncing */
    bool seen;                        /* existed while we looked, in this process */
    bool fresh;                       /* we made it, and nobody can have read it yet */
    bool deleted;                     /* we deleted it; the cluster may show it for a moment longer */
    bool ungrouped;                   /* its own group is gone, or was given up */
    bool emptied;                     /* proven */
    bool read;                        /* the reader knows it */
    bool routed;                      /* was ready once: messages go there and nowhere else */
    struct filter_health health;      /* of its session */
    char session[65];                 /* uid; "" for the fallback */
    uint32_t positioned;              /* partitions whose group has an offset */
    struct emptying emptying;
    struct mono recommit_at;   /* K-9; unset: not positioned yet */
    struct mono recheck_at;    /* offsets that are missing are looked for again; unset: none were */
    bool rechecked;            /* and what is missing then is gone */
    struct mono grouped_since; /* its group was seen with members though the topic is gone; unset: not seen */
    struct mono created_at;    /* the cluster shows it a moment later */
    struct mono refused_until; /* it takes no leftovers of others; unset: it does */
    struct pause pause;        /* after a step that failed, or that is not worth repeating at once */
    UT_hash_handle hh;
};

void temp_free(struct temp *temp);
/* Makes the list fit the table in force: keeps what stays, forgets what is no longer named. -ENOMEM. */
MUST_USE int temps_sync(struct converge *converge);
/* One step for each temp that needs one; *ret_busy: something is under way, look again soon. -ENOMEM. */
MUST_USE int temps_turn(struct converge *converge, bool *ret_busy);
struct temp *temps_find(const struct converge *converge, const char *name);
/* Whether messages may be sent there: it is there, whole and positioned. */
bool temp_ready(const struct converge *converge, const struct temp *temp);
/* Whether it was tried for a while, and is told as failed. */
bool temp_is_failing(const struct temp *temp);
/* The same for the first partitions of a topic that may still be growing. */
bool temp_covers(const struct converge *converge, const struct temp *temp, uint32_t partitions);
/* Whether what has been sent to may wait for it, while it grows or is made again: not for one that fails on and on. */
bool temp_awaited(const struct converge *converge, const struct temp *temp, uint32_t partitions);
/* Whether it was there before us or is growing, and will soon cover these: they are not received until then. */
bool temp_settling(const struct converge *converge, const struct temp *temp, uint32_t partitions);
