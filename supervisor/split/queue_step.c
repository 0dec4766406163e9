/* Declared queues that have no split yet: a probe reads the cluster's identity, then the record is written. Pure. */
#include "supervisor/split/step.h"

#include "supervisor/split/worker_spec.h"
#include <stdio.h>

#define PROBE_FAILURES_MAX 3
#define PROBE_STOP_MS 30000 /* the order to stop an unwanted probe is repeated for so long */

const struct reason *queue_error(const struct queue_view *queue)
{
    if (queue->resolved.error.code != REASON_NONE)
        return &queue->resolved.error;
    return queue->error.code != REASON_NONE ? &queue->error : NULL;
}

bool target_is_split(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        enum split_phase phase = step->view->splits[i].record.phase;
        if (phase >= SPLIT_PATCHING && phase <= SPLIT_DRAINING)
            return true;
    }
    return false;
}

bool target_is_restoring(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (step->view->splits[i].record.phase == SPLIT_RESTORING)
            return true;
    return false;
}

bool queue_is_pending(const struct step *step, const struct queue_view *queue)
{
    const struct split_record *record = queue_split(step, queue);
    return !queue_error(queue) && !queue_failed(step, queue) && (!record || record->phase == SPLIT_FAILED) &&
           !target_is_split(step);
}

/* The record of a split that was given up, which outlives a restart of ours. */
static const struct split_record *broken_record(const struct step *step, const struct queue_view *queue)
{
    const struct split_record *record = queue_split(step, queue);
    return record && record->phase == SPLIT_FAILED && record->broken.code != REASON_NONE ? record : NULL;
}

const struct reason *queue_failed(const struct step *step, const struct queue_view *queue)
{
    const struct queue_failure *failure = target_memory_failure(step->memory, queue->resolved.key);
    const struct split_record *record = broken_record(step, queue);
    return record ? &record->broken : failure ? &failure->why : NULL;
}

/* After a restart only whole seconds are known; in doubt the session gets a try of its own. */
const struct reason *queue_failed_for(const struct step *step, const struct queue_view *queue, size_t index)
{
    const struct queue_failure *failure = target_memory_failure(step->memory, queue->resolved.key);
    const struct split_record *record = broken_record(step, queue);
    const struct session_memory *memory = step->verdicts[index].memory;
    bool later = failure  ? memory && memory->first_pass > failure->pass
                 : record ? step->view->sessions[index].session.created_ms >= record->since_ms
                          : true;
    return later ? NULL : queue_failed(step, queue);
}

static int fail(struct step *step, const struct queue_view *queue, const struct reason *why)
{
    plan_wake(step->plan, step->view->now); /* sessions that name it are judged again at once */
    return target_memory_fail_queue(step->memory, queue->resolved.key, why);
}

/* What the check found is one sentence; what led to it stands in the log of the worker that checked. */
static int fail_checked(struct step *step, const struct queue_view *queue, const struct reason *why)
{
    struct reason named;
    reason_set(&named, why->code, 0, "%.400s; the log of the check: sluice logs %.63s", why->text, queue->probe);
    return fail(step, queue, &named);
}

static int start_probe(struct step *step, const struct queue_view *queue)
{
    const struct worker_view *probe = &queue->probing;
    struct json *spec = NULL, *credentials = NULL;
    char transactional_id[96]; /* of the probe's own, to ask for the rights that the split will need */
    if (!mono_reached(step->view->now, probe->retry)) {
        plan_wake(step->plan, probe->retry);
        return 0;
    }
    snprintf(transactional_id, sizeof transactional_id, "mirrord-%.80s", queue->probe);
    const struct worker_wish wish = {
        .original = {queue->resolved.type, "", queue->resolved.name, queue->resolved.group},
        .transactional_id = transactional_id,
        .account = str_of(queue->resolved.account),
        .region = str_of(queue->resolved.region),
        .url = queue->resolved.url,
        .sns = queue->resolved.declared && queue->resolved.declared->sns,
        .settings = queue->resolved.settings,
        .operator_wide = step->view->settings,
        .properties = &queue->properties};
    int r = worker_spec_write(&wish, &spec, &credentials);
    return r ? r : plan_worker_start(step->plan, queue->probe, spec, credentials);
}

static int push_probe_table(struct step *step, const struct queue_view *queue)
{
    const struct wanted_table table = {.mode = WORKER_MODE_CHECK};
    if (queue->probing.presence == WORKER_STOPPING ||
        (queue->probing.pushed && wanted_table_equal(queue->probing.pushed, &table)))
        return 0;
    return plan_worker_table(step->plan, queue->probe, &table);
}

/* Another mention of the same name, of which it is not known yet whether it means the same queue: one queue has one record. */
static bool awaits_twin(const struct step *step, const struct queue_view *queue)
{
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct queue_view *other = &step->view->queues[i];
        if (other->resolved.type == QUEUE_TYPE_SQS && queue->resolved.type == QUEUE_TYPE_SQS &&
            strcmp(other->resolved.name, queue->resolved.name) == 0 && queue_is_pending(step, other) &&
            !other->probing.checked)
            return true;
    }
    return false;
}

static int judge_checked(struct step *step, const struct queue_view *queue)
{
    struct reason why = {.code = REASON_NONE};
    int r = queue_judge(step, queue, &why);
    if (r < 0)
        return r;
    if (r > 0)
        return fail(step, queue, &why);
    if (awaits_twin(step, queue))
        return 0;
    /* One record a pass, so that each is judged against those before it. */
    if (step->record_planned)
        return 0;
    step->record_planned = true;
    return queue_record(step, queue);
}

static int probe_step(struct step *step, const struct queue_view *queue)
{
    const struct worker_view *probe = &queue->probing;
    if (probe->checked)
        return judge_checked(step, queue);
    /* Failures of long ago do not speak against a new try. */
    if (probe->presence == WORKER_NONE && probe->failures >= PROBE_FAILURES_MAX &&
        !mono_reached(step->view->now, probe->retry))
        return fail(step, queue, &probe->why);
    if (probe->presence == WORKER_NONE)
        return start_probe(step, queue);
    for (size_t i = 0; i < probe->condition_count; i++)
        return fail_checked(step, queue, &probe->conditions[i].why);
    return push_probe_table(step, queue);
}

/* The first queue of those with the same original does the work for all. */
static bool is_first(const struct step *step, const struct queue_view *queue)
{
    for (const struct queue_view *other = step->view->queues; other < queue; other++)
        if (!queue_error(other) && strcmp(other->probe, queue->probe) == 0)
            return false;
    return true;
}

/* One of an earlier try: what it found then says nothing about now, so it has to be gone first. */
static bool is_being_stopped(const struct step *step, const struct queue_view *queue)
{
    return queue->probing.presence != WORKER_NONE && target_memory_probe_unwanted(step->memory, queue->probe);
}

static int queue_step(struct step *step, const struct queue_view *queue)
{
    if (queue_error(queue) || !is_first(step, queue) || step->live_count == 0 || !queue_is_pending(step, queue) ||
        queue_split(step, queue) || target_is_restoring(step) || is_being_stopped(step, queue))
        return 0; /* what an earlier split of it left is undone first */
    int r = target_memory_probe(step->memory, queue->probe);
    return r ? r : probe_step(step, queue);
}

/* Probes that nobody asks for: of queues that are recorded, failed, edited or deleted since. The stop is ordered again for a
 * while, because what came of it is not seen here. */
static int stop_probes(struct step *step)
{
    struct probe_memory *probe, *next;
    int r = 0;
    HASH_ITER (hh, step->memory->probes, probe, next) {
        bool wanted = probe->marked;
        probe->marked = false;
        if (wanted) {
            probe->unwanted_since = (struct mono){0};
            continue;
        }
        if (!mono_is_set(probe->unwanted_since))
            probe->unwanted_since = step->view->now;
        struct mono end = mono_after(probe->unwanted_since, PROBE_STOP_MS);
        const char *id = NULL;
        if (r == 0)
            r = arena_str(&step->plan->arena, str_of(probe->id), &id);
        if (r == 0)
            r = plan_worker_stop(step->plan, id);
        if (mono_reached(step->view->now, end))
            target_memory_drop_probe(step->memory, probe);
        else
            plan_wake(step->plan, end);
    }
    return r;
}

/* One that an earlier supervisor left behind, which is not remembered. */
static int stop_found(struct step *step, const struct queue_view *queue)
{
    bool runs = queue->probing.presence == WORKER_LIVE || queue->probing.presence == WORKER_STARTING;
    return runs ? target_memory_find_probe(step->memory, queue->probe) : 0;
}

int queues_step(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        r = stop_found(step, &step->view->queues[i]);
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        r = queue_step(step, &step->view->queues[i]);
    return r ? r : stop_probes(step);
}
