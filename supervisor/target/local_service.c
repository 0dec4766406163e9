/* The driver of LocalServices: one small machine per target, moved by what is wanted, by ends of commands and by a timer. */
#include "supervisor/target/local_service.h"

#include <stdio.h>
#include <sys/wait.h>

#include "common/base/log.h"
#include "common/base/secret.h"
#include "common/loop/backoff.h"
#include "supervisor/target/local_target.h"

#define COMPONENT "supervisor.target"
static const struct backoff retry_backoff = {.first_ms = 1000, .max_ms = 30000};

static void advance(struct local_target *target);

static void change(struct local_target *target, enum local_phase phase, enum target_state state)
{
    if (target->phase != phase || target->observed.state != state)
        target->observed.progress++;
    target->phase = phase;
    target->observed.state = state;
    target->services->config.on_change(target->services->config.context, &target->key);
}

static void rolling(struct local_target *target, enum local_phase phase, const char *waits_for)
{
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "%s", waits_for);
    target->observed.unpatched_gone = phase == LOCAL_POLLING;
    target->observed.patched_ready = 0;
    change(target, phase, TARGET_STATE_ROLLING);
}

static void fail(struct local_target *target, const struct reason *why)
{
    uint64_t random = 0;
    random_bytes(&random, sizeof random);
    int64_t delay_ms = backoff_delay_ms(&retry_backoff, ++target->failures, random);
    log_warn(COMPONENT, "a service is not as wanted; tried again", LF_STR("target", target->text), LF_REASON(why),
             LF_INT("retry_ms", delay_ms));
    target->observed.why = *why;
    target->observed.unpatched_gone = false;
    target->observed.patched_ready = 0;
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "%.200s", why->text);
    loop_timer_start(target->timer, delay_ms);
    change(target, LOCAL_IDLE, TARGET_STATE_FAILED);
}

static void done(struct local_target *target)
{
    int r = local_state_save(target, target->running_hash);
    if (r < 0) /* in force all the same; after a crash the service is restarted once more */
        log_warn(COMPONENT, "the state of a service cannot be written", LF_STR("target", target->text), LF_ERR(r));
    memcpy(target->done_hash, target->running_hash, sizeof target->done_hash);
    target->failures = 0;
    target->observed.why.code = REASON_NONE;
    target->observed.unpatched_gone = true;
    target->observed.patched_ready = 1;
    target->observed.waits_for[0] = '\0';
    log_info(COMPONENT, "a service runs as wanted", LF_STR("target", target->text),
             LF_INT("entries", target->entry_count));
    change(target, LOCAL_DONE, TARGET_STATE_READY);
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
static void restart(struct local_target *target, const struct local_content *content)
{
    struct reason why;
    int r = local_state_save(target, "");
    if (r < 0) {
        reason_set(&why, REASON_STATE_UNWRITABLE, 0, "the state folder cannot be written: %s", strerror(-r));
        fail(target, &why);
        return;
    }
    target->done_hash[0] = '\0';
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

static void settle(struct local_target *target, const struct local_content *content)
{
    memcpy(target->content_hash, content->hash, sizeof target->content_hash);
    bool in_place = local_content_in_place(content);
    bool known = strcmp(target->done_hash, content->hash) == 0;
    /* Seen for the first time with the right files: it runs with them already. */
    bool first = target->done_hash[0] == '\0' && target->phase == LOCAL_IDLE && target->failures == 0 &&
                 target->entry_count == 0 && !target->observed.progress;
    if (in_place && (known || first)) {
        memcpy(target->running_hash, content->hash, sizeof target->running_hash);
        if (target->observed.state != TARGET_STATE_READY || strcmp(target->done_hash, content->hash) != 0)
            done(target);
        return;
    }
    restart(target, content);
}

/* Brings the target one step nearer to what is wanted, unless a command of it runs. */
static void advance(struct local_target *target)
{
    struct local_content content;
    struct reason why = {.code = REASON_NONE};
    if (!target->services->settled || local_command_runs(target->services, target->restart_id) ||
        local_command_runs(target->services, target->ready_id))
        return;
    int r = local_content_build(target, &content, &why);
    if (r < 0)
        reason_set(&why, REASON_RESTART_FAILED, 0, "the environment cannot be built: %s", strerror(-r));
    if (r != 0) {
        fail(target, &why);
        return;
    }
    memcpy(target->observed.entries_hash, target->entries_hash, sizeof target->observed.entries_hash);
    settle(target, &content);
    local_content_deinit(&content);
}

static void ask_ready(struct local_target *target)
{
    struct local_content content;
    struct reason why = {.code = REASON_NONE};
    if (local_content_build(target, &content, &why) != 0) {
        fail(target, &why);
        return;
    }
    if (content.service.ready)
        start_command(target, target->ready_id, content.service.ready);
    else
        done(target);
    local_content_deinit(&content);
}

static void on_timer(void *context)
{
    struct local_target *target = context;
    if (target->phase == LOCAL_POLLING && !local_command_runs(target->services, target->ready_id))
        ask_ready(target);
    else
        advance(target);
}

static void command_ended(struct local_target *target, const char *id, int wait_status)
{
    struct reason why;
    bool current = strcmp(target->running_hash, target->content_hash) == 0;
    bool was_restart = strcmp(id, target->restart_id) == 0;
    if (!current || (was_restart && target->phase != LOCAL_RESTARTING) ||
        (!was_restart && target->phase != LOCAL_POLLING)) {
        target->phase = LOCAL_IDLE; /* something else is wanted by now, or it was an earlier supervisor's */
        advance(target);
    } else if (was_restart && wait_status != 0) {
        local_command_words(wait_status, target->services->config.log_dir, &why);
        fail(target, &why);
    } else if (was_restart) {
        rolling(target, LOCAL_POLLING, "the service to be ready");
        ask_ready(target);
    } else if (wait_status != 0) {
        loop_timer_start(target->timer, LOCAL_SERVICE_READY_PERIOD_MS);
    } else {
        done(target);
    }
}

static struct local_target *target_of_command(struct local_services *services, const char *id)
{
    for (struct local_target *target = services->targets; target; target = target->hh.next)
        if (strcmp(target->restart_id, id) == 0 || strcmp(target->ready_id, id) == 0)
            return target;
    return NULL;
}

void local_services_on_exit(struct local_services *services, const struct guardian_child *child, int wait_status)
{
    struct running_command *command = NULL;
    HASH_FIND_STR(services->running, child->split, command);
    if (!command || command->incarnation != child->incarnation)
        return;
    HASH_DEL(services->running, command);
    free(command);
    struct local_target *target = target_of_command(services, child->split);
    if (target)
        command_ended(target, child->split, wait_status);
}

void local_services_on_start_failed(struct local_services *services, const struct guardian_child *child, int error)
{
    log_warn(COMPONENT, "a command could not be started", LF_STR("command", child->split), LF_ERR(-error));
    /* 127 is how a shell says that there is no such program. */
    local_services_on_exit(services, child, 127 << 8);
}

void local_services_on_table_end(struct local_services *services)
{
    services->settled = true;
    for (struct local_target *target = services->targets; target; target = target->hh.next)
        advance(target);
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

static void target_free(struct local_target *target)
{
    loop_timer_free(target->timer);
    arena_deinit(&target->wanted_arena);
    free(target);
}

void local_services_free(struct local_services *services)
{
    struct local_target *target, *next_target;
    struct running_command *command, *next_command;
    if (!services)
        return;
    HASH_ITER (hh, services->targets, target, next_target) {
        HASH_DEL(services->targets, target);
        target_free(target);
    }
    HASH_ITER (hh, services->running, command, next_command) {
        HASH_DEL(services->running, command);
        free(command);
    }
    free(services);
}

static void name_commands(struct local_target *target)
{
    char hash[SHA256_TEXT_SIZE];
    sha256_hex(str_of(target->text), hash);
    snprintf(target->restart_id, sizeof target->restart_id, "restart-%.16s", hash);
    snprintf(target->ready_id, sizeof target->ready_id, "ready-%.16s", hash);
}

static int target_get(struct local_services *services, const struct resource_key *key, struct local_target **ret)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct local_target *target = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(services->targets, text, target);
    if (!target) {
        target = calloc(1, sizeof *target);
        int r = target ? loop_timer_new(services->config.loop, on_timer, target, &target->timer) : -ENOMEM;
        if (r < 0) {
            free(target);
            return r;
        }
        memcpy(target->text, text, sizeof text);
        target->key = *key;
        target->services = services;
        target->wanted_arena = ARENA_INIT(CONTENT_BYTES_MAX);
        name_commands(target);
        HASH_ADD_STR(services->targets, text, target);
    }
    *ret = target;
    return 0;
}

static int copy_entries(struct local_target *target, const struct target_wanted *wanted)
{
    struct arena arena = ARENA_INIT(CONTENT_BYTES_MAX);
    void *memory = NULL;
    int r = arena_alloc_array(&arena, wanted->entry_count + 1, sizeof(struct target_entry), &memory);
    struct target_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < wanted->entry_count; i++) {
        r = arena_str(&arena, str_of(wanted->entries[i].container), &entries[i].container);
        if (r == 0)
            r = arena_str(&arena, str_of(wanted->entries[i].variable), &entries[i].variable);
        if (r == 0)
            r = arena_str(&arena, str_of(wanted->entries[i].value), &entries[i].value);
    }
    if (r < 0) {
        arena_deinit(&arena);
        return r;
    }
    arena_deinit(&target->wanted_arena);
    target->wanted_arena = arena;
    target->entries = entries;
    target->entry_count = wanted->entry_count;
    target_entries_hash(entries, target->entry_count, target->entries_hash);
    return 0;
}

/* A new object of that name knows nothing of the old one. */
static int look_at_uid(struct local_target *target, const char *uid)
{
    if (target->state_loaded && strcmp(target->uid, uid) == 0)
        return 0;
    int r = str_copy(target->uid, sizeof target->uid, str_of(uid));
    if (r == 0)
        r = local_state_load(target);
    target->state_loaded = r == 0;
    return r;
}

/* Is there anything to do that is not on its way? */
static bool is_settled(struct local_target *target)
{
    struct local_content content;
    struct reason why;
    if (target->phase == LOCAL_IDLE && target->failures == 0)
        return false;
    if (local_content_build(target, &content, &why) != 0)
        return target->phase == LOCAL_IDLE; /* known to be wrong; the timer tries again */
    bool same = strcmp(content.hash, target->content_hash) == 0 &&
                strcmp(target->observed.entries_hash, target->entries_hash) == 0;
    memcpy(target->content_hash, content.hash, sizeof target->content_hash);
    local_content_deinit(&content);
    return same;
}

int local_services_set(struct local_services *services, const struct target_wanted *wanted)
{
    struct local_target *target = NULL;
    int r = target_get(services, &wanted->key, &target);
    if (r == 0)
        r = look_at_uid(target, wanted->uid);
    if (r == 0)
        r = copy_entries(target, wanted);
    if (r < 0)
        return r;
    if (!is_settled(target)) {
        loop_timer_stop(target->timer);
        advance(target);
    }
    return 0;
}

void local_services_observe(const struct local_services *services, const struct resource_key *key,
                            struct target_observed *ret)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct local_target *target = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(services->targets, text, target);
    *ret = target ? target->observed : (struct target_observed){.state = TARGET_STATE_UNKNOWN};
    ret->exists = store_get(services->config.store, key) != NULL;
    if (target)
        memcpy(ret->uid, target->uid, sizeof ret->uid);
}
