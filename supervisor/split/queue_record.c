/* The write-ahead record of a declared queue: names of what will be made, and what is needed to undo it. Pure. */
#include "supervisor/split/step.h"

#include "common/base/secret.h"
#include "supervisor/split/entry_value.h"
#include "supervisor/split/names.h"

#define TAGS_MAX 50 /* as many as a queue can have */

/* A reference as it stood there; the kubelet alone knows other forms, and no queue is named by one. */
static int add_reference(const struct env_entry *entry, struct json *object)
{
    struct json *from = NULL, *reference = NULL;
    int r = json_object_at(object, "valueFrom", &from);
    if (r == 0)
        r = json_object_at(from, entry->kind == ENV_SECRET_KEY ? "secretKeyRef" : "configMapKeyRef", &reference);
    if (r == 0)
        r = json_set_text(reference, "name", entry->reference_name);
    if (r == 0)
        r = json_set_text(reference, "key", entry->reference_key);
    return r || !entry->optional ? r : json_set_bool(reference, "optional", true);
}

/* The W-1 record of one entry: which form it had and what it named. A value may hold more than the name, so it is only hashed; what
 * gives it back is the manifest, or the record of the target's driver (supervisor/target/local_own.h, patch_origin.h). */
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
        r = json_set_text(object, "sha256", hash);
    /* Nothing but names of queues, and those of other splits stand beside this one's. */
    if (r == 0 && entry->at_count)
        r = json_set_text(object, "value", entry->value);
    if (r == 0 && entry->present && entry->present->form == ENV_FORM_VALUE_FROM)
        r = add_reference(entry->present->entry, object);
    if (r == 0)
        *ret = TAKE(object);
    return r;
}

static bool has_entry(const struct split_entry *entries, size_t count, const struct queue_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].container, entry->container) == 0 && strcmp(entries[i].variable, entry->variable) == 0)
            return true;
    return false;
}

/* Is it what the new record is about? Its probe told so. */
static bool shares_split(const struct queue_view *queue, const struct split_record *record)
{
    const struct original original = queue_original(queue);
    return !queue_error(queue) && queue->probing.checked && original_equal(&original, &record->original) &&
           strcmp(queue->resolved.client_config, record->client_config) == 0;
}

static size_t count_entries(const struct step *step, const struct split_record *record)
{
    size_t count = 0;
    for (size_t i = 0; i < step->view->queue_count; i++)
        if (shares_split(&step->view->queues[i], record))
            count += step->view->queues[i].resolved.name_count;
    return count;
}

/* The value with this split's fallback in it, and nothing else changed. */
static int value_of(struct arena *arena, const struct queue_entry *source, size_t length, const char *fallback,
                    const char **ret)
{
    struct entry_value value = {
        .arena = arena, .container = source->container, .variable = source->variable, .base = source->value};
    const struct entry_place place = {source->container, source->variable, source->value,
                                      source->at,        source->at_count, length};
    *ret = fallback;
    if (!source->at_count)
        return 0;
    int r = entry_value_add(&value, &place, fallback);
    return r ? r : entry_value_compose(&value, ret);
}

static int add_entry(struct arena *arena, const struct queue_entry *source, const struct split_record *record,
                     const char *fallback, struct split_entry *entry, struct json *originals)
{
    struct json *original = NULL;
    const char *temporary = NULL;
    int r = value_of(arena, source, strlen(record->original.name), fallback, &temporary);
    if (r == 0)
        r = original_of(source, record->original.name, fallback, &original);
    if (r < 0)
        return r;
    *entry = (struct split_entry){.container = source->container,
                                  .variable = source->variable,
                                  .temporary = temporary,
                                  .original = original,
                                  .base = source->at_count ? source->value : "",
                                  .at = source->at,
                                  .at_count = source->at_count};
    return json_append_take(originals, original);
}

/* The variables of all ids that stand for this original: each of them names it to the application. */
static int add_entries(struct step *step, const char *fallback, struct split_record *record, struct json *originals)
{
    void *memory = NULL;
    size_t count = 0;
    int r =
        arena_alloc_array(&step->plan->arena, count_entries(step, record) + 1, sizeof(struct split_entry), &memory);
    struct split_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        bool shares = shares_split(queue, record);
        for (size_t j = 0; r == 0 && shares && j < queue->resolved.name_count; j++)
            if (!has_entry(entries, count, &queue->resolved.names[j]))
                r = add_entry(&step->plan->arena, &queue->resolved.names[j], record, fallback, &entries[count++],
                              originals);
    }
    record->entries = entries;
    record->entry_count = count;
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
        if (shares_split(&step->view->queues[i], record))
            ids[count++] = step->view->queues[i].resolved.id;
    record->ids = ids;
    return r;
}

static bool has_tag(const struct queue_tag *tags, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tags[i].name, name) == 0)
            return true;
    return false;
}

/* What registries declare beside the name: tags of all of them (the first of a name counts), and the envelope. */
static int add_declared(struct step *step, struct split_record *record)
{
    struct queue_tag *tags = NULL;
    void *memory = NULL;
    int r = arena_alloc_array(&step->plan->arena, TAGS_MAX, sizeof *tags, &memory);
    tags = memory;
    for (size_t i = 0; r == 0 && i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        const struct registry_queue *declared = queue->resolved.declared;
        if (!declared || !shares_split(queue, record))
            continue;
        record->sns = record->sns || declared->sns;
        record->url = record->url[0] ? record->url : queue->resolved.url;
        for (size_t j = 0; j < declared->tag_count && record->tag_count < TAGS_MAX; j++)
            if (!has_tag(tags, record->tag_count, declared->tags[j].name))
                tags[record->tag_count++] = declared->tags[j];
    }
    record->tags = tags;
    return r;
}

static int name_record(struct step *step, const struct queue_view *queue, struct split_record *record,
                       struct split_temp *fallback)
{
    const struct target_view *view = step->view;
    const char *name = NULL;
    int r = split_name(&step->plan->arena, view->uid, &record->original, &name);
    if (r == 0)
        r = temp_name(&step->plan->arena, view->settings->topic_format, view->random, name, true, &record->original,
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

int queue_record(struct step *step, const struct queue_view *queue)
{
    const struct target_view *view = step->view;
    struct split_temp fallback = {.name = NULL};
    struct json *document = NULL, *originals CLEANUP(json_freep) = json_new_array();
    struct split_record record = {.target_kind = kind_row(view->key.kind)->name,
                                  .target_name = view->key.name,
                                  .target_uid = view->uid,
                                  .original = queue_original(queue),
                                  .client_config = queue->resolved.client_config,
                                  .url = queue->resolved.url,
                                  .resource_hash = queue->resolved.resource_hash,
                                  .settings = *queue->resolved.settings};
    int r = originals ? name_record(step, queue, &record, &fallback) : -ENOMEM;
    if (r == 0)
        r = add_ids(step, &record);
    if (r == 0)
        r = add_declared(step, &record);
    if (r == 0)
        r = add_entries(step, fallback.name, &record, originals);
    if (r == 0)
        r = split_record_encode(&record, &document);
    return r ? r : plan_document(step->plan, ACTION_DOCUMENT_CREATE, document);
}
