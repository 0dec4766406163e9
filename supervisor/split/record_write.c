/* Documents of the write-ahead record: a new one, and copies of the present one with one change. Pure. */
#include "supervisor/split/record.h"

#include <stdio.h>

const char *split_leftovers_word(enum leftovers leftovers)
{
    switch (leftovers) {
    case LEFTOVERS_KEEP:
        return "keep";
    case LEFTOVERS_RETURN:
        return "return";
    case LEFTOVERS_DISCARD:
        return "discard";
    }
    return "";
}

static int write_pods(struct json *object, int32_t wait_for_pods)
{
    char text[16] = "all";
    if (wait_for_pods >= 0)
        snprintf(text, sizeof text, "%d", (int)wait_for_pods);
    return json_set_text(object, "waitForPods", text);
}

static int write_settings(struct json *spec, const struct split_settings *settings)
{
    struct json *object = NULL;
    int r = json_object_at(spec, "settings", &object);
    if (r == 0)
        r = json_set_int(object, "restartTimeoutSeconds", settings->restart_timeout_ms / 1000);
    if (r == 0)
        r = json_set_int(object, "ttlMillis", settings->ttl_ms);
    if (r == 0 && settings->drain_timeout_ms >= 0)
        r = json_set_int(object, "drainTimeoutSeconds", settings->drain_timeout_ms / 1000);
    if (r == 0)
        r = json_set_text(object, "leftovers", split_leftovers_word(settings->leftovers));
    if (r == 0)
        r = json_set_text(object, "autoOffsetReset", settings->offset_reset_earliest ? "earliest" : "latest");
    if (r == 0)
        r = json_set_text(object, "overlap", settings->overlap == OVERLAP_REJECT ? "Reject" : "Allow");
    return r ? r : write_pods(object, settings->wait_for_pods);
}

static int write_texts(struct json *spec, const char *member, const char *const pairs[][2], size_t count)
{
    struct json *object = NULL;
    int r = json_object_at(spec, member, &object);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = json_set_text(object, pairs[i][0], pairs[i][1]);
    return r;
}

static int write_ids(struct json *spec, const char *const *ids)
{
    struct json *queue = NULL, *list CLEANUP(json_freep) = json_new_array();
    int r = json_object_at(spec, "queue", &queue);
    for (size_t i = 0; r == 0 && ids[i]; i++)
        r = list ? json_append_take(list, json_new_text(ids[i])) : -ENOMEM;
    return r ? r : json_set_take(queue, "ids", TAKE(list));
}

static struct json *temp_object(const struct split_temp *temp)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    if (!object || json_set_text(object, "name", temp->name) ||
        json_set_text(object, "role", temp->role == WORKER_TEMP_FALLBACK ? "fallback" : "session") ||
        (temp->session[0] && json_set_text(object, "session", temp->session)) ||
        (temp->session_uid[0] && json_set_text(object, "sessionUid", temp->session_uid)) ||
        (temp->mirror && json_set_text(object, "mode", "mirror")) ||
        (temp->stamp && temp->stamp[0] && json_set_text(object, "stamp", temp->stamp)) ||
        json_set_text(object, "group", temp->group))
        return NULL;
    return TAKE(object);
}

static int write_sqs(struct json *spec, const struct split_record *record)
{
    struct json *queue = NULL, *tags = NULL;
    int r = json_object_at(spec, "queue", &queue);
    if (r == 0 && record->url[0])
        r = json_set_text(queue, "url", record->url);
    if (r == 0 && record->sns)
        r = json_set_bool(queue, "sns", true);
    if (r == 0 && record->tag_count)
        r = json_object_at(queue, "tags", &tags);
    for (size_t i = 0; r == 0 && i < record->tag_count; i++)
        r = json_set_text(tags, record->tags[i].name, record->tags[i].value);
    return r;
}

static int write_temps(struct json *spec, const struct split_temp *temps, size_t count)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = json_append_take(list, temp_object(&temps[i]));
    return r ? r : json_set_take(spec, "temporaries", TAKE(list));
}

static int write_places(struct json *object, const struct split_entry *entry)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < entry->at_count; i++)
        r = json_append_take(list, json_new_int((int64_t)entry->at[i]));
    return r || !entry->at_count ? r : json_set_take(object, "at", TAKE(list));
}

static struct json *entry_object(const struct split_entry *entry)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    struct json *original CLEANUP(json_freep) = NULL;
    if (!object || json_set_text(object, "container", entry->container) ||
        json_set_text(object, "variable", entry->variable) || json_set_text(object, "temporary", entry->temporary) ||
        json_dup(entry->original, &original) || json_set_take(object, "original", TAKE(original)) ||
        write_places(object, entry))
        return NULL;
    return TAKE(object);
}

static int write_entries(struct json *spec, const struct split_entry *entries, size_t count)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = json_append_take(list, entry_object(&entries[i]));
    return r ? r : json_set_take(spec, "environment", TAKE(list));
}

static int write_spec(struct json *spec, const struct split_record *record)
{
    const char *const target[][2] = {
        {"kind", record->target_kind}, {"name", record->target_name}, {"uid", record->target_uid}};
    const char *const queue[][2] = {{"type", queue_type_name(record->original.type)},
                                    {"cluster", record->original.cluster},
                                    {"name", record->original.name},
                                    {"group", record->original.group}};
    int r = write_texts(spec, "target", target, sizeof target / sizeof *target);
    if (r == 0)
        r = write_texts(spec, "queue", queue, sizeof queue / sizeof *queue);
    if (r == 0)
        r = write_ids(spec, record->ids);
    if (r == 0 && record->original.type == QUEUE_TYPE_SQS)
        r = write_sqs(spec, record);
    if (r == 0)
        r = json_set_text(spec, "clientConfig", record->client_config);
    if (r == 0)
        r = json_set_text(spec, "resourceHash", record->resource_hash);
    if (r == 0)
        r = write_settings(spec, &record->settings);
    if (r == 0)
        r = write_entries(spec, record->entries, record->entry_count);
    return r ? r : write_temps(spec, record->temps, record->temp_count);
}

static int write_metadata(struct json *document, const struct resource_key *key)
{
    struct json *metadata = NULL, *finalizers CLEANUP(json_freep) = json_new_array();
    const struct kind_row *row = kind_row(key->kind);
    int r = json_set_text(document, "apiVersion", row->api_version);
    if (r == 0)
        r = json_set_text(document, "kind", row->name);
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_set_text(metadata, "namespace", key->namespace);
    if (r == 0)
        r = json_set_text(metadata, "name", key->name);
    if (r == 0)
        r = finalizers ? json_append_take(finalizers, json_new_text(SPLIT_FINALIZER)) : -ENOMEM;
    return r ? r : json_set_take(metadata, "finalizers", TAKE(finalizers));
}

int split_record_encode(const struct split_record *record, struct json **ret)
{
    struct json *document CLEANUP(json_freep) = json_new_object(), *spec = NULL;
    int r = document ? write_metadata(document, &record->key) : -ENOMEM;
    if (r == 0)
        r = json_object_at(document, "spec", &spec);
    if (r == 0)
        r = write_spec(spec, record);
    if (r == 0)
        *ret = TAKE(document);
    return r;
}

/* A copy of the present document and its spec, to be changed. */
static int copy(const struct split_record *record, struct json **ret, struct json **ret_spec)
{
    int r = json_dup(record->document, ret);
    return r ? r : json_object_at(*ret, "spec", ret_spec);
}

int split_record_with_temp(const struct split_record *record, const struct split_temp *temp, struct json **ret)
{
    struct json *document CLEANUP(json_freep) = NULL, *spec = NULL;
    struct json *list CLEANUP(json_freep) = NULL;
    int r = copy(record, &document, &spec);
    if (r == 0)
        r = json_dup(json_get(spec, "temporaries"), &list);
    if (r == 0)
        r = json_append_take(list, temp_object(temp));
    if (r == 0)
        r = json_set_take(spec, "temporaries", TAKE(list));
    if (r == 0)
        *ret = TAKE(document);
    return r;
}

int split_record_without_temp(const struct split_record *record, const char *name, struct json **ret)
{
    struct json *document CLEANUP(json_freep) = NULL, *spec = NULL;
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? copy(record, &document, &spec) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < record->temp_count; i++)
        if (strcmp(record->temps[i].name, name) != 0)
            r = json_append_take(list, temp_object(&record->temps[i]));
    if (r == 0)
        r = json_set_take(spec, "temporaries", TAKE(list));
    if (r == 0)
        *ret = TAKE(document);
    return r;
}

static struct json *position_object(const struct wanted_position *position)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    if (!object || json_set_int(object, "partition", position->partition) ||
        json_set_int(object, "start", (int64_t)position->start) ||
        json_set_int(object, "end", (int64_t)position->end))
        return NULL;
    return TAKE(object);
}

int split_record_with_positions(const struct split_record *record, const struct wanted_position *positions,
                                size_t count, struct json **ret)
{
    struct json *document CLEANUP(json_freep) = NULL, *spec = NULL;
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? copy(record, &document, &spec) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = json_append_take(list, position_object(&positions[i]));
    if (r == 0)
        r = json_set_take(spec, "positions", TAKE(list));
    if (r == 0)
        *ret = TAKE(document);
    return r;
}

static bool is_ours(const struct json *finalizer) { return strcmp(json_text(finalizer), SPLIT_FINALIZER) == 0; }

bool split_record_has_finalizer(const struct json *document)
{
    const struct json *finalizers = json_path(document, "metadata", "finalizers", NULL);
    for (size_t i = 0; i < json_count(finalizers); i++)
        if (is_ours(json_at(finalizers, i)))
            return true;
    return false;
}

/* An empty list is none. */
static int drop_finalizer(struct json *metadata)
{
    const struct json *finalizers = json_get(metadata, "finalizers");
    struct json *others CLEANUP(json_freep) = json_new_array();
    int r = others ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_count(finalizers); i++)
        if (!is_ours(json_at(finalizers, i)))
            r = json_append_take(others, json_new_text(json_text(json_at(finalizers, i))));
    if (r == 0 && json_count(others) > 0)
        return json_set_take(metadata, "finalizers", TAKE(others));
    json_delete(metadata, "finalizers");
    return r;
}

int split_record_without_finalizer(const struct json *document, struct json **ret)
{
    struct json *bare CLEANUP(json_freep) = NULL, *metadata = NULL;
    int r = json_dup(document, &bare);
    if (r == 0)
        r = json_object_at(bare, "metadata", &metadata);
    if (r == 0)
        r = drop_finalizer(metadata);
    if (r == 0)
        *ret = TAKE(bare);
    return r;
}
