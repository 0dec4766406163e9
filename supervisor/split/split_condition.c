/* QueueSplit.status.conditions: Ready, Degraded with the worst that is known, Draining, what was changed since the split
 * began, and each thing that the worker complains of under its own name. Pure. */
#include "common/base/secret.h"
#include "supervisor/split/step.h"

#include <stdio.h>

struct conditions {
    const struct step *step;
    const struct split_step *split;
    const struct json *before;
    struct json *list;
};

static int put(const struct conditions *conditions, const char *type, bool value, enum reason_code code,
               const char *message)
{
    return condition_set(conditions->list, conditions->before, conditions->step->view->wall_ms, type, value, code,
                         message);
}

/* Messages that stand still come before those that flow with a trouble. */
static void judge_degraded(const struct step *step, const struct split_step *split, struct reason *why)
{
    const struct worker_view *worker = &split->view->worker;
    const struct reason *failing = NULL;
    if (split->abandoned.code != REASON_NONE)
        *why = split->abandoned;
    if (why->code != REASON_NONE || worker_cannot_start(step, split, why))
        return;
    if (worker->forwarding == WORKER_FORWARDING_SUSPENDED && worker->forwarding_why.code != REASON_NONE)
        *why = worker->forwarding_why;
    else if (step->held.code != REASON_NONE)
        *why = step->held;
    else if (split_failing_temp(split, &failing))
        *why = *failing;
    else if (worker_trouble(worker))
        *why = *worker_trouble(worker);
    else if (worker->presence == WORKER_NONE && worker->why.code != REASON_NONE)
        *why = worker->why;
    else if (step->view->observed.why.code != REASON_NONE)
        *why = step->view->observed.why;
    else if (split->view->properties_error.code != REASON_NONE)
        *why = split->view->properties_error;
    else if (split->memory->leftovers_kept && split->view->record.phase == SPLIT_DRAINING &&
             split->view->record.settings.leftovers == LEFTOVERS_RETURN)
        reason_set(
            why, REASON_RETURN_NOT_ALLOWED, 0,
            "the fallback was not emptied in time, and nothing may go back to the original; it is kept in use");
    else if (split->memory->leftovers_kept && split->view->record.phase == SPLIT_DRAINING)
        reason_set(why, REASON_LEFTOVERS_KEPT, 0, "the fallback was not emptied in time; it is kept in use");
}

static int put_degraded(const struct conditions *conditions)
{
    struct reason why = {.code = REASON_NONE};
    judge_degraded(conditions->step, conditions->split, &why);
    conditions->split->memory->degraded = why;
    return put(conditions, "Degraded", why.code != REASON_NONE, why.code, why.text);
}

/* Degraded has room for one: the others must not be hidden by it. */
static int put_troubles(const struct conditions *conditions)
{
    const struct worker_view *worker = &conditions->split->view->worker;
    int r = 0;
    for (size_t i = 0; r == 0 && i < worker->condition_count; i++) {
        const struct reason *why = &worker->conditions[i].why;
        if (worker->conditions[i].session[0] == '\0')
            r = put(conditions, reason_name(why->code), true, why->code, why->text);
    }
    return r;
}

/* The session may be gone with its document, while what its process took comes free only when the broker gives it up.
 * Without the count: a status does not change with traffic. */
static int put_in_flight(const struct conditions *conditions)
{
    struct split_held held;
    char text[640];
    if (!split_find_held(conditions->split, &held))
        return 0;
    const char *group = held.temp->group, *topic = held.temp->name;
    if (conditions->split->view->record.original.type != QUEUE_TYPE_KAFKA)
        snprintf(
            text, sizeof text,
            "messages of %.249s may be held by whoever received them; the queue ends when its counts stay at zero",
            topic);
    else if (held.code == REASON_POSITION_BEHIND)
        snprintf(
            text, sizeof text,
            "what group %.255s has consumed of %.249s may not be loaded yet by the broker, which has just come back",
            group, topic);
    else if (held.deleted)
        snprintf(text, sizeof text,
                 "topic %.249s is deleted; its group %.255s still has members and is deleted when it has none", topic,
                 group);
    else
        snprintf(text, sizeof text,
                 "group %.255s of %.249s has members, which may hold messages; the queue ends when it has none",
                 group, topic);
    return put(conditions, reason_name(REASON_WAITING_FOR_IN_FLIGHT), true, held.code, text);
}

bool resource_is_changed(const struct target_view *view, const struct split_record *record)
{
    if (record->original.type == QUEUE_TYPE_KAFKA)
        return view->consumer_hash && view->consumer_hash[0] &&
               strcmp(view->consumer_hash, record->resource_hash) != 0;
    for (size_t i = 0; i < view->registry_count; i++)
        if (strcmp(view->registry_hashes[i], record->resource_hash) == 0)
            return false;
    return view->registry_count > 0;
}

/* Does the entry still hold what it held when the split began, as far as the target can be read (W-1)? */
static bool entry_changed(const struct workload *workload, const struct split_entry *entry)
{
    const struct env_variable *present = NULL;
    bool absent = strcmp(json_text(json_get(entry->original, "form")), "Absent") == 0;
    bool known = false;
    char hash[SHA256_TEXT_SIZE] = "";
    for (size_t i = 0; i < workload->container_count && !known; i++) {
        known = strcmp(workload->containers[i].name, entry->container) == 0;
        present = known ? environment_find(&workload->environments[i], entry->variable) : NULL;
    }
    if (present && !present->value)
        return false; /* it cannot be read */
    if (present)
        sha256_hex(str_of(present->value), hash);
    return known && (absent ? present != NULL : strcmp(hash, json_text(json_get(entry->original, "sha256"))) != 0);
}

static int put_target_changed(const struct conditions *conditions)
{
    const struct target_view *view = conditions->step->view;
    const struct split_record *record = &conditions->split->view->record;
    char text[640];
    for (size_t i = 0; i < record->entry_count && view->refused.code == REASON_NONE; i++) {
        const struct split_entry *entry = &record->entries[i];
        if (!entry_changed(&view->workload, entry))
            continue;
        snprintf(
            text, sizeof text,
            "variable %.253s of container %.253s was changed since the split began; the change counts when it ends",
            entry->variable, entry->container);
        return put(conditions, "TargetChanged", true, REASON_TARGET_CHANGED, text);
    }
    return 0;
}

int split_conditions_write(struct step *step, struct split_step *split, struct json *status)
{
    enum split_phase phase = split->next;
    bool ready = phase == SPLIT_ACTIVE || phase == SPLIT_IDLE;
    struct json *list CLEANUP(json_freep) = json_new_array();
    const struct conditions conditions = {
        step, split, json_path(split->view->record.document, "status", "conditions", NULL), list};
    int r =
        list ? put(&conditions, "Ready", ready, REASON_NONE, ready ? "messages are routed" : split_phase_name(phase))
             : -ENOMEM;
    if (r == 0)
        r = put_degraded(&conditions);
    if (r == 0)
        r = put(&conditions, "Draining", phase == SPLIT_DRAINING, REASON_NONE, "");
    if (r == 0)
        r = put_troubles(&conditions);
    if (r == 0)
        r = put_in_flight(&conditions);
    if (r == 0 && resource_is_changed(step->view, &split->view->record))
        r = put(&conditions, "SpecChanged", true, REASON_SPEC_CHANGED,
                "the resource was edited; this split keeps what it began with");
    if (r == 0)
        r = put_target_changed(&conditions);
    return r ? r : json_set_take(status, "conditions", TAKE(list));
}
