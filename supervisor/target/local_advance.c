/* The machine of one LocalService, moved by what is wanted, by ends of commands and by a timer.
 *
 * A restart is: state file emptied, environment files written, restart command, ready command until it succeeds, state file
 * written. Wherever the process dies in between, the emptied state file leads to another restart. Fails never: what cannot
 * be done is observed as FAILED and tried again. */
#include "supervisor/target/local_target.h"

#include <stdio.h>

#include "common/base/log.h"

#define COMPONENT "supervisor.target"

void local_change(struct local_target *target, enum local_phase phase, enum target_state state)
{
    /* A restart that fails again and again comes no further: then it is no progress, and its deadline passes. */
    if (phase > target->furthest) {
        target->furthest = phase;
        target->observed.progress++;
    }
    target->phase = phase;
    target->observed.state = state;
    target->services->config.on_change(target->services->config.context, &target->key);
}

static void rolling(struct local_target *target, enum local_phase phase, const char *waits_for)
{
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "%s", waits_for);
    if (phase == LOCAL_POLLING)
        target->observed.unpatched_gone = true;
    target->observed.patched_ready = 0;
    local_change(target, phase, TARGET_STATE_ROLLING);
}

static void try_again_later(struct local_target *target, const struct reason *why)
{
    int64_t delay_ms = target_failed(&target->observed, target->text, why, &target->failures);
    loop_timer_start(target->timer, delay_ms);
    local_change(target, LOCAL_IDLE, TARGET_STATE_FAILED);
}

/* One that is declared no more, and whose commands fail: it was taken away as a whole. */
static bool give_up(struct local_target *target, const struct reason *why)
{
    if (store_get(target->services->config.store, &target->key) ||
        target->failures + 1 < LOCAL_SERVICE_GONE_TRIES_MAX)
        return false;
    log_error(COMPONENT, "a service that is declared no more cannot be restored; it is left as it is",
              LF_STR("target", target->text), LF_REASON(why));
    json_free(TAKE(target->own));
    if (local_state_save(target, "") < 0)
        log_warn(COMPONENT, "the state of a service cannot be written", LF_STR("target", target->text));
    local_change(target, LOCAL_IDLE, TARGET_STATE_UNKNOWN);
    return true;
}

static void fail(struct local_target *target, const struct reason *why)
{
    if (give_up(target, why))
        return;
    target->observed.unpatched_gone = false;
    target->observed.patched_ready = 0;
    try_again_later(target, why);
}

static void done(struct local_target *target)
{
    if (target->entry_count == 0)
        json_free(TAKE(target->own)); /* restored */
    int r = local_state_save(target, target->running_hash);
    if (r < 0) /* in force all the same; after a crash the service is restarted once more */
        log_warn(COMPONENT, "the state of a service cannot be written", LF_STR("target", target->text), LF_ERR(r));
    memcpy(target->done_hash, target->running_hash, sizeof target->done_hash);
    target->known = LOCAL_KNOWN;
    target->failures = 0;
    target->observed.why.code = REASON_NONE;
    target->observed.unpatched_gone = true;
    target->observed.patched_ready = 1;
    target->observed.waits_for[0] = '\0';
    log_info(COMPONENT, "a service runs as wanted", LF_STR("target", target->text),
             LF_INT("entries", target->entry_count));
    local_change(target, LOCAL_DONE, TARGET_STATE_READY);
    target->furthest = LOCAL_IDLE;
    local_watch(target);
}

static void start_command(struct local_target *target, const char *id, const char *const *argv)
{
    struct reason why;
    int r = local_command_start(target, id, argv);
    if (r == 0)
        return;
    reason_set(&why, REASON_RESTART_FAILED, 0, "the command %.200s cannot be started: %s", argv[0], strerror(-r));
    fail(target, &why);
}

/* Files first, then the command that lets the service read them. */
void local_restart(struct local_target *target, const struct local_content *content)
{
    struct reason why;
    int r = local_state_save(target, "");
    if (r < 0) {
        reason_set(&why, REASON_STATE_UNWRITABLE, 0, "the state folder cannot be written: %s", strerror(-r));
        fail(target, &why);
        return;
    }
    target->known = LOCAL_CHANGING;
    if (strcmp(target->running_hash, content->hash) != 0)
        target->furthest = LOCAL_IDLE;
    memcpy(target->running_hash, content->hash, sizeof target->running_hash);
    if (local_content_write(content, &why) > 0) {
        fail(target, &why);
        return;
    }
    log_info(COMPONENT, "a service is restarted", LF_STR("target", target->text),
             LF_INT("entries", target->entry_count));
    rolling(target, LOCAL_RESTARTING, "the restart command to return");
    start_command(target, target->restart_id, content->service.restart);
}

/* What restoring needs is kept before the first patch reaches the outside, and kept up to date with the manifest. */
static bool learns(struct local_target *target, struct local_content *content)
{
    if (!content->own || json_equal(content->own, target->own))
        return false;
    json_free(target->own);
    target->own = TAKE(content->own);
    return true;
}

static void save_learnt(const struct local_target *target)
{
    int r = local_state_save(target, target->done_hash);
    if (r < 0)
        log_warn(COMPONENT, "an edit of a patched service cannot be kept; it is restored by its manifest",
                 LF_STR("target", target->text), LF_ERR(r));
}

/* Shown, though the service runs as wanted: a change of the manifest has no effect. */
static void tell_stale(struct local_target *target, const struct local_content *content)
{
    bool same = strcmp(target->observed.why.text, content->stale.text) == 0;
    if (content->stale.code != REASON_NONE && !same)
        log_warn(COMPONENT, "a manifest cannot be used; its service is kept and restored as it was before",
                 LF_STR("target", target->text), LF_REASON(&content->stale));
    target->observed.why = content->stale;
}

static void settle(struct local_target *target, struct local_content *content)
{
    bool learnt = learns(target, content);
    memcpy(target->content_hash, content->hash, sizeof target->content_hash);
    memcpy(target->try_hash, content->try_hash, sizeof target->try_hash);
    /* An edit of the manifest restarts instances that are all patched, with the same entries again. */
    if (strcmp(target->observed.entries_hash, target->entries_hash) != 0)
        target->observed.unpatched_gone = false;
    memcpy(target->observed.entries_hash, target->entries_hash, sizeof target->observed.entries_hash);
    bool in_force = target->known == LOCAL_KNOWN && strcmp(target->done_hash, content->hash) == 0;
    /* Never seen before and the files are right: it runs with them already. */
    bool first = target->known == LOCAL_NEVER_SEEN && target->entry_count == 0;
    if ((!in_force && !first) || !local_content_in_place(content)) {
        local_restart(target, content);
        return;
    }
    if (learnt)
        save_learnt(target);
    memcpy(target->running_hash, content->hash, sizeof target->running_hash);
    if (target->observed.state != TARGET_STATE_READY || first)
        done(target);
    tell_stale(target, content);
    local_watch(target);
}

/* A service that is no longer declared and not patched is nobody's business; its state file stays for the day it comes back. */
static bool is_gone(struct local_target *target)
{
    if (target->own || store_get(target->services->config.store, &target->key))
        return false;
    loop_timer_stop(target->timer);
    target->phase = target->furthest = LOCAL_IDLE;
    target->failures = 0;
    target->observed = (struct target_observed){.state = TARGET_STATE_UNKNOWN, .progress = target->observed.progress};
    return true;
}

static bool build(struct local_target *target, struct local_content *content)
{
    struct reason why = {.code = REASON_NONE};
    int r = local_content_build(target, content, &why);
    if (r < 0)
        reason_set(&why, REASON_RESTART_FAILED, 0, "the environment cannot be built: %s", strerror(-r));
    if (r == 0)
        return true;
    /* What ran before goes on running as it was. */
    target->content_hash[0] = '\0';
    try_again_later(target, &why);
    return false;
}

void local_advance(struct local_target *target)
{
    struct local_content content;
    if (!target->services->settled || is_gone(target) || local_command_runs(target->services, target->restart_id) ||
        local_command_runs(target->services, target->ready_id) || !build(target, &content))
        return;
    loop_timer_stop(target->timer);
    settle(target, &content);
    local_content_deinit(&content);
}

bool local_is_on_its_way(struct local_target *target)
{
    struct local_content content;
    struct reason why;
    if (target->phase == LOCAL_IDLE && target->failures == 0)
        return false;
    if (local_content_build(target, &content, &why) != 0)
        return target->phase == LOCAL_IDLE && !target->content_hash[0]; /* known already; the timer tries again */
    bool same = strcmp(content.try_hash, target->try_hash) == 0 && strcmp(content.hash, target->content_hash) == 0 &&
                strcmp(target->observed.entries_hash, target->entries_hash) == 0;
    /* By this the end of a command that runs finds out that something else is wanted. */
    memcpy(target->content_hash, content.hash, sizeof target->content_hash);
    local_content_deinit(&content);
    return same;
}

static void ask_ready(struct local_target *target)
{
    struct local_content content;
    if (!build(target, &content))
        return;
    if (content.service.ready)
        start_command(target, target->ready_id, content.service.ready);
    else
        done(target);
    local_content_deinit(&content);
}

void local_on_timer(void *context)
{
    struct local_target *target = context;
    if (!target->services->settled || is_gone(target))
        return;
    if (target->phase == LOCAL_POLLING && !local_command_runs(target->services, target->ready_id))
        ask_ready(target);
    else if (target->phase == LOCAL_DONE || target->phase == LOCAL_LEFT)
        local_look(target);
    else
        local_advance(target);
}

static void restart_ended(struct local_target *target, const struct reason *why)
{
    if (why->code != REASON_NONE) {
        fail(target, why);
        return;
    }
    rolling(target, LOCAL_POLLING, "the service to be ready");
    ask_ready(target);
}

static void ready_ended(struct local_target *target, const struct reason *why)
{
    char waits_for[sizeof target->observed.waits_for];
    if (why->code == REASON_NONE) {
        done(target);
        return;
    }
    loop_timer_start(target->timer, LOCAL_SERVICE_READY_PERIOD_MS);
    snprintf(waits_for, sizeof waits_for, "the service to be ready: %.200s", why->text);
    if (strcmp(target->observed.waits_for, waits_for) != 0)
        rolling(target, LOCAL_POLLING, waits_for);
}

void local_command_ended(struct local_target *target, const char *id, const struct reason *why)
{
    bool was_restart = strcmp(id, target->restart_id) == 0;
    bool awaited = target->phase == (was_restart ? LOCAL_RESTARTING : LOCAL_POLLING);
    if (!target->services->settled)
        return;
    if (!awaited || strcmp(target->running_hash, target->content_hash) != 0) {
        target->phase = LOCAL_IDLE; /* something else is wanted by now, or it was an earlier supervisor's */
        local_advance(target);
    } else if (was_restart) {
        restart_ended(target, why);
    } else {
        ready_ended(target, why);
    }
}
