/* One workload on its way to what is wanted. Internal to supervisor/target. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/target/kube_cache.h"
#include "supervisor/target/kube_targets.h"
#include "supervisor/target/patch.h"
#include "supervisor/target/pod_judge.h"
#include "supervisor/target/revert.h"
#include <uthash.h>

#define KUBE_WANTED_BYTES_MAX (4u << 20)
#define KUBE_CONFLICTS_MAX 5       /* in a row; then it is tried again later */
#define KUBE_CLEAN_TRIES_MAX 30    /* until nothing uses an old revision any more */
#define KUBE_CONFIRM_AGAIN_MS 2000 /* where a fresh list knew more than the watch */
#define KUBE_CONFIG_MAPS_MAX 64

enum kube_phase {
    KUBE_IDLE,       /* nothing wanted yet, or its document is not known */
    KUBE_WRITING,    /* read afresh and patched */
    KUBE_ROLLING,    /* the document is as wanted, and the pods follow */
    KUBE_CONFIRMING, /* they seem to have followed: listed afresh */
    KUBE_CLEANING,   /* restored: what could bring our values back is taken away (W-9) */
    KUBE_DONE,
    KUBE_RETRYING, /* waits for its retry */
    KUBE_LEFT      /* somebody else reverted it too often */
};

/* A ConfigMap that its containers name, mirrored into the store. */
struct kube_config_map {
    struct resource_key key;
    struct kube_cache *cache;
    bool named; /* by the present document */
    struct kube_config_map *next;
};

/* The furthest that the pods got; only what goes beyond is progress. */
struct kube_progress {
    uint32_t scheduled, started, ready, others;
};

struct kube_target {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct resource_key key;
    struct kube_targets *targets;
    bool concerned;

    bool wanted_known;
    struct arena wanted_arena;
    struct target_wanted wanted;   /* lives in the arena */
    struct json *wanted_originals; /* of its entries */
    char wanted_hash[65];

    struct kube_cache *workload, *pods, *sets;
    struct kube_config_map *config_maps;
    bool maps_left_out;          /* not all of them could be followed, and it was said */
    char *selector;              /* of pods and sets */
    const struct json *document; /* packed; the newest that is known; NULL: it does not exist, or is not read yet */
    char uid[UID_SIZE];          /* of the document, also once it is gone */
    struct json *origins;        /* of what is patched, as the annotation has them */
    struct json *marks;          /* origins of what was patched and is not proven gone; W-9 */

    enum kube_phase phase;
    struct kube_call *call;
    unsigned conflicts, failures;
    struct reverts reverts;
    struct reverts losses; /* of the annotation */
    struct kube_progress best;
    struct kube_clean *clean;
    struct kube_scalers *scalers;
    unsigned clean_tries;
    struct json *listed_sets; /* of a confirmation on its way */
    struct loop_timer *timer; /* retry, or a further look */
    bool timer_runs;
    struct loop_timer *stuck_timer;
    bool stuck; /* no progress for as long as a rollout may make none */
    struct loop_work *work;
    struct target_observed observed, told;
    UT_hash_handle hh;
};

struct kube_targets {
    struct kube_targets_config config;
    struct kube_target *targets;
    struct kube_cache *retired; /* the ConfigMap of W-9 */
    bool stopped;
};

/* kube_targets.c */
void kube_target_forget(struct kube_target *target);
void kube_timer_start(struct kube_target *target, int64_t delay_ms);
void kube_timer_stop(struct kube_target *target);

/* kube_wanted.c */
MUST_USE int kube_want(struct kube_target *target, const struct target_wanted *wanted);
void kube_wanted_deinit(struct kube_target *target);
/* What pods are judged by, in the arena. patched: they should have the wanted entries; else they should have nothing that was
 * ever written. */
MUST_USE int kube_marks(const struct kube_target *target, bool patched, struct arena *arena, struct pod_mark **ret,
                        size_t *ret_count);
/* Pods should be patched: something is wanted, and the workload is there. */
bool kube_wants_patched(const struct kube_target *target);
/* Is there anything that its pods must not have? */
bool kube_has_past(const struct kube_target *target);
/* Before the last trace of them goes from the document, what was written is remembered. */
MUST_USE int kube_marks_keep(struct kube_target *target, const struct json *origins);

/* kube_follow.c: watches, the document, the store. */
MUST_USE int kube_follow_begin(struct kube_target *target);
/* Takes over what the watches have, and follows what the document names. */
void kube_follow(struct kube_target *target);
void kube_follow_end(struct kube_target *target);
/* Keeps a copy of a document that a watch or an answer brought, unless the present one is newer. */
void kube_document_learn(struct kube_target *target, const struct json *document);
bool kube_is_read(const struct kube_target *target);

/* A watch of the target's, whose news makes it dirty. */
MUST_USE int kube_follow_resource(struct kube_target *target, struct kube_resource resource, const char *name,
                                  const char *selector, struct kube_cache **ret);
uint64_t kube_version_of(const struct json *document); /* 0: it says none */

/* kube_config_maps.c. document: as it is without our patch, so that what is patched over stays known. */
void kube_config_maps_follow(struct kube_target *target, const struct json *document);
void kube_config_maps_publish(struct kube_target *target);
bool kube_config_maps_are_read(const struct kube_target *target);
void kube_config_maps_end(struct kube_target *target);

/* kube_judge.c */
MUST_USE int kube_judge_pods(const struct kube_target *target, const struct json *const *pods, size_t pod_count,
                             const struct json *const *sets, size_t set_count, struct pods_judged *ret);
/* From the caches to what is observed. True: it seems to be as wanted. */
bool kube_look_at_pods(struct kube_target *target);

/* kube_stuck.c */
MUST_USE int kube_stuck_new(struct kube_target *target);
/* One step forward. */
void kube_progress(struct kube_target *target);
/* What could be done was done: it counts anew. */
void kube_stuck_later(struct kube_target *target);
/* The document is restored, and pods of ours stay all the same. */
bool kube_is_stuck(const struct kube_target *target);

/* kube_advance.c: the machine. */
void kube_advance(void *context);
void kube_change(struct kube_target *target, enum kube_phase phase);
void kube_retry(struct kube_target *target, const struct reason *why);
void kube_done(struct kube_target *target);

/* kube_write.c, kube_confirm.c, kube_clean.c: each begins a call; its end comes back to the machine. */
void kube_write(struct kube_target *target);
/* From the document that is known. PATCH_REFUSED with *why, or < 0. */
MUST_USE int kube_patch_build(const struct kube_target *target, struct patch *ret, struct reason *why);
void kube_confirm(struct kube_target *target);
void kube_clean(struct kube_target *target);
struct kube_clean {
    struct json *revisions; /* to be deleted: name, uid, resourceVersion */
    size_t next;
    char used[NAME_SIZE]; /* one that holds our values and is used still; "" */
    bool stuck;           /* the restore comes no further */
};
void kube_clean_free(struct kube_clean *clean);
/* A request of it; done gets the target. */
void kube_clean_call(struct kube_target *target, const char *method, const struct kube_path *parts,
                     enum kube_content content, const struct json *body, kube_done_fn *done);
/* What it may not do, it goes on without; everything else, also while our credentials are refused, is tried again: false. what: "its revisions cannot be listed". */
bool kube_clean_may_go_on(struct kube_target *target, const struct kube_answer *answer, const char *what);
/* kube_revisions.c: after the names. */
void kube_revisions_clean(struct kube_target *target);
/* kube_scalers.c: points the autoscalers to what is wanted (C-19), then what comes next. */
typedef void kube_next_fn(struct kube_target *target);
void kube_scalers_point(struct kube_target *target, kube_next_fn *then);
void kube_scalers_free(struct kube_scalers *scalers);
/* Makes a call of the target's; on failure to begin it is retried. */
void kube_target_call(struct kube_target *target, const struct kube_call_spec *spec);
