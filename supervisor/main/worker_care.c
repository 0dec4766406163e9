/* See worker_care.h. Fails never. */
#include "supervisor/main/worker_care.h"

void worker_care_changed(struct controller *controller, const struct store *store, enum target_home home,
                         const char *worker)
{
    struct resource_key target;
    if (world_target_of(store, home, worker, &target) == 0)
        controller_mark(controller, &target);
    else
        controller_mark_all(controller);
}

static bool has_record(void *context, const char *worker)
{
    const struct store *store = context;
    struct resource_key target;
    return world_target_of(store, TARGETS_CLUSTER, worker, &target) != WORLD_NO_RECORD; /* whatever its target is */
}

void worker_care_sweep(struct controller *controller, const struct store *store, struct fleet *fleet)
{
    void *context = (void *)(uintptr_t)store; /* is only read */
    fleet_sweep(fleet, has_record, context);
    fleet_logs_sweep(fleet, has_record, context);
    controller_mark_all(controller);
}
