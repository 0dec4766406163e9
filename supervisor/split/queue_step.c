/* Declared queues that have no split yet: a probe reads the cluster's identity, then the record is written. Pure. */
#include "supervisor/split/step.h"

#include <stdio.h>

#include "common/base/secret.h"
#include "supervisor/split/names.h"

#define PROBE_FAILURES_MAX 3

const struct reason *queue_error(const struct step *step, const struct queue_view *queue)
{
    (void)step;
    if (queue->resolved.error.code != REASON_NONE)
        return &queue->resolved.error;
    return queue->error.code != REASON_NONE ? &queue->error : NULL;
}

static bool same_original(const struct queue_view *queue, const struct split_record *record)
{
    return strcmp(queue->resolved.topic, record->topic) == 0 && strcmp(queue->resolved.group, record->group) == 0 &&
           strcmp(queue->resolved.client_config, record->client_config) == 0;
}

static bool has_split(const struct step *step, const struct queue_view *queue)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (same_original(queue, &step->view->splits[i].record))
            return true;
    return false;
}

bool queue_is_pending(const struct step *step, const struct queue_view *queue)
{
    return !queue_error(step, queue) && !target_memory_failure(step->memory, queue->resolved.id) &&
           !has_split(step, queue);
}

/* Splits that are going away: new ones wait until the target is as it was. */
static bool target_is_restoring(const struct step *step)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (step->view->splits[i].record.phase == SPLIT_RESTORING ||
            step->view->splits[i].record.phase == SPLIT_FAILED)
            return true;
    return false;
}

static int fail(struct step *step, const struct queue_view *queue, const struct reason *why)
{
    plan_wake(step->plan, step->view->now); /* sessions that name it are judged again at once */
    return target_memory_fail_queue(step->memory, queue->resolved.id, why, step->view->wall_ms);
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
    int r = worker_documents(queue->resolved.topic, queue->resolved.group, transactional_id, NULL,
                             &step->view->consumer->settings, &queue->properties, &spec, &credentials);
    return r ? r : plan_worker_start(step->plan, queue->probe, spec, credentials);
}

static int push_probe_table(struct step *step, const struct queue_view *queue)
{
    const struct wanted_table table = {.mode = WORKER_MODE_CHECK};
    if (queue->probing.pushed && wanted_table_equal(queue->probing.pushed, &table))
        return 0;
    return plan_worker_table(step->plan, queue->probe, &table);
}

static int judge_dependents(struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct target_view *view = step->view;
    void *memory = NULL;
    int r = arena_alloc_array(&step->plan->arena, view->queue_count, sizeof(struct queue_resolved), &memory);
    struct queue_resolved *all = memory;
    for (size_t i = 0; r == 0 && i < view->queue_count; i++)
        all[i] = view->queues[i].resolved;
    for (size_t i = 0; r == 0 && i < queue->resolved.name_count; i++) {
        const struct queue_entry *entry = &queue->resolved.names[i];
        const char *dependent = workload_dependent(&view->workload, all, view->queue_count, entry);
        if (dependent && !view->consumer->settings.pin_dependents)
            return reason_set(why, REASON_DEPENDENT_VARIABLE, 1,
                              "variable %.120s of container %.120s refers to $(%.120s), which is patched", dependent,
                              entry->container, entry->variable);
    }
    return r;
}

static int judge_identity(const struct step *step, const struct queue_view *queue, struct reason *why)
{
    const struct target_view *view = step->view;
    for (size_t i = 0; i < view->other_count; i++) {
        const struct original_in_use *other = &view->others[i];
        if (strcmp(other->cluster, queue->probing.cluster) == 0 && strcmp(other->topic, queue->resolved.topic) == 0 &&
            strcmp(other->group, queue->resolved.group) == 0)
            return reason_set(why, REASON_ORIGINAL_IN_USE, 1, "topic %.200s is split for %s/%.200s already",
                              queue->resolved.topic, other->target.namespace, other->target.name);
    }
    if ((int64_t)view->splits_total >= view->settings->splits_max)
        return reason_set(why, REASON_NO_CAPACITY, 1, "the limit of %lld splits is reached",
                          (long long)view->settings->splits_max);
    if (queue->probing.delivery != WORKER_DELIVERY_EXACTLY_ONCE)
        return reason_set(why, REASON_TRANSACTIONS_UNAVAILABLE, 1,
                          "the cluster of topic %.200s offers no transactions, and delivery at least once is not "
                          "supported yet",
                          queue->resolved.topic);
    return 0;
}

/* The W-1 record of one entry: what gives the original back. A plain value may hold more than the name, so it is only
 * hashed; the other forms are kept whole. */
static int original_of(const struct queue_entry *entry, const char *original, const char *temporary,
                       struct json **ret)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    char hash[SHA256_TEXT_SIZE];
    const char *form = !entry->present                               ? "Absent"
                       : entry->present->form == ENV_FORM_VALUE      ? "Value"
                       : entry->present->form == ENV_FORM_VALUE_FROM ? "ValueFrom"
                                                                     : "EnvFrom";
    int r = object ? json_set_text(object, "form", form) : -ENOMEM;
    sha256_hex(str_of(entry->value), hash);
    if (r == 0)
        r = json_set_text(object, "name", original);
    if (r == 0)
        r = json_set_text(object, "temporaryName", temporary);
    if (r == 0)
        r = json_set_int(object, "position", 0);
    if (r == 0)
        r = json_set_text(object, "sha256", hash);
    if (r == 0)
        *ret = TAKE(object);
    return r;
}

static int add_entries(struct step *step, const struct queue_view *queue, const char *fallback,
                       struct split_record *record, struct json **originals)
{
    void *memory = NULL;
    int r =
        arena_alloc_array(&step->plan->arena, queue->resolved.name_count + 1, sizeof(struct split_entry), &memory);
    struct split_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < queue->resolved.name_count; i++) {
        const struct queue_entry *entry = &queue->resolved.names[i];
        struct json *original = NULL;
        r = original_of(entry, queue->resolved.topic, fallback, &original);
        if (r == 0)
            entries[i] = (struct split_entry){entry->container, entry->variable, fallback, original};
        if (r == 0)
            r = json_append_take(*originals, original);
    }
    record->entries = entries;
    record->entry_count = queue->resolved.name_count;
    return r;
}

/* All ids that stand for this original: they share one split. */
static int add_ids(struct step *step, struct split_record *record)
{
    void *memory = NULL;
    size_t count = 0;
    int r = arena_alloc_array(&step->plan->arena, step->view->queue_count + 1, sizeof(char *), &memory);
    const char **ids = memory;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        if (same_original(&step->view->queues[i], record) && !queue_error(step, &step->view->queues[i]))
            ids[count++] = step->view->queues[i].resolved.id;
    record->ids = ids;
    return r;
}

static int name_record(struct step *step, const struct queue_view *queue, struct split_record *record,
                       struct split_temp *fallback)
{
    const struct target_view *view = step->view;
    const char *name = NULL;
    int r = split_name(&step->plan->arena, view->uid, record->cluster, record->topic, record->group, &name);
    if (r == 0)
        r = temp_topic_name(&step->plan->arena, view->settings->topic_format, view->random, name, true, record->topic,
                            &fallback->name);
    if (r < 0)
        return r;
    record->key = (struct resource_key){.kind = KIND_QUEUE_SPLIT};
    check(str_copy(record->key.namespace, sizeof record->key.namespace, str_of(view->key.namespace)) == 0);
    check(str_copy(record->key.name, sizeof record->key.name, str_of(name)) == 0);
    fallback->role = WORKER_TEMP_FALLBACK;
    fallback->session = "";
    fallback->session_uid = "";
    fallback->group = queue->resolved.group;
    record->temps = fallback;
    record->temp_count = 1;
    return 0;
}

static int create_record(struct step *step, const struct queue_view *queue)
{
    const struct target_view *view = step->view;
    struct split_temp fallback;
    struct json *document = NULL, *originals CLEANUP(json_freep) = json_new_array();
    struct split_record record = {.target_kind = kind_row(view->key.kind)->name,
                                  .target_name = view->key.name,
                                  .target_uid = view->uid,
                                  .cluster = queue->probing.cluster,
                                  .topic = queue->resolved.topic,
                                  .group = queue->resolved.group,
                                  .client_config = queue->resolved.client_config,
                                  .resource_hash = view->consumer_hash,
                                  .settings = view->consumer->settings};
    int r = originals ? name_record(step, queue, &record, &fallback) : -ENOMEM;
    if (r == 0)
        r = add_ids(step, &record);
    if (r == 0)
        r = add_entries(step, queue, fallback.name, &record, &originals);
    if (r == 0)
        r = split_record_encode(&record, &document);
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_CREATE, document);
}

static int judge_checked(struct step *step, const struct queue_view *queue)
{
    struct reason why = {.code = REASON_NONE};
    int r = judge_identity(step, queue, &why);
    if (r == 0)
        r = judge_dependents(step, queue, &why);
    if (r < 0)
        return r;
    return r > 0 ? fail(step, queue, &why) : create_record(step, queue);
}

static int probe_step(struct step *step, const struct queue_view *queue)
{
    const struct worker_view *probe = &queue->probing;
    if (probe->checked)
        return judge_checked(step, queue);
    if (probe->presence == WORKER_NONE && probe->failures >= PROBE_FAILURES_MAX)
        return fail(step, queue, &probe->why);
    if (probe->presence == WORKER_NONE)
        return start_probe(step, queue);
    for (size_t i = 0; i < probe->condition_count; i++)
        return fail(step, queue, &probe->conditions[i].why);
    return push_probe_table(step, queue);
}

/* The first queue of those with the same original does the work for all. */
static bool is_first(const struct step *step, const struct queue_view *queue)
{
    for (const struct queue_view *other = step->view->queues; other < queue; other++)
        if (strcmp(other->probe, queue->probe) == 0 && !queue_error(step, other))
            return false;
    return true;
}

static int queue_step(struct step *step, const struct queue_view *queue)
{
    bool wanted = step->live_count > 0 && queue_is_pending(step, queue) && !target_is_restoring(step);
    if (queue_error(step, queue) || !is_first(step, queue))
        return 0;
    if (wanted)
        return probe_step(step, queue);
    if (queue->probing.presence == WORKER_LIVE || queue->probing.presence == WORKER_STARTING)
        return plan_worker_stop(step->plan, queue->probe);
    return 0;
}

int queues_step(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++)
        r = queue_step(step, &step->view->queues[i]);
    return r;
}
