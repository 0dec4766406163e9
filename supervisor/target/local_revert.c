/* Changes of environment files by somebody else while a service is patched (W-6): repaired a few times, then left alone until
 * it was quiet for a while, so that two tools do not fight over a file. Whether an instance was started from the changed file
 * is not known: it counts as one that is not patched until the restart of ours. */
#include "supervisor/target/local_target.h"

#include <stdio.h>

#include "common/base/log.h"

#define COMPONENT "supervisor.target"

void local_watch(struct local_target *target)
{
    bool patched = target->entry_count > 0 && (target->phase == LOCAL_DONE || target->phase == LOCAL_LEFT);
    if (patched && target->services->settled)
        loop_timer_start(target->timer, LOCAL_SERVICE_LOOK_MS);
}

/* Left as it is; the split is Degraded by this reason. */
static void leave(struct local_target *target, const struct reason *why)
{
    log_warn(COMPONENT, "a patch is reverted again and again; it is left so for a while",
             LF_STR("target", target->text), LF_REASON(why));
    target->observed.unpatched_gone = false;
    target->observed.patched_ready = 0;
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "%.200s", why->text);
    local_change(target, LOCAL_LEFT, TARGET_STATE_FAILED);
    local_watch(target);
}

static void on_revert(struct local_target *target, const struct local_content *content)
{
    bool repair = reverts_add(&target->reverts, mono_now());
    reason_set(&target->observed.why, REASON_TARGET_REVERTED, 0,
               "environment file %.300s was changed by somebody else, %u times by now",
               content->service.containers[0].env_file, target->reverts.count);
    if (!repair) {
        leave(target, &target->observed.why);
        return;
    }
    log_warn(COMPONENT, "a patch was reverted by somebody else; it is made again", LF_STR("target", target->text),
             LF_REASON(&target->observed.why));
    target->observed.unpatched_gone = false;
    local_restart(target, content);
}

static void judge(struct local_target *target, const struct local_content *content)
{
    bool in_place = local_content_in_place(content);
    bool left = target->phase == LOCAL_LEFT;
    if (!left && !in_place)
        on_revert(target, content);
    else if (left && (in_place || reverts_are_over(&target->reverts, mono_now())))
        local_restart(target, content); /* whatever runs was not started by us */
    else
        local_watch(target);
}

void local_look(struct local_target *target)
{
    struct local_content content;
    struct reason why;
    if (local_content_build(target, &content, &why) != 0) {
        local_watch(target); /* whoever wants something of the target finds out about that */
        return;
    }
    if (strcmp(content.hash, target->running_hash) == 0)
        judge(target, &content);
    else
        local_advance(target);
    local_content_deinit(&content);
}
