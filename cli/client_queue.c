/* See client_queue.h. An unknown member of an entry is an error: ignoring it could show messages to the wrong reader. */
#include "cli/client_queue.h"
#include "common/model/resource.h"

#include <stdio.h>

enum {
    PATH_SIZE = 1024,
    QUEUES_MAX = 64,          /* field.def: spec.queues */
    FILTERS_MAX = 32,         /* S-1 */
    PATTERN_BYTES_MAX = 1024, /* S-1 */
    JQ_BYTES_MAX = 4096,
    ID_BYTES_MAX = 253,
};

struct queue_place {
    const struct client_reader *reader;
    const char *path; /* of the entry */
};

const char *client_type_name(const struct json *value)
{
    switch (json_type(value)) {
    case JSON_NULL:
        return value ? "null" : "absent";
    case JSON_BOOL:
        return "a boolean";
    case JSON_INT:
    case JSON_DOUBLE:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "a list";
    case JSON_OBJECT:
        return "an object";
    }
    return "";
}

int client_refuse(const struct client_reader *reader, const char *path, const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CLIENT_FILE_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&text, format, arguments);
    va_end(arguments);
    if (r < 0)
        return r;
    return reason_set(reader->why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID, "%s:%u: %s: %s", reader->name,
                      yaml_line_of(reader->document, path), path, text.data);
}

/* Readers of one field: the value has its type. They set the member of the session's entry. */
typedef int field_fn(const struct queue_place *place, const char *path, const char *member, const struct json *value,
                     struct json *entry);

static int read_type(const struct queue_place *place, const char *path, const char *member, const struct json *value,
                     struct json *entry)
{
    for (enum queue_type type = QUEUE_TYPE_SQS; type <= QUEUE_TYPE_RMQ; type++)
        if (strcmp(queue_type_name(type), json_text(value)) == 0)
            return json_set_text(entry, member, queue_type_name(type));
    return client_refuse(place->reader, path, "'%.60s' is not one of SQS, Kafka, RMQ", json_text(value));
}

static int read_mode(const struct queue_place *place, const char *path, const char *member, const struct json *value,
                     struct json *entry)
{
    if (strcmp(json_text(value), "steal") != 0 && strcmp(json_text(value), "mirror") != 0)
        return client_refuse(place->reader, path, "'%.60s' is not one of steal, mirror", json_text(value));
    return json_set_text(entry, member, json_text(value));
}

static int read_text(const struct queue_place *place, const char *path, const char *member, const struct json *value,
                     struct json *entry)
{
    if (json_str(value).len > JQ_BYTES_MAX)
        return client_refuse(place->reader, path, "longer than the limit of %d bytes", JQ_BYTES_MAX);
    return json_set_take(entry, member, json_new_str(json_str(value)));
}

static int read_filter(const struct queue_place *place, const char *path, const char *member,
                       const struct json *value, struct json *entry)
{
    struct json *copy = NULL;
    struct json_member filter;
    char at[PATH_SIZE];
    if (json_count(value) > FILTERS_MAX)
        return client_refuse(place->reader, path, "more than the limit of %d filters", FILTERS_MAX);
    for (json_first(value, &filter); filter.key; json_next(&filter)) {
        snprintf(at, sizeof at, "%s.%s", path, filter.key);
        if (json_type(filter.value) != JSON_STRING)
            return client_refuse(place->reader, at, "must be a string (a regular expression), not %s",
                                 client_type_name(filter.value));
        if (json_str(filter.value).len > PATTERN_BYTES_MAX)
            return client_refuse(place->reader, at, "longer than the limit of %d bytes", PATTERN_BYTES_MAX);
    }
    int r = json_dup(value, &copy);
    return r == 0 ? json_set_take(entry, member, copy) : r;
}

struct field_row {
    const char *name;
    enum json_type type;
    const char *member;
    field_fn *read;
};
static const struct field_row field_rows[] = {
#define CLIENT_FIELD(name, type, member, reader) {name, type, member, reader},
#include "cli/client_field.def"
#undef CLIENT_FIELD
};

static const struct field_row *field_row(const char *name)
{
    for (size_t i = 0; i < sizeof field_rows / sizeof field_rows[0]; i++)
        if (strcmp(field_rows[i].name, name) == 0)
            return &field_rows[i];
    return NULL;
}

static int read_field(const struct queue_place *place, const struct json_member *field, bool in_list,
                      struct json *entry)
{
    const struct field_row *row = field_row(field->key);
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s.%s", place->path, field->key);
    if (in_list && strcmp(field->key, "queue_id") == 0)
        return 0;
    if (!row)
        return client_refuse(place->reader, path,
                             "is no field of a queue; there are queue_type, message_filter, jq_filter, queue_mode%s",
                             in_list ? ", queue_id" : "");
    if (json_type(field->value) == JSON_NULL && row->type != JSON_STRING)
        return 0;
    if (json_type(field->value) == JSON_NULL && strcmp(row->name, "queue_type") != 0)
        return 0;
    if (json_type(field->value) != row->type)
        return client_refuse(place->reader, path, "must be %s, not %s",
                             row->type == JSON_STRING ? "a string" : "an object", client_type_name(field->value));
    return row->read(place, path, row->member, field->value, entry);
}

static int check_id(const struct queue_place *place, const char *id, const struct json *queues)
{
    if (id[0] == '\0' || strlen(id) > ID_BYTES_MAX)
        return client_refuse(place->reader, place->path, "a queue id has 1 to %d bytes", ID_BYTES_MAX);
    if (json_count(queues) >= QUEUES_MAX)
        return client_refuse(place->reader, place->path, "more than the limit of %d queues", QUEUES_MAX);
    return 0;
}

/* An id may stand there twice when the types differ ("*" of two types), as in the list form. */
static int check_twice(const struct queue_place *place, const struct json *entry, const struct json *queues)
{
    for (size_t i = 0; i < json_count(queues); i++) {
        const struct json *other = json_at(queues, i);
        if (json_equal(json_get(other, "id"), json_get(entry, "id")) &&
            json_equal(json_get(other, "type"), json_get(entry, "type")))
            return client_refuse(place->reader, place->path, "queue id '%.253s' stands there twice",
                                 json_text(json_get(entry, "id")));
    }
    return 0;
}

static int read_entry(const struct queue_place *place, const char *id, const struct json *value, bool in_list,
                      struct json *queues)
{
    CLEANUP(json_freep) struct json *entry = json_new_object();
    struct json_member field;
    if (json_type(value) != JSON_OBJECT)
        return client_refuse(place->reader, place->path, "must be an object, not %s", client_type_name(value));
    int r = check_id(place, id, queues);
    if (r == 0)
        r = entry ? json_set_text(entry, "id", id) : -ENOMEM;
    for (json_first(value, &field); r == 0 && field.key; json_next(&field))
        r = read_field(place, &field, in_list, entry);
    if (r == 0 && !json_get(entry, "type"))
        r = client_refuse(place->reader, place->path, "queue_type is missing: SQS, Kafka or RMQ");
    if (r == 0)
        r = check_twice(place, entry, queues);
    return r == 0 ? json_append_take(queues, TAKE(entry)) : r;
}

#define SPLIT_QUEUES "feature.split_queues"

static int read_map(const struct client_reader *reader, const struct json *map, struct json *queues)
{
    struct json_member member;
    char path[PATH_SIZE];
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member)) {
        snprintf(path, sizeof path, SPLIT_QUEUES ".%s", member.key);
        r = read_entry(&(struct queue_place){reader, path}, member.key, member.value, false, queues);
    }
    return r;
}

static int read_list(const struct client_reader *reader, const struct json *list, struct json *queues)
{
    char path[PATH_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        const struct json *id = json_get(json_at(list, i), "queue_id");
        snprintf(path, sizeof path, SPLIT_QUEUES "[%zu]", i);
        if (json_type(json_at(list, i)) == JSON_OBJECT && json_type(id) != JSON_STRING)
            return client_refuse(reader, path, "queue_id must be a string, and is %s", client_type_name(id));
        r = read_entry(&(struct queue_place){reader, path}, json_text(id), json_at(list, i), true, queues);
    }
    return r;
}

int client_queues_read(const struct client_reader *reader, const struct json *split_queues, struct json **ret)
{
    CLEANUP(json_freep) struct json *queues = json_new_array();
    int r = queues ? 0 : -ENOMEM;
    if (r < 0)
        return r;
    if (json_type(split_queues) == JSON_OBJECT)
        r = read_map(reader, split_queues, queues);
    else if (json_type(split_queues) == JSON_ARRAY)
        r = read_list(reader, split_queues, queues);
    else if (json_type(split_queues) != JSON_NULL)
        r = client_refuse(reader, SPLIT_QUEUES, "must be an object by queue id, or a list, not %s",
                          client_type_name(split_queues));
    if (r == 0)
        *ret = TAKE(queues);
    return r;
}
