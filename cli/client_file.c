/* See client_file.h. */
#include "cli/client_file.h"
#include "cli/client_queue.h"
#include "common/base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const usual_places[] = {".mirrord/mirrord.json", ".mirrord/mirrord.yaml", ".mirrord/mirrord.yml",
                                           ".mirrord/mirrord.toml"};

void client_file_deinit(struct client_file *file)
{
    json_free(file->queues);
    json_free(file->document);
    *file = (struct client_file){.queues = NULL};
}

static int read_namespace(const struct client_reader *reader, const struct json *value, struct client_file *file)
{
    const char *path = "target.namespace";
    if (json_type(value) == JSON_NULL)
        return 0;
    if (json_type(value) != JSON_STRING)
        return client_refuse(reader, path, "must be a string, not %s", client_type_name(value));
    if (str_copy(file->namespace, sizeof file->namespace, json_str(value)) < 0)
        return client_refuse(reader, path, "longer than %d bytes", NAMESPACE_SIZE - 1);
    return 0;
}

static int read_path(const struct client_reader *reader, const char *path, const struct json *value,
                     struct client_file *file)
{
    struct reason why = {.code = REASON_NONE};
    if (json_type(value) == JSON_NULL)
        return 0;
    if (json_type(value) != JSON_STRING)
        return client_refuse(reader, path, "must be a string such as \"deployment/meme-app\", not %s",
                             client_type_name(value));
    return target_parse(json_str(value), &file->target, &why) ? client_refuse(reader, path, "%s", why.text) : 0;
}

static int read_target(const struct client_reader *reader, const struct json *target, struct client_file *file)
{
    struct json_member member;
    if (json_type(target) != JSON_OBJECT)
        return read_path(reader, "target", target, file);
    for (json_first(target, &member); member.key; json_next(&member))
        if (strcmp(member.key, "path") != 0 && strcmp(member.key, "namespace") != 0) {
            char path[300];
            snprintf(path, sizeof path, "target.%s", member.key);
            return client_refuse(reader, path, "is no field of a target; there are path and namespace");
        }
    int r = read_path(reader, "target.path", json_get(target, "path"), file);
    return r == 0 ? read_namespace(reader, json_get(target, "namespace"), file) : r;
}

static int read_document(const struct client_reader *reader, struct client_file *file)
{
    const struct json *root = reader->document->value, *feature = json_get(root, "feature");
    if (json_type(root) != JSON_OBJECT)
        return client_refuse(reader, "the file", "must hold an object, not %s", client_type_name(root));
    if (feature && json_type(feature) != JSON_OBJECT && json_type(feature) != JSON_NULL)
        return client_refuse(reader, "feature", "must be an object, not %s", client_type_name(feature));
    int r = read_target(reader, json_get(root, "target"), file);
    return r == 0 ? client_queues_read(reader, json_get(feature, "split_queues"), &file->queues) : r;
}

static int parse_stream(struct str text, enum client_format format, struct yaml_stream *stream,
                        struct json_error *error)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    limits.bytes_max = CLIENT_FILE_BYTES_MAX;
    limits.comments = true;
    switch (format) {
    case CLIENT_FORMAT_JSON:
        return yaml_parse_json(text, &limits, stream, error);
    case CLIENT_FORMAT_YAML:
        return yaml_parse(text, &limits, stream, error);
    }
    return -EINVAL;
}

int client_file_parse(struct str text, enum client_format format, const char *name, struct client_file *ret,
                      struct reason *why)
{
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = {.documents = NULL};
    CLEANUP(client_file_deinit) struct client_file file = {.queues = NULL};
    struct json_error error = {.line = 0};
    int r = parse_stream(text, format, &stream, &error);
    if (r == JSON_REFUSED)
        return reason_set(why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID, "%s:%u:%u: %s", name, error.line,
                          error.column, error.text);
    if (r == 0 && stream.count != 1)
        return reason_set(why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID, "%s:1: holds %zu documents, not one",
                          name, stream.count);
    if (r == 0)
        r = read_document(&(struct client_reader){name, &stream.documents[0], why}, &file);
    if (r != 0)
        return r;
    file.document = TAKE(stream.documents[0].value);
    *ret = file;
    file = (struct client_file){.queues = NULL};
    return 0;
}

/* By the name's end; without one that is known, by how the text begins. */
static enum client_format format_of(struct str path, struct str text)
{
    size_t at = 0;
    if (str_ends_with(path, STR(".yaml")) || str_ends_with(path, STR(".yml")))
        return CLIENT_FORMAT_YAML;
    if (str_ends_with(path, STR(".json")))
        return CLIENT_FORMAT_JSON;
    while (at < text.len && strchr(" \t\r\n", text.data[at]))
        at++;
    return at < text.len && strchr("{/", text.data[at]) ? CLIENT_FORMAT_JSON : CLIENT_FORMAT_YAML;
}

static int file_refuse(const char *path, int error, struct reason *why)
{
    if (error == -ENOBUFS)
        return reason_set(why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID,
                          "%s:1: larger than the limit of %u bytes", path, CLIENT_FILE_BYTES_MAX);
    return reason_set(why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID, "%s: cannot be read: %s", path,
                      strerror(-error));
}

static int read_file(const char *path, struct client_file *ret, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CLIENT_FILE_BYTES_MAX);
    if (str_ends_with(str_of(path), STR(".toml")))
        return reason_set(why, REASON_CLIENT_FILE_INVALID, CLIENT_FILE_INVALID,
                          "%s:1: TOML is not read; write the same as JSON or YAML", path);
    int r = file_read(AT_FDCWD, path, &text);
    if (r < 0)
        return r == -ENOMEM ? r : file_refuse(path, r, why);
    return client_file_parse(buf_str(&text), format_of(str_of(path), buf_str(&text)), path, ret, why);
}

int client_file_read(const char *path, struct client_file *ret, struct reason *why)
{
    for (size_t i = 0; !path && i < sizeof usual_places / sizeof usual_places[0]; i++)
        path = access(usual_places[i], F_OK) == 0 ? usual_places[i] : NULL;
    if (path)
        return read_file(path, ret, why);
    struct json *queues = json_new_array();
    if (!queues)
        return -ENOMEM;
    *ret = (struct client_file){.queues = queues};
    return CLIENT_FILE_ABSENT;
}
