/* Restores that come no further. A controller does not give up an old pod for a new one that never gets ready, even where the old one
 * never was either: then an instance with our entries would stay for ever, and with it every temporary queue. */
#include "supervisor/target/kube_target.h"

#define STUCK_DEFAULT_MS 60000

static void on_timer(void *context)
{
    struct kube_target *target = context;
    target->stuck = true;
    loop_work_schedule(target->work);
}

int kube_stuck_new(struct kube_target *target)
{
    return loop_timer_new(target->targets->config.loop, on_timer, target, &target->stuck_timer);
}

void kube_stuck_later(struct kube_target *target)
{
    int64_t limit_ms = target->wanted.restart_timeout_ms;
    target->stuck = false;
    loop_timer_start(target->stuck_timer, limit_ms > 0 ? limit_ms : STUCK_DEFAULT_MS);
}

void kube_progress(struct kube_target *target)
{
    target->observed.progress++;
    kube_stuck_later(target);
}

/* Revisions of a StatefulSet own no pods. */
bool kube_is_stuck(const struct kube_target *target)
{
    return target->stuck && target->phase == KUBE_ROLLING && target->document && !kube_wants_patched(target) &&
           kube_has_past(target) && target->key.kind != KIND_STATEFUL_SET;
}
