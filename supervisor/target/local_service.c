/* The driver of LocalServices: takes what is wanted and what the guardian tells to the entries. Fails only for lack of
 * memory, or when a state file cannot be read. */
#include "supervisor/target/local_service.h"

#include "common/base/log.h"
#include "supervisor/target/local_target.h"

#define COMPONENT "supervisor.target"

void local_services_on_child(struct local_services *services, const struct guardian_child *child)
{
    /* From the table: a command of an earlier supervisor; its end is waited for before another is started. */
    int r = local_command_remember(services, child->split, child->incarnation);
    if (r < 0)
        log_warn(COMPONENT,
                 "a command cannot be remembered, ignored: another may run beside it, which they allow for",
                 LF_STR("command", child->split), LF_ERR(r));
}

static void ended(struct local_services *services, const struct guardian_child *child, int wait_status,
                  int start_error)
{
    struct reason why;
    if (!local_command_forget(services, child->split, child->incarnation))
        return;
    struct local_target *target = local_target_of_command(services, child->split);
    if (!target)
        return;
    local_command_words(target, child->split, wait_status, start_error, &why);
    local_command_ended(target, child->split, &why);
}

void local_services_on_exit(struct local_services *services, const struct guardian_child *child, int wait_status)
{
    ended(services, child, wait_status, 0);
}

void local_services_on_start_failed(struct local_services *services, const struct guardian_child *child, int error)
{
    ended(services, child, 0, error);
}

void local_services_on_table_end(struct local_services *services)
{
    services->settled = true;
    for (struct local_target *target = services->targets; target; target = target->hh.next)
        local_advance(target);
}

void local_services_stop(struct local_services *services)
{
    services->settled = false;
    for (struct local_target *target = services->targets; target; target = target->hh.next)
        loop_timer_stop(target->timer);
}

int local_services_new(const struct local_services_config *config, struct local_services **ret)
{
    struct local_services *services = calloc(1, sizeof *services);
    if (!services)
        return -ENOMEM;
    services->config = *config;
    *ret = services;
    return 0;
}

void local_services_free(struct local_services *services)
{
    struct local_target *target, *next_target;
    struct running_command *command, *next_command;
    if (!services)
        return;
    HASH_ITER (hh, services->targets, target, next_target) {
        HASH_DEL(services->targets, target);
        local_target_free(target);
    }
    HASH_ITER (hh, services->running, command, next_command) {
        HASH_DEL(services->running, command);
        free(command);
    }
    free(services);
}

int local_services_set(struct local_services *services, const struct target_wanted *wanted)
{
    struct local_target *target = NULL;
    int r = local_target_get(services, &wanted->key, &target);
    if (r == 0)
        r = local_target_want(target, wanted);
    if (r < 0)
        return r;
    if (!local_is_on_its_way(target))
        local_advance(target);
    return 0;
}

void local_services_observe(struct local_services *services, const struct resource_key *key,
                            struct target_observed *ret)
{
    bool exists = store_get(services->config.store, key) != NULL;
    const struct local_target *held = exists ? NULL : local_target_held(services, key);
    const struct local_target *target = held ? held : local_target_find(services, key);
    *ret = target ? target->observed : (struct target_observed){.state = TARGET_STATE_UNKNOWN};
    ret->exists = exists;
    ret->held = held != NULL;
    if (target)
        memcpy(ret->uid, target->uid, sizeof ret->uid);
}
