/* Reading of the write-ahead record. Pure; refuses what this program would not have written. */
#include "supervisor/split/record.h"

#include "common/base/mono.h"
#include "common/model/annotation.h"
#include "supervisor/target/target.h"

static int decode_ids(const struct json *list, struct arena *arena, struct split_record *record)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(char *), &memory);
    const char **ids = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        ids[i] = json_text(json_at(list, i));
    record->ids = ids;
    return r;
}

static int decode_temps(const struct json *list, struct arena *arena, struct split_record *record, struct reason *why)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(struct split_temp), &memory);
    struct split_temp *temps = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        const struct json *temp = json_at(list, i);
        bool fallback = str_equal(json_str(json_get(temp, "role")), STR("fallback"));
        temps[i] = (struct split_temp){.name = json_text(json_get(temp, "name")),
                                       .role = fallback ? WORKER_TEMP_FALLBACK : WORKER_TEMP_SESSION,
                                       .session = json_text(json_get(temp, "session")),
                                       .session_uid = json_text(json_get(temp, "sessionUid")),
                                       .mirror = str_equal(json_str(json_get(temp, "mode")), STR("mirror")),
                                       .group = json_text(json_get(temp, "group")),
                                       .stamp = json_text(json_get(temp, "stamp"))};
        if (!temps[i].name[0])
            r = reason_set(why, REASON_FIELD_MISSING, RECORD_REFUSED, "spec.temporaries[%zu].name: missing", i);
    }
    record->temps = temps;
    record->temp_count = json_count(list);
    return r;
}

static int decode_places(const struct json *list, struct arena *arena, struct split_entry *entry)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(size_t), &memory);
    size_t *at = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        int64_t place = -1;
        if (json_int(json_at(list, i), &place) == 0 && place >= 0)
            at[entry->at_count++] = (size_t)place;
    }
    entry->at = at;
    return r;
}

static int decode_entries(const struct json *list, struct arena *arena, struct split_record *record)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(struct split_entry), &memory);
    struct split_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        const struct json *entry = json_at(list, i);
        entries[i] = (struct split_entry){.container = json_text(json_get(entry, "container")),
                                          .variable = json_text(json_get(entry, "variable")),
                                          .temporary = json_text(json_get(entry, "temporary")),
                                          .original = json_get(entry, "original"),
                                          .base = json_text(json_path(entry, "original", "value", NULL))};
        r = decode_places(json_get(entry, "at"), arena, &entries[i]);
    }
    record->entries = entries;
    record->entry_count = json_count(list);
    return r;
}

static bool truth(const struct json *value)
{
    bool set = false;
    return json_bool(value, &set) == 0 && set;
}

static int64_t number(const struct json *value, int64_t fallback)
{
    int64_t n = 0;
    return json_int(value, &n) == 0 ? n : fallback;
}

/* Nothing of it has a value that could stand for a missing one: messages lie between the two. */
static bool decode_position(const struct json *position, struct wanted_position *ret)
{
    int64_t partition = number(json_get(position, "partition"), -1);
    int64_t start = number(json_get(position, "start"), -1), end = number(json_get(position, "end"), -1);
    if (partition < 0 || partition > INT32_MAX || start < 0 || end < 0)
        return false;
    *ret = (struct wanted_position){.partition = (uint32_t)partition, .start = (uint64_t)start, .end = (uint64_t)end};
    return true;
}

static int decode_positions(const struct json *list, struct arena *arena, struct split_record *record,
                            struct reason *why)
{
    void *memory = NULL;
    int r = arena_alloc_array(arena, json_count(list) + 1, sizeof(struct wanted_position), &memory);
    struct wanted_position *positions = memory;
    for (size_t i = 0; r == 0 && i < json_count(list); i++)
        if (!decode_position(json_at(list, i), &positions[i]))
            r = reason_set(why, REASON_FIELD_INVALID, RECORD_REFUSED,
                           "spec.positions[%zu]: needs partition, start and end", i);
    record->positions = positions;
    record->position_count = json_count(list);
    record->positions_recorded = json_type(list) == JSON_ARRAY;
    return r;
}

static int decode_settings(const struct json *settings, struct split_record *record, struct reason *why)
{
    static const struct {
        const char *member, *annotation;
    } words[] = {{"leftovers", "leftovers"},
                 {"autoOffsetReset", "auto-offset-reset"},
                 {"overlap", "overlap"},
                 {"waitForPods", "wait-for-pods"}};
    int64_t drain_s = number(json_get(settings, "drainTimeoutSeconds"), -1);
    record->settings =
        (struct split_settings){.restart_timeout_ms = number(json_get(settings, "restartTimeoutSeconds"), 60) * 1000,
                                .ttl_ms = number(json_get(settings, "ttlMillis"), 0),
                                .drain_timeout_ms = drain_s < 0 ? -1 : drain_s * 1000};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!annotation_apply(words[i].annotation, json_text(json_get(settings, words[i].member)), &record->settings))
            return reason_set(why, REASON_FIELD_INVALID, RECORD_REFUSED, "spec.settings.%s: unknown value",
                              words[i].member);
    return 0;
}

static int decode_tags(const struct json *map, struct arena *arena, struct split_record *record)
{
    void *memory = NULL;
    struct json_member member;
    int r = arena_alloc_array(arena, json_count(map) + 1, sizeof(struct queue_tag), &memory);
    struct queue_tag *tags = memory;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member))
        tags[record->tag_count++] = (struct queue_tag){member.key, json_text(member.value)};
    record->tags = tags;
    return r;
}

static int decode_names(const struct json *spec, struct arena *arena, struct split_record *record)
{
    const struct json *target = json_get(spec, "target"), *queue = json_get(spec, "queue");
    record->target_kind = json_text(json_get(target, "kind"));
    record->target_name = json_text(json_get(target, "name"));
    record->target_uid = json_text(json_get(target, "uid"));
    record->original = (struct original){.type = queue_type_from_name(json_text(json_get(queue, "type"))),
                                         .cluster = json_text(json_get(queue, "cluster")),
                                         .name = json_text(json_get(queue, "name")),
                                         .group = json_text(json_get(queue, "group"))};
    record->client_config = json_text(json_get(spec, "clientConfig"));
    record->resource_hash = json_text(json_get(spec, "resourceHash"));
    record->url = json_text(json_get(queue, "url"));
    record->sns = truth(json_get(queue, "sns"));
    int r = decode_tags(json_get(queue, "tags"), arena, record);
    return r ? r : decode_ids(json_get(queue, "ids"), arena, record);
}

static int decode_spec(const struct json *spec, struct arena *arena, struct split_record *record, struct reason *why)
{
    int r = decode_names(spec, arena, record);
    if (r == 0)
        r = decode_temps(json_get(spec, "temporaries"), arena, record, why);
    if (r == 0)
        r = decode_entries(json_get(spec, "environment"), arena, record);
    if (r == 0)
        r = decode_positions(json_get(spec, "positions"), arena, record, why);
    if (r == 0)
        r = decode_settings(json_get(spec, "settings"), record, why);
    if (r == 0 && (record->original.type == QUEUE_TYPE_NONE || !record->original.name[0] || !record->target_uid[0] ||
                   !split_record_fallback(record)))
        r = reason_set(why, REASON_FIELD_MISSING, RECORD_REFUSED,
                       "spec: a record needs target.uid, queue.type, queue.name and a fallback");
    return r;
}

/* Without a status nothing was made yet, unless it got lost: backup tools drop it, and people edit. Whoever took such a record
 * for a new one would take the fallback away from an application that still uses it. */
static int decode_phase(const struct json *phase, struct split_record *record, struct reason *why)
{
    bool begun = record->positions_recorded || record->temp_count > 1;
    record->phase = SPLIT_PENDING;
    record->has_status = phase != NULL;
    if (!phase && !begun)
        return 0;
    if (split_phase_from_name(json_str(phase), &record->phase) == 0)
        return 0;
    return reason_set(why, REASON_FIELD_INVALID, RECORD_REFUSED,
                      "status.phase: '%.40s' does not say how far the split came; with Draining it is undone",
                      json_text(phase));
}

static void decode_status(const struct json *status, struct split_record *record)
{
    const struct json *broken = json_get(status, "broken");
    enum reason_code code = reason_from_name(json_str(json_get(broken, "reason")));
    if (wall_parse(json_text(json_get(status, "since")), &record->since_ms) != 0)
        record->since_ms = 0;
    record->released = truth(json_get(status, "released"));
    record->returning = truth(json_get(status, "returning"));
    reason_set(&record->broken, code, 0, "%s", json_text(json_get(broken, "message")));
}

int split_record_decode(const struct json *document, struct arena *arena, struct split_record *ret,
                        struct reason *why)
{
    struct split_record record = {.document = document};
    const char *wrong = NULL;
    if (resource_key_of(document, "default", &record.key, &wrong))
        return reason_set(why, REASON_FIELD_INVALID, RECORD_REFUSED, "%s", wrong);
    int r = decode_spec(json_get(document, "spec"), arena, &record, why);
    if (r)
        return r;
    record.uid = json_text(json_path(document, "metadata", "uid", NULL));
    r = decode_phase(json_path(document, "status", "phase", NULL), &record, why);
    if (r)
        return r;
    decode_status(json_get(document, "status"), &record);
    record.deleting = json_path(document, "metadata", "deletionTimestamp", NULL) != NULL;
    *ret = record;
    return 0;
}

void split_record_entries(const struct split_record *record, struct target_entry *ret)
{
    for (size_t i = 0; i < record->entry_count; i++) {
        const struct split_entry *entry = &record->entries[i];
        ret[i] = (struct target_entry){entry->container, entry->variable, entry->temporary, entry->original};
    }
}

struct entry_place split_entry_place(const struct split_record *record, const struct split_entry *entry)
{
    return (struct entry_place){entry->container, entry->variable, entry->base,
                                entry->at,        entry->at_count, strlen(record->original.name)};
}

int split_record_add(const struct split_record *record, struct entry_value *value)
{
    const struct split_temp *fallback = split_record_fallback(record);
    int r = 0;
    for (size_t i = 0; r == 0 && fallback && i < record->entry_count; i++) {
        const struct entry_place place = split_entry_place(record, &record->entries[i]);
        r = entry_value_add(value, &place, fallback->name);
    }
    return r;
}

bool split_record_has_entries(const struct split_record *record)
{
    return record->phase >= SPLIT_PATCHING && record->phase <= SPLIT_RESTORING;
}

const struct split_temp *split_record_fallback(const struct split_record *record)
{
    for (size_t i = 0; i < record->temp_count; i++)
        if (record->temps[i].role == WORKER_TEMP_FALLBACK)
            return &record->temps[i];
    return NULL;
}

const struct split_temp *split_record_temp_of(const struct split_record *record, const char *session_uid)
{
    for (size_t i = 0; i < record->temp_count; i++)
        if (record->temps[i].role == WORKER_TEMP_SESSION && strcmp(record->temps[i].session_uid, session_uid) == 0)
            return &record->temps[i];
    return NULL;
}
