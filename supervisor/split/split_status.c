/* QueueSplit.status: phase, what is waited for, workers. Pure; written only when it differs. */
#include "common/base/mono.h"
#include "supervisor/split/step.h"

#define COUNT_PERIOD_MS 10000 /* a count that changes with traffic is written at most this often */

/* The count of messages that a drain waits for, as last told or, when that is long ago, as it is now. */
static int64_t remaining_to_tell(struct step *step, struct split_step *split)
{
    struct split_memory *memory = split->memory;
    const struct split_temp *fallback = split_record_fallback(&split->view->record);
    const struct worker_temp_view *temp = worker_temp_of(&split->view->worker, fallback->name);
    if (split->view->record.phase != SPLIT_DRAINING || !temp || temp->state == WORKER_TEMP_UNKNOWN)
        return memory->remaining_told = -1;
    /* Only a worker that holds counts; while it forwards between two tries the last count stays. */
    if (!split->table_in_force || split->table.mode != WORKER_MODE_HOLD)
        return memory->remaining_told;
    struct mono due = mono_after(memory->remaining_told_at, COUNT_PERIOD_MS);
    if (memory->remaining_told < 0 || mono_reached(step->view->now, due)) {
        memory->remaining_told = (int64_t)temp->remaining;
        memory->remaining_told_at = step->view->now;
    } else if ((int64_t)temp->remaining != memory->remaining_told) {
        plan_wake(step->plan, due);
    }
    return memory->remaining_told;
}

static const char *presence_word(enum worker_presence presence)
{
    switch (presence) {
    case WORKER_NONE:
        return "Gone";
    case WORKER_STARTING:
        return "Starting";
    case WORKER_LIVE:
        return "Live";
    case WORKER_STOPPING:
        return "Stopping";
    }
    return "";
}

static int write_worker(struct split_step *split, struct json *status)
{
    const struct worker_view *worker = &split->view->worker;
    struct json *list CLEANUP(json_freep) = json_new_array();
    struct json *object CLEANUP(json_freep) = json_new_object();
    uint64_t incarnation = worker->incarnation + split->starts; /* a start takes the next number, or a later one */
    int r = list && object ? json_set_int(object, "incarnation", (int64_t)incarnation) : -ENOMEM;
    if (r == 0 && split->view->pod[0])
        r = json_set_text(object, "pod", split->view->pod);
    if (r == 0)
        r = json_set_text(object, "state", presence_word(split->starts ? WORKER_STARTING : worker->presence));
    if (r == 0 && worker->pid)
        r = json_set_int(object, "pid", worker->pid);
    if (r == 0 && worker->generation)
        r = json_set_int(object, "generation", (int64_t)worker->generation);
    if (r == 0 && worker->why.code != REASON_NONE)
        r = json_set_text(object, "lastEnd", worker->why.text);
    if (r == 0 && incarnation)
        r = json_append_take(list, TAKE(object));
    if (r == 0 && split->former)
        r = formers_write(split->view->formers, split->view->former_count, list);
    if (r == 0)
        r = json_set_take(status, "workers", TAKE(list));
    if (r == 0 && worker->checked)
        r = json_set_text(status, "delivery",
                          worker->delivery == WORKER_DELIVERY_EXACTLY_ONCE ? "ExactlyOnce" : "AtLeastOnce");
    return r;
}

/* Kept over the next workers, and over supervisors: whoever looks in the morning still finds them. */
static int write_last_words(const struct split_step *split, struct json *status)
{
    const struct json *words = split->view->worker.last_words;
    struct json *copy = NULL;
    if (!words)
        words = json_path(split->view->record.document, "status", "lastWords", NULL);
    if (!words)
        return 0;
    int r = json_dup(words, &copy);
    return r ? r : json_set_take(status, "lastWords", copy);
}

/* What stays the same needs no write: delivery outlives the worker that told it. */
static int keep_delivery(struct split_step *split, struct json *status)
{
    const char *before = json_text(json_path(split->view->record.document, "status", "delivery", NULL));
    return before[0] && !json_get(status, "delivery") ? json_set_text(status, "delivery", before) : 0;
}

/* What a restart of ours must not forget. */
static int write_facts(const struct split_step *split, struct json *status)
{
    const struct split_record *record = &split->view->record;
    bool restoring = record->phase == SPLIT_RESTORING;
    const struct reason *broken = split->broken.code != REASON_NONE ? &split->broken : &record->broken;
    struct json *object = NULL;
    int r = 0;
    if (split->next == SPLIT_RESTORING && (split->released || (restoring && record->released)))
        r = json_set_bool(status, "released", true);
    if (r == 0 && split->next == SPLIT_RESTORING && (restoring ? record->returning : split->returning))
        r = json_set_bool(status, "returning", true);
    if (r || split->next != SPLIT_FAILED || broken->code == REASON_NONE)
        return r;
    r = json_object_at(status, "broken", &object);
    if (r == 0)
        r = json_set_text(object, "reason", reason_name(broken->code));
    return r ? r : json_set_text(object, "message", broken->text);
}

static int write_phase(struct step *step, struct split_step *split, struct json *status)
{
    char now[WALL_TEXT_SIZE];
    const struct json *before = json_get(split->view->record.document, "status");
    bool same = split->view->record.has_status && split->next == split->view->record.phase;
    int64_t remaining = remaining_to_tell(step, split);
    wall_format(step->view->wall_ms, now);
    int r = json_set_text(status, "phase", split_phase_name(split->next));
    if (r == 0)
        r = json_set_text(status, "since", same ? json_text(json_get(before, "since")) : now);
    if (r == 0)
        r = json_set_text(status, "waitsFor", split->next == split->view->record.phase ? split->waits_for : "");
    if (r == 0 && remaining >= 0)
        r = json_set_int(status, "remaining", remaining);
    return r;
}

int split_status_step(struct step *step, struct split_step *split)
{
    struct json *status CLEANUP(json_freep) = json_new_object();
    struct json *document CLEANUP(json_freep) = NULL;
    if (split->record_changed || split->memory->finished)
        return 0;
    int r = status ? write_phase(step, split, status) : -ENOMEM;
    if (r == 0)
        r = write_facts(split, status);
    if (r == 0)
        r = split_conditions_write(step, split, status);
    if (r == 0)
        r = split_sessions_write(step, split, status);
    if (r == 0)
        r = write_worker(split, status);
    if (r == 0)
        r = keep_delivery(split, status);
    if (r == 0)
        r = write_last_words(split, status);
    if (r || json_equal(status, json_get(split->view->record.document, "status")))
        return r;
    r = json_dup(split->view->record.document, &document);
    if (r == 0)
        r = json_set_take(document, "status", TAKE(status));
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_STATUS, TAKE(document));
}
