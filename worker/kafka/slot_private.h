/* Shared by the slot's own files: slot_life.c (what others see), slot.c (thread, orders), slot_lane.c (partitions),
 * slot_forward.c (one message), slot_show.c (who is shown it), slot_pump.c (batches, transactions), slot_recover.c (what went wrong), slot_refusal.c (what
 * is refused). All but the locked part is the thread's own. */
#pragma once

#include "common/base/mono.h"
#include "worker/kafka/admin.h"
#include "worker/kafka/override.h"
#include "worker/kafka/sink.h"
#include "worker/kafka/slot.h"
#include "worker/kafka/transaction_due.h"
#include "worker/route/scratch.h"
#include "worker/runtime/look.h"

#define SLOT_BATCH_MAX 2000
#define SLOT_IN_FLIGHT_BYTES_MAX (8u << 20) /* bodies on their way to delivery reports (C-13) */
#define SLOT_IN_FLIGHT_MAX 16000            /* and how many: the library adds about 1 KiB to each */
#define SLOT_WAIT_MS 100                    /* of an idle receiver */
#define SLOT_SETTLE_MS 50                   /* after a transaction the broker may still write its markers */
#define SLOT_REFUSED_RETRY_MS 2000          /* of a record that the fallback refuses */
#define SLOT_DESTINATION_RETRY_MS 30000     /* of a session's queue that refuses everything */
#define SLOT_SUSPECT_STEP_MS 3000           /* between two queues of which one refuses */
#define SLOT_BACKOFF_MAX_MS 5000
#define SLOT_TROUBLE_ATTEMPTS 5    /* in a row without success: told (C-8), after about 1 s */
#define SLOT_TROUBLE_OVER_MS 10000 /* of receiving without another failure */

/* One partition of the original. */
struct lane {
    int32_t partition;
    bool positioned; /* next is what the broker says */
    bool receiving;
    int64_t next;         /* offset to be received next */
    int64_t produced;     /* next offset after what the open transaction holds; -1: holds nothing of it */
    struct mono retry_at; /* its next record is refused everywhere; set: wait until then */
};

/* A queue that messages go to. */
struct destination {
    rd_kafka_topic_t *topic;   /* NULL: not ready, goes to the fallback */
    const char *name;          /* borrowed from the order's table */
    struct mono refused_until; /* it refuses everything; set: the condition about it stands */
    bool suspect;              /* copies of a mirror went there while the one that refuses is looked for */
};

/* What the broker may hold: the last known commit, and the one that is under way. */
struct slot_committed {
    int64_t low, high;
};

struct slot_count { /* of a session, since the last commit */
    uint32_t delivered, mirrored;
};

struct slot {
    struct client_owner owner; /* of the source handle; first */
    struct slot_setup setup;
    pthread_t thread;
    struct worker_watch *watch;
    const struct look_gate *look_gate;
    char transactional_id[SPEC_TRANSACTIONAL_ID_SIZE];

    pthread_mutex_t mutex; /* guards from here ... */
    pthread_cond_t woken;
    struct order *wanted;
    bool ending;
    struct slot_status status;
    struct slot_committed *committed; /* per lane */
    uint32_t committed_count;         /* ... to here */
    uint64_t forgiven;                /* of the order whose offsets were accepted last */

    struct order *order; /* in force */
    rd_kafka_t *source;
    rd_kafka_topic_t *source_topic;
    rd_kafka_queue_t *queue;
    struct admin admin;
    struct sink sink;
    bool started;    /* the order in force is being forwarded */
    bool unresolved; /* no instance was opened since the start or since one was given up: what is committed is open */
    struct lane *lanes;
    uint32_t lane_count;
    struct destination *destinations; /* per temp of the order's table */
    struct destination *fallback;     /* one of them, or NULL */
    struct slot_count *counts;        /* per session of the order's table */
    uint32_t *touched;
    size_t touched_count;
    struct figures figures; /* since the last commit */
    struct route_scratch *scratch;
    struct overrides overrides;
    size_t bytes; /* of the open transaction */
    struct mono received_at;
    struct mono single_until; /* one destination per transaction, to find the one that refuses */
    const struct destination
        *bare; /* until a transaction for this one shows who is at fault, copies of mirrors are left out;
                                       NULL: they are not */
    const struct destination *only;
    struct mono recommit_at;
    struct mono kick_at;
    uint32_t attempts;                               /* failed in a row */
    struct mono failed_at;                           /* the last of them */
    struct reason blocked;                           /* by what */
    bool refusal_told;                               /* the condition about refused records stands */
    struct route_header headers[RECORD_HEADERS_MAX]; /* of the message at hand */
    int64_t
        oldest_wall_ms; /* when the first message of the open transaction was sent, as the broker has it; <= 0: not known */
    struct mono lag_at; /* next look at how far it is behind */
    rd_kafka_message_t *batch[SLOT_BATCH_MAX];
};

/* Outcomes of all steps below: 0, an enum sink_outcome, or -ENOMEM; handled by slot_recover alone. */
#define SLOT_LANE_LOST 10 /* a partition must be positioned again */

/* slot_lane.c */
MUST_USE int slot_lanes_fit(struct slot *slot, uint32_t partitions);
void slot_lanes_bound(struct slot *slot, const struct order *order);     /* from where on positions are ours (K-9) */
MUST_USE int slot_lanes_position(struct slot *slot, struct reason *why); /* the sink is open */
void slot_lanes_receive(struct slot *slot); /* starts and stops as the order and the retry times say */
void slot_lanes_stop(struct slot *slot);
void slot_lanes_forget(struct slot *slot); /* stops; positions must be read again */
struct lane *slot_lane(struct slot *slot, int32_t partition);
/* Messages that the partitions hold beyond what was received, as of the last answers of the brokers; FIGURE_UNKNOWN. */
uint64_t slot_lanes_lag(const struct slot *slot);
/* slot_destination.c */
MUST_USE int slot_sink_ensure(struct slot *slot, struct reason *why);
MUST_USE int slot_destinations_fit(struct slot *slot, const struct worker_table *table);
MUST_USE int slot_destinations_open(struct slot *slot);
void slot_sink_retire(struct slot *slot); /* one that knows too many topics that are gone (K-11) */
/* slot_forward.c */
MUST_USE int slot_forward(struct slot *slot, struct record *record);
/* The queue of a session as far as it takes messages now, else NULL. */
struct destination *slot_session_destination(struct slot *slot, uint32_t session, struct mono now);
/* slot_show.c: for people who look; the decision was just made with the slot's headers and scratch. */
void slot_show(struct slot *slot, const struct record *record, size_t header_count,
               const struct route_decision *decision, bool routed);
/* slot_pump.c */
MUST_USE int slot_pump(struct slot *slot);
MUST_USE int slot_commit(struct slot *slot);
/* slot_recover.c */
void slot_recover(struct slot *slot, int outcome, const struct reason *why);
/* slot_refusal.c */
struct destination *slot_destination_named(struct slot *slot, const char *topic);
void slot_destination_refuse(struct slot *slot, struct destination *destination);
void slot_record_refuse(struct slot *slot, const struct sink_failure *failure);
void slot_refusals_settle(struct slot *slot);
/* Mirrors whose copies were in the void transactions for one destination: one of them may be at fault instead of it. */
bool slot_any_suspect(const struct slot *slot);
void slot_suspects_acquit(struct slot *slot);
void slot_suspects_settle(struct slot *slot); /* a transaction was committed: so its destination is not at fault */
/* slot_recover.c */
/* Notes why the step at hand fails, to be told if it goes on failing. */
void slot_blocked(struct slot *slot, rd_kafka_resp_err_t error, const struct errors_context *doing);
void slot_succeeded(struct slot *slot); /* what failed in a row is over */
/* slot.c */
void *slot_run(void *opaque);                                   /* the thread; opaque is the slot */
void slot_trouble(struct slot *slot, const struct reason *why); /* NULL: none */
void slot_pause(struct slot *slot, uint32_t wait_ms);           /* until a new order, the end, or the time */
