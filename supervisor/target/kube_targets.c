/* The map of targets, and the door to them. Fails only for lack of memory. */
#include "supervisor/target/kube_targets.h"

#include "common/base/log.h"
#include "supervisor/target/kube_target.h"
#include <stdlib.h>

#define COMPONENT "supervisor.target"

static void dirty_all(void *context)
{
    struct kube_targets *targets = context;
    for (struct kube_target *target = targets->targets; target; target = target->hh.next)
        loop_work_schedule(target->work);
}

int kube_targets_new(const struct kube_targets_config *config, struct kube_targets **ret)
{
    struct kube_targets *targets CLEANUP(kube_targets_freep) = calloc(1, sizeof *targets);
    const struct kube_watch_spec retired = {.resource = kube_resource_of(KIND_CONFIG_MAP),
                                            .namespace = config->operator_namespace,
                                            .name = KUBE_RETIRED_NAME};
    if (!targets)
        return -ENOMEM;
    targets->config = *config;
    int r = kube_cache_new(config->client, &retired, dirty_all, targets, &targets->retired);
    if (r == 0)
        *ret = TAKE(targets);
    return r;
}

static void target_free(struct kube_target *target)
{
    kube_call_cancel(target->call);
    kube_clean_free(target->clean);
    kube_scalers_free(target->scalers);
    json_free(target->listed_sets);
    kube_follow_end(target);
    kube_wanted_deinit(target);
    loop_timer_free(target->timer);
    loop_timer_free(target->stuck_timer);
    loop_work_free(target->work);
    free(target);
}

void kube_target_forget(struct kube_target *target)
{
    HASH_DEL(target->targets->targets, target);
    target_free(target);
}

void kube_targets_free(struct kube_targets *targets)
{
    struct kube_target *target, *next;
    if (!targets)
        return;
    HASH_ITER (hh, targets->targets, target, next)
        kube_target_forget(target);
    kube_cache_free(targets->retired);
    free(targets);
}

static void on_timer(void *context)
{
    struct kube_target *target = context;
    target->timer_runs = false;
    if (target->phase == KUBE_RETRYING)
        kube_change(target, KUBE_IDLE);
    loop_work_schedule(target->work);
}

void kube_timer_start(struct kube_target *target, int64_t delay_ms)
{
    target->timer_runs = true;
    loop_timer_start(target->timer, delay_ms);
}

void kube_timer_stop(struct kube_target *target)
{
    target->timer_runs = false;
    loop_timer_stop(target->timer);
}

static struct kube_target *find(const struct kube_targets *targets, const struct resource_key *key)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct kube_target *target = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(targets->targets, text, target);
    return target;
}

static int add(struct kube_targets *targets, const struct resource_key *key, struct kube_target **ret)
{
    struct kube_target *target = calloc(1, sizeof *target);
    if (!target)
        return -ENOMEM;
    *target = (struct kube_target){.key = *key, .targets = targets};
    target->wanted_arena = ARENA_INIT(KUBE_WANTED_BYTES_MAX);
    target->observed.unread = target->told.unread = true;
    resource_key_text(key, target->text);
    int r = loop_timer_new(targets->config.loop, on_timer, target, &target->timer);
    if (r == 0)
        r = loop_work_new(targets->config.loop, kube_advance, target, &target->work);
    if (r == 0)
        r = kube_stuck_new(target);
    if (r == 0)
        r = kube_follow_begin(target);
    if (r < 0) {
        target_free(target);
        return r;
    }
    HASH_ADD_STR(targets->targets, text, target);
    *ret = target;
    return 0;
}

static int get(struct kube_targets *targets, const struct resource_key *key, struct kube_target **ret)
{
    *ret = find(targets, key);
    return *ret ? 0 : add(targets, key, ret);
}

/* Everything that is observed speaks of other entries: it begins anew. */
static void begin(struct kube_target *target)
{
    struct target_observed *observed = &target->observed;
    memcpy(observed->entries_hash, target->wanted_hash, sizeof observed->entries_hash);
    observed->unpatched_gone = false;
    observed->patched_ready = 0;
    observed->why = (struct reason){.code = REASON_NONE};
    observed->waits_for[0] = '\0';
    target->failures = target->conflicts = target->clean_tries = 0;
    kube_timer_stop(target);
    target->reverts = target->losses = (struct reverts){.count = 0};
    kube_clean_free(TAKE(target->clean));
    kube_scalers_free(TAKE(target->scalers));
    kube_call_cancel(TAKE(target->call)); /* a patch on its way is seen, done or not, in the fresh document */
    kube_change(target, KUBE_IDLE);
}

int kube_targets_set(struct kube_targets *targets, const struct target_wanted *wanted)
{
    struct kube_target *target = NULL;
    char hash[65];
    int r = get(targets, &wanted->key, &target);
    if (r < 0)
        return r;
    target_entries_hash(wanted->entries, wanted->entry_count, hash);
    bool same = target->wanted_known && strcmp(hash, target->wanted_hash) == 0 &&
                strcmp(wanted->uid, target->wanted.uid) == 0;
    r = kube_want(target, wanted);
    if (r == 0 && !same)
        begin(target);
    return r;
}

void kube_targets_observe(struct kube_targets *targets, const struct resource_key *key, bool concerned,
                          struct target_observed *ret)
{
    struct kube_target *target = find(targets, key);
    int r = !target && concerned ? add(targets, key, &target) : 0;
    if (r < 0)
        log_error(COMPONENT, "a target cannot be watched; tried again when somebody speaks of it", LF_ERR(r),
                  LF_STR("name", key->name));
    *ret = (struct target_observed){.state = TARGET_STATE_UNKNOWN, .unread = true};
    if (!target)
        return;
    if (target->concerned != concerned)
        loop_work_schedule(target->work);
    target->concerned = concerned;
    *ret = target->observed;
}

void kube_targets_stop(struct kube_targets *targets) { targets->stopped = true; }
