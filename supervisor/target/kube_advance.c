/* The machine of one workload, moved at the end of the loop's turn by what its watches, its calls and its timer brought. Fails never:
 * what cannot be done is observed as FAILED and tried again. */
#include "common/base/log.h"
#include "supervisor/target/kube_target.h"
#include <stdio.h>

#define COMPONENT "supervisor.target"

static enum target_state state_of(const struct kube_target *target)
{
    switch (target->phase) {
    case KUBE_IDLE:
        return TARGET_STATE_UNKNOWN;
    case KUBE_WRITING:
    case KUBE_ROLLING:
    case KUBE_CONFIRMING:
    case KUBE_CLEANING:
        return TARGET_STATE_ROLLING;
    case KUBE_DONE:
        return TARGET_STATE_READY;
    case KUBE_RETRYING:
    case KUBE_LEFT:
        return TARGET_STATE_FAILED;
    }
    return TARGET_STATE_UNKNOWN;
}

void kube_change(struct kube_target *target, enum kube_phase phase)
{
    target->phase = phase;
    target->observed.state = state_of(target);
    loop_work_schedule(target->work);
}

void kube_retry(struct kube_target *target, const struct reason *why)
{
    int64_t delay_ms = target_failed(&target->observed, target->text, why, &target->failures);
    kube_clean_free(TAKE(target->clean));
    kube_scalers_free(TAKE(target->scalers));
    kube_timer_start(target, delay_ms);
    kube_change(target, KUBE_RETRYING);
}

void kube_target_call(struct kube_target *target, const struct kube_call_spec *spec)
{
    const struct kube_targets_config *config = &target->targets->config;
    struct reason why;
    bool may = strcmp(spec->method, "GET") == 0 || config->may_write(config->context);
    int r = may ? kube_client_call(config->client, spec, &target->call) : -EPERM;
    if (r == 0)
        return;
    target->call = NULL;
    reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "the API server cannot be asked: %s",
               may ? strerror(-r) : "this operator does not lead any more");
    kube_retry(target, &why);
}

void kube_done(struct kube_target *target)
{
    struct target_observed *observed = &target->observed;
    target->failures = target->conflicts = target->clean_tries = 0;
    observed->unpatched_gone = true;
    observed->waits_for[0] = '\0';
    observed->why = (struct reason){.code = REASON_NONE};
    if (target->wanted.entry_count == 0)
        json_free(TAKE(target->marks));
    log_info(COMPONENT, "a workload runs as wanted", LF_STR("target", target->text),
             LF_INT("entries", target->wanted.entry_count));
    kube_change(target, KUBE_DONE);
}

/* --- what somebody else does --- */

static void leave(struct kube_target *target)
{
    log_warn(COMPONENT, "a patch is reverted again and again; it is left so for a while",
             LF_STR("target", target->text), LF_REASON(&target->observed.why));
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "%.250s", target->observed.why.text);
    target->observed.patched_ready = 0;
    kube_timer_start(target, REVERT_QUIET_MS);
    kube_change(target, KUBE_LEFT);
}

static void begin_write(struct kube_target *target)
{
    kube_change(target, KUBE_WRITING);
    kube_scalers_point(target, kube_write);
}

static void on_revert(struct kube_target *target)
{
    bool repair = reverts_add(&target->reverts, mono_now());
    target->observed.unpatched_gone = false;
    reason_set(&target->observed.why, REASON_TARGET_REVERTED, 0,
               "%.200s: the patch was taken back by somebody else, %u times by now; for Argo CD set "
               "ignoreDifferences.managedFieldsManagers: [sluice], for Flux leave the field out of what it applies",
               target->text, target->reverts.count);
    if (!repair) {
        leave(target);
        return;
    }
    log_warn(COMPONENT, "a patch was reverted by somebody else; it is made again", LF_STR("target", target->text),
             LF_REASON(&target->observed.why));
    begin_write(target);
}

/* --- what is wanted --- */

enum need { NEED_NOTHING, NEED_ANNOTATION, NEED_PATCH };

/* What is in force is the best that is known of the originals. */
static int learn(struct kube_target *target, struct patch *patch)
{
    if (patch->template_changes || !patch->origins)
        return 0;
    json_free(target->origins);
    target->origins = TAKE(patch->origins);
    return kube_marks_keep(target, target->origins);
}

static int look_at_document(struct kube_target *target, enum need *ret, struct reason *why)
{
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    int r = kube_patch_build(target, &patch, why);
    if (r == 0)
        *ret = !patch.operations ? NEED_NOTHING : patch.template_changes ? NEED_PATCH : NEED_ANNOTATION;
    return r ? r : learn(target, &patch);
}

static bool was_in_force(const struct kube_target *target)
{
    return target->phase == KUBE_ROLLING || target->phase == KUBE_DONE;
}

static void change_document(struct kube_target *target, enum need need)
{
    if (target->phase == KUBE_LEFT && !reverts_are_over(&target->reverts, mono_now()))
        return;
    if (need == NEED_PATCH && was_in_force(target) && target->wanted.entry_count > 0)
        on_revert(target);
    else
        begin_write(target);
}

static void look_at_rollout(struct kube_target *target)
{
    if (target->phase == KUBE_IDLE || target->phase == KUBE_LEFT || target->phase == KUBE_RETRYING) {
        target->best = (struct kube_progress){.others = UINT32_MAX};
        kube_timer_stop(target);
        kube_change(target, KUBE_ROLLING);
    }
    bool settled = kube_look_at_pods(target);
    if (target->phase == KUBE_ROLLING && !kube_wants_patched(target) && !kube_has_past(target))
        kube_done(target); /* nothing of ours was ever on it */
    else if (settled && target->phase == KUBE_ROLLING && !target->timer_runs)
        kube_confirm(target);
    else if (!settled && target->phase == KUBE_DONE)
        kube_change(target, KUBE_ROLLING);
    else if (!settled && kube_is_stuck(target))
        kube_clean(target);
}

/* It is gone, and with it what there was to restore; its pods may go later, and that they are gone is proven like any rollout. */
static void look_at_what_is_left(struct kube_target *target)
{
    bool ours = target->wanted.entry_count > 0 || kube_has_past(target);
    bool settled = !target->pods || kube_look_at_pods(target);
    bool proven = settled && (!ours || !target->pods || target->phase == KUBE_DONE);
    enum kube_phase rest = ours ? KUBE_DONE : KUBE_IDLE;
    target->observed.held = !proven;
    if (proven && target->phase != rest)
        kube_change(target, rest);
    else if (!proven && target->phase != KUBE_ROLLING)
        kube_change(target, KUBE_ROLLING);
    else if (!proven && settled && !target->timer_runs)
        kube_confirm(target);
}

/* Somebody takes the annotation away again and again: what it says is remembered, and stands in the record of the split. */
static bool is_left_off(struct kube_target *target)
{
    if (!was_in_force(target) || target->wanted.entry_count == 0)
        return false;
    if (target->losses.count > REVERTS_MAX && !reverts_are_over(&target->losses, mono_now()))
        return true;
    return !reverts_add(&target->losses, mono_now());
}

static void act(struct kube_target *target)
{
    struct reason why;
    enum need need = NEED_NOTHING;
    if (!target->document) {
        look_at_what_is_left(target);
        return;
    }
    target->observed.held = false;
    if (strcmp(target->wanted.uid, target->uid) != 0)
        return; /* meant for an object that is no more: what is wanted of this one is said in a moment */
    int r = look_at_document(target, &need, &why);
    if (r < 0)
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its patch cannot be built: %s", strerror(-r));
    if (r != 0)
        kube_retry(target, &why);
    else if (need == NEED_NOTHING || (need == NEED_ANNOTATION && is_left_off(target)))
        look_at_rollout(target);
    else
        change_document(target, need);
}

static bool same_words(const struct target_observed *a, const struct target_observed *b)
{
    return strcmp(a->waits_for, b->waits_for) == 0 && a->why.code == b->why.code &&
           strcmp(a->why.text, b->why.text) == 0 && strcmp(a->uid, b->uid) == 0 &&
           strcmp(a->entries_hash, b->entries_hash) == 0;
}

static bool is_told(const struct target_observed *a, const struct target_observed *b)
{
    return a->exists == b->exists && a->unread == b->unread && a->held == b->held && a->state == b->state &&
           a->unpatched_gone == b->unpatched_gone && a->patched_ready == b->patched_ready &&
           a->unpatched_staying == b->unpatched_staying && a->scaled_to_zero == b->scaled_to_zero &&
           a->progress == b->progress && same_words(a, b);
}

static void say_unread(struct kube_target *target)
{
    const struct reason *trouble = kube_cache_trouble(target->workload);
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "the target to be read%s%.200s",
             trouble ? ": " : "", trouble ? trouble->text : "");
}

static void tell(struct kube_target *target)
{
    struct target_observed *observed = &target->observed;
    const struct kube_targets_config *config = &target->targets->config;
    observed->exists = target->document != NULL;
    observed->unread = !kube_is_read(target);
    if (observed->unread && !target->wanted_known)
        say_unread(target);
    memcpy(observed->uid, target->uid, sizeof observed->uid);
    if (is_told(observed, &target->told))
        return;
    target->told = *observed;
    config->on_change(config->context, &target->key);
}

static bool is_of_use(const struct kube_target *target)
{
    bool patched = target->document && patch_is_on(target->document);
    return target->concerned || target->call || patched || target->observed.held ||
           (target->wanted_known && target->wanted.entry_count > 0);
}

void kube_advance(void *context)
{
    struct kube_target *target = context;
    if (!is_of_use(target)) {
        kube_target_forget(target);
        return;
    }
    kube_follow(target);
    bool waits =
        target->call || target->clean || target->scalers || (target->phase == KUBE_RETRYING && target->timer_runs);
    if (target->wanted_known && !target->targets->stopped && !waits && kube_is_read(target))
        act(target);
    tell(target);
}
