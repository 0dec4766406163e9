/* The controller's queue of dirty targets. Fails only for lack of memory; everything else becomes a retry. */
#include "supervisor/main/controller.h"

#include <stdlib.h>

#include "common/base/asleep.h"
#include "common/base/log.h"
#include "common/base/secret.h"
#include "supervisor/apply/apply.h"
#include "supervisor/apply/config_status.h"
#include "supervisor/main/controlled.h"
#include "supervisor/main/split_log.h"
#include "supervisor/split/reconcile.h"

#define COMPONENT "supervisor.split"
#define VIEW_BYTES_MAX (256u << 20)
#define TICK_MS 1000

struct controller {
    struct controller_config config;
    struct store_watch *watch;
    struct loop_work *work;
    struct loop_timer *timer;
    struct loop_timer *tick; /* so that a sleep is seen */
    struct asleep asleep;
    struct controlled_table targets;
    bool running;
    bool configs_dirty;           /* an input changed since the client configs were judged */
    bool acting;                  /* a plan is carried out */
    char doubt[REASON_TEXT_SIZE]; /* of the store, as all targets were looked at with it */
};

void controller_mark(struct controller *controller, const struct resource_key *key)
{
    struct controlled *target = NULL;
    int r = controlled_get(&controller->targets, key, &target);
    if (r < 0) {
        log_error(COMPONENT, "a target cannot be remembered; it is looked at with the next change", LF_ERR(r));
        return;
    }
    target->dirty = true;
    loop_work_schedule(controller->work);
}

void controller_mark_all(struct controller *controller)
{
    for (struct controlled *target = controller->targets.first; target; target = target->hh.next)
        target->dirty = true;
    loop_work_schedule(controller->work);
}

/* A finished session leaves a line, because its document is gone. */
static void tell_session_end(const struct resource_key *key, const struct json *document)
{
    const struct json *annotations = json_path(document, "metadata", "annotations", NULL);
    const char *end = json_text(json_get(annotations, "sluice.dev/end"));
    const char *phase = json_text(json_path(document, "status", "phase", NULL));
    bool over = strcmp(phase, "Ended") == 0 || strcmp(phase, "Failed") == 0;
    if (!over)
        log_info(COMPONENT, "a session was ended by its deletion", LF_STR("session", key->name),
                 LF_STR("namespace", key->namespace), LF_STR("reason", end[0] ? end : "Killed"));
}

/* Marking and deletion may both come between two looks at the target. */
static void note_session_end(struct controller *controller, const struct resource_key *target,
                             const struct json *document)
{
    const struct json *metadata = json_get(document, "metadata");
    const char *end = json_text(json_get(json_get(metadata, "annotations"), "sluice.dev/end"));
    struct controlled *found = controlled_find(&controller->targets, target);
    if (found)
        target_memory_end_session(&found->memory, json_text(json_get(metadata, "uid")), end);
}

static void on_store_change(void *context, enum store_change change, const struct resource_key *key,
                            const struct json *document)
{
    struct controller *controller = context;
    enum kind_role role = kind_row(key->kind)->role;
    struct resource_key target;
    if (controller->acting && (role == KIND_ROLE_INPUT || role == KIND_ROLE_TARGET))
        return; /* our own verdict about it */
    if (change == STORE_DELETED && key->kind == KIND_SPLIT_SESSION)
        tell_session_end(key, document);
    if (target_of_document(controller->config.source.home, document, key, &target) == 0) {
        if (change == STORE_DELETED && key->kind == KIND_SPLIT_SESSION)
            note_session_end(controller, &target, document);
        controller_mark(controller, &target);
    }
    if (role == KIND_ROLE_INPUT) {
        controller->configs_dirty = true;
        controller_mark_all(controller);
    }
}

static int act(struct controller *controller, struct plan *plan, enum action_type *ret_failed)
{
    controller->acting = true;
    int r = apply_plan(plan, controller->config.source.effects, ret_failed);
    controller->acting = false;
    return r;
}

/* What cannot be said now is said with the next change. */
static void judge_configs(struct controller *controller)
{
    enum action_type failed = ACTION_TARGET_SET;
    struct plan plan;
    if (!controller->configs_dirty)
        return;
    plan_init(&plan);
    int r = config_status_plan(&controller->config.source, wall_now_ms(), &plan);
    if (r == 0)
        r = act(controller, &plan, &failed);
    if (r < 0)
        log_error(COMPONENT, "client configs cannot be judged", LF_ERR(r));
    controller->configs_dirty = false;
    plan_deinit(&plan);
}

/* Once, and not with every pass. */
static void tell_held(const struct controlled *target, const struct reason *before)
{
    const struct reason *held = &target->memory.held;
    if (held->code == before->code && strcmp(held->text, before->text) == 0)
        return;
    if (held->code != REASON_NONE)
        log_error(COMPONENT, "a target is left as it is", LF_STR("target", target->text), LF_REASON(held));
    else
        log_info(COMPONENT, "all of a target is known again", LF_STR("target", target->text));
}

static int look(struct controller *controller, struct controlled *target, struct plan *plan)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(VIEW_BYTES_MAX);
    struct target_view view;
    enum action_type failed = ACTION_TARGET_SET;
    uint64_t random = 0;
    random_bytes(&random, sizeof random);
    int r = view_build(&controller->config.source, &target->key, mono_now(), wall_now_ms(), random, &arena, &view);
    const struct reason held = target->memory.held;
    if (r == 0)
        r = reconcile(&view, &target->memory, plan);
    tell_held(target, &held);
    split_log_changes(target->text, &target->memory);
    if (r < 0) {
        log_error(COMPONENT, "a target cannot be planned; tried again", LF_STR("target", target->text), LF_ERR(r));
        return r;
    }
    target->gone = !view.exists && !view.consumer && view.session_count == 0 && view.split_count == 0;
    r = act(controller, plan, &failed);
    if (r < 0)
        log_error(COMPONENT, "a plan cannot be carried out; it is made again", LF_STR("target", target->text),
                  LF_STR("action", action_type_name(failed)), LF_ERR(r));
    return r;
}

static bool is_writing(const struct controller *controller, const struct controlled *target)
{
    const struct controller_gate *gate = &controller->config.gate;
    return gate->is_writing && gate->is_writing(gate->context, &target->key);
}

/* Whether the plan was carried out is known only when its writes are over. */
static void work_on(struct controller *controller, struct controlled *target)
{
    struct plan plan;
    target->dirty = false;
    plan_init(&plan);
    if (look(controller, target, &plan) < 0) {
        controlled_rest(target, mono_now());
    } else {
        target->failures = is_writing(controller, target) ? target->failures : 0;
        target->wake = plan.wake;
    }
    plan_deinit(&plan);
}

void controller_wrote(struct controller *controller, const struct resource_key *key, bool done)
{
    struct controlled *target = NULL;
    if (controlled_get(&controller->targets, key, &target) < 0)
        return; /* no memory; the next change comes */
    if (done)
        target->failures = 0;
    else
        controlled_rest(target, mono_now());
    target->dirty = true;
    loop_work_schedule(controller->work);
}

static bool may_look(const struct controller *controller, const struct controlled *target)
{
    const struct controller_gate *gate = &controller->config.gate;
    return !controlled_is_resting(target, mono_now()) && !is_writing(controller, target) &&
           (!gate->may_look || gate->may_look(gate->context, &target->key));
}

static void arm_timer(struct controller *controller)
{
    struct mono now = mono_now(), first = controlled_next_wake(&controller->targets, now);
    if (mono_is_set(first))
        loop_timer_start(controller->timer, mono_until(now, first));
    else
        loop_timer_stop(controller->timer);
}

void controller_excuse(struct controller *controller, int64_t gap_ms)
{
    for (struct controlled *target = controller->targets.first; target; target = target->hh.next)
        target_memory_excuse(&target->memory, gap_ms);
}

/* Before anything is judged by a clock. */
static void look_for_sleep(struct controller *controller)
{
    int64_t gap_ms = asleep_look(&controller->asleep, mono_now());
    if (gap_ms == 0)
        return;
    log_info(COMPONENT, "nothing ran for a while; it counts against nobody", LF_INT("ms", gap_ms));
    controller_excuse(controller, gap_ms);
}

/* The store tells nobody: a manifest that is gone, or empty, changes no document, but what was kept for it may go on. */
static bool doubt_changed(struct controller *controller)
{
    const struct reason *doubt = store_inputs_doubt(controller->config.source.store);
    const char *text = doubt ? doubt->text : "";
    bool same = strcmp(text, controller->doubt) == 0;
    check(str_copy(controller->doubt, sizeof controller->doubt, str_of(text)) == 0);
    return !same;
}

static void on_tick(void *context)
{
    look_for_sleep(context);
    if (doubt_changed(context))
        controller_mark_all(context);
}

static void on_work(void *context)
{
    struct controller *controller = context;
    struct controlled *target, *next;
    if (!controller->running)
        return;
    look_for_sleep(controller);
    judge_configs(controller);
    HASH_ITER (hh, controller->targets.first, target, next) {
        if (!target->dirty || !may_look(controller, target))
            continue;
        work_on(controller, target);
        controlled_forget_gone(&controller->targets, target);
    }
    arm_timer(controller);
}

static void on_timer(void *context)
{
    struct controller *controller = context;
    controlled_wake(&controller->targets, mono_now());
    loop_work_schedule(controller->work);
}

int controller_new(const struct controller_config *config, struct controller **ret)
{
    struct controller *controller CLEANUP(controller_freep) = calloc(1, sizeof *controller);
    if (!controller)
        return -ENOMEM;
    controller->config = *config;
    int r = loop_work_new(config->loop, on_work, controller, &controller->work);
    if (r == 0)
        r = loop_timer_new(config->loop, on_timer, controller, &controller->timer);
    if (r == 0)
        r = loop_timer_new(config->loop, on_tick, controller, &controller->tick);
    if (r == 0)
        r = store_watch_new(config->source.store, on_store_change, controller, &controller->watch);
    if (r == 0)
        *ret = TAKE(controller);
    return r;
}

void controller_free(struct controller *controller)
{
    if (!controller)
        return;
    controlled_table_deinit(&controller->targets);
    store_watch_free(controller->watch);
    loop_timer_free(controller->timer);
    loop_timer_free(controller->tick);
    loop_work_free(controller->work);
    free(controller);
}

static void mark_document(void *context, const struct resource_key *key, const struct json *document)
{
    struct controller *controller = context;
    struct resource_key target;
    if (target_of_document(controller->config.source.home, document, key, &target) == 0)
        controller_mark(controller, &target);
}

void controller_run(struct controller *controller)
{
    controller->running = true;
    controller->configs_dirty = true;
    asleep_begin(&controller->asleep, mono_now());
    (void)doubt_changed(controller); /* all are looked at anyway */
    loop_timer_repeat(controller->tick, TICK_MS);
    store_each(controller->config.source.store, KIND_NONE, NULL, mark_document, controller);
    loop_work_schedule(controller->work);
}

void controller_stop(struct controller *controller) { controller->running = false; }
