/* Reading of one manifest. All or nothing: a file with an error leaves the documents of its last good state in force.
 * A document whose fields are wrong is taken as it is (sessions that need it say why they fail); here its line is told. */
#include "supervisor/source/manifest.h"

#include "common/base/arena.h"
#include "common/base/fd.h"
#include "common/model/field.h"
#include "common/model/property.h"
#include "common/yaml/yaml.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHECK_ARENA_BYTES (1u << 20)

static void documents_free(struct manifest_document *documents, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_free(documents[i].value);
    free(documents);
}

void manifest_deinit(struct manifest *manifest)
{
    documents_free(manifest->documents, manifest->count);
    manifest->documents = NULL;
    manifest->count = 0;
}

bool manifest_safe(const struct stat *st)
{
    return (st->st_mode & (S_IWGRP | S_IWOTH)) == 0 && (st->st_uid == 0 || st->st_uid == geteuid());
}

struct reading {
    const char *file;
    struct source_problems *problems;
    const struct yaml_document *document; /* at hand */
};

/* The line of the field that an error's text begins with. */
static unsigned line_of(const struct yaml_document *document, const char *text)
{
    char path[REASON_TEXT_SIZE];
    const char *end = strstr(text, ": ");
    unsigned line = document->line;

    if (end && str_copy(path, sizeof path, (struct str){text, (size_t)(end - text)}) == 0)
        line = yaml_line_of(document, path);
    return line ? line : document->line;
}

static void on_field_error(void *context, size_t index, const struct reason *why)
{
    const struct reading *reading = context;

    (void)index;
    source_problems_add(reading->problems, false, reading->file, line_of(reading->document, why->text), why->code,
                        "%s", why->text);
}

static int check_fields(struct reading *reading, enum kind kind)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(CHECK_ARENA_BYTES);
    const char *prefix = kind == KIND_KAFKA_TOPICS_CONSUMER ? "spec.topics[]" : "spec.queues{}";
    const struct field_queue_errors queues = {prefix, on_field_error, reading};
    struct field_report report;
    struct reason why;
    int r = field_check(kind, reading->document->value, &queues, &arena, &report, &why);

    if (r == RESOURCE_REFUSED)
        on_field_error(reading, 0, &why);
    for (size_t i = 0; i < report.unknown_count; i++)
        source_problems_add(reading->problems, true, reading->file,
                            yaml_line_of(reading->document, report.unknown[i]), REASON_FIELD_UNKNOWN,
                            "%s: unknown field", report.unknown[i]);
    return r == -ENOMEM ? r : 0;
}

/* Client properties that have no effect, or that every split with this config will be refused for (S-3). */
static void check_properties(struct reading *reading)
{
    const struct json *list = json_path(reading->document->value, "spec", "properties", NULL);

    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text(json_get(json_at(list, i), "name"));
        const struct json *value = json_get(json_at(list, i), "value");
        struct reason why = {.code = REASON_NONE};
        int64_t number = 0;
        char path[64], text[32];
        snprintf(path, sizeof path, "spec.properties[%zu].name", i);
        snprintf(text, sizeof text, "%" PRId64, json_int(value, &number) == 0 ? number : 0);
        if (json_type(value) == JSON_NULL)
            continue; /* it takes an inherited one away */
        enum property_list verdict =
            property_judge(name, json_type(value) == JSON_STRING ? json_text(value) : text, &why);
        if (verdict == PROPERTY_IGNORED)
            reason_set(&why, REASON_PROPERTY_IGNORED, 0, "%s: property %.255s has no effect", path, name);
        if (why.code != REASON_NONE)
            source_problems_add(reading->problems, verdict == PROPERTY_IGNORED, reading->file,
                                yaml_line_of(reading->document, path), why.code, "%s", why.text);
    }
}

enum take { TAKE_DOCUMENT, TAKE_NOTHING, TAKE_REFUSED };

/* Why a document of a kind that no folder holds is left alone. */
static void tell_ignored(const struct reading *reading, const struct resource_key *key)
{
    const char *kind = kind_row(key->kind)->name;
    if (kind_row(key->kind)->role == KIND_ROLE_WORKLOAD)
        source_problems_add(reading->problems, true, reading->file, reading->document->line,
                            REASON_MANIFEST_UNREADABLE,
                            "%.63s is a workload of a cluster; here a LocalService '%.253s' takes its place, and the "
                            "document is ignored",
                            kind, key->name);
    else
        source_problems_add(reading->problems, true, reading->file, reading->document->line,
                            REASON_MANIFEST_UNREADABLE, "%.63s is written by Sluice alone; the document is ignored",
                            kind);
}

/* Whether a document is one that people write here. */
static enum take judge(const struct reading *reading, struct resource_key *key)
{
    const struct json *value = reading->document->value;
    const char *text = NULL;

    if (kind_by_name(json_str(json_get(value, "apiVersion")), json_str(json_get(value, "kind"))) == KIND_NONE &&
        json_str(json_get(value, "kind")).len > 0) {
        source_problems_add(reading->problems, true, reading->file, reading->document->line,
                            REASON_MANIFEST_UNREADABLE, "%.63s of %.128s is no kind that Sluice reads",
                            json_text(json_get(value, "kind")), json_text(json_get(value, "apiVersion")));
        return TAKE_NOTHING;
    }
    if (resource_key_of(value, "default", key, &text)) {
        source_problems_add(reading->problems, false, reading->file, line_of(reading->document, text),
                            REASON_MANIFEST_UNREADABLE, "%s; the file's last good state stays in force", text);
        return TAKE_REFUSED;
    }
    enum kind_role role = kind_row(key->kind)->role;
    if (role == KIND_ROLE_INPUT || role == KIND_ROLE_TARGET)
        return TAKE_DOCUMENT;
    tell_ignored(reading, key);
    return TAKE_NOTHING;
}

/* Moves what counts out of the stream. -EINVAL: a document has no proper name. */
static int take_documents(struct reading *reading, struct yaml_stream *stream, struct manifest_document *documents,
                          size_t *ret_count)
{
    size_t count = 0;
    bool refused = false;

    for (size_t i = 0; i < stream->count; i++) {
        struct resource_key key;
        reading->document = &stream->documents[i];
        enum take take = judge(reading, &key);
        refused = refused || take == TAKE_REFUSED;
        if (take != TAKE_DOCUMENT)
            continue;
        if (check_fields(reading, key.kind) < 0)
            return -ENOMEM;
        if (key.kind == KIND_KAFKA_CLIENT_CONFIG)
            check_properties(reading);
        documents[count++] = (struct manifest_document){key, stream->documents[i].value, stream->documents[i].line};
    }
    if (refused)
        return -EINVAL;
    for (size_t i = 0, kept = 0; i < stream->count; i++)
        if (kept < count && stream->documents[i].value == documents[kept].value) {
            stream->documents[i].value = NULL;
            kept++;
        }
    *ret_count = count;
    return 0;
}

static int parse(struct str text, struct manifest *manifest, struct source_problems *problems)
{
    struct yaml_stream stream CLEANUP(yaml_stream_deinit) = {.count = 0};
    struct reading reading = {.file = manifest->name, .problems = problems};
    struct json_error error;
    size_t count = 0;
    int r = yaml_parse(text, &JSON_LIMITS_DOCUMENT, &stream, &error);

    if (r > 0)
        source_problems_add(problems, false, manifest->name, error.line, REASON_MANIFEST_UNREADABLE,
                            "line %u, column %u: %s; the file's last good state stays in force", error.line,
                            error.column, error.text);
    if (r)
        return r > 0 ? 0 : r;
    struct manifest_document *documents = calloc(stream.count + 1, sizeof *documents);
    if (!documents)
        return -ENOMEM;
    r = take_documents(&reading, &stream, documents, &count);
    if (r < 0) {
        free(documents); /* the values are the stream's still */
        return r == -EINVAL ? 0 : r;
    }
    manifest_deinit(manifest);
    manifest->documents = documents;
    manifest->count = count;
    manifest->good = true;
    return 0;
}

static int refuse(const struct manifest *manifest, struct source_problems *problems, enum reason_code code,
                  const char *text)
{
    source_problems_add(problems, false, manifest->name, 0, code, "%s; the file's last good state stays in force",
                        text);
    return 0;
}

int manifest_read(int dir_fd, struct manifest *manifest, struct source_problems *problems)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(MANIFEST_BYTES_MAX);
    struct stat st;
    /* Not blocking: opening a FIFO that somebody put there must not hang us. */
    int fd CLEANUP(fd_closep) = openat(dir_fd, manifest->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && errno == ENOENT)
        return -ENOENT;
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse(manifest, problems, REASON_MANIFEST_UNREADABLE, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(manifest, problems, REASON_MANIFEST_UNREADABLE, "not a regular file");
    if (!manifest_safe(&st))
        return refuse(manifest, problems, REASON_FOLDER_UNSAFE,
                      "others than the supervisor's user can write this file, which says what is run");
    int r = fd_read_all(fd, &text);
    if (r == -ENOMEM)
        return r;
    if (r == -ENOBUFS)
        return refuse(manifest, problems, REASON_MANIFEST_UNREADABLE, "larger than the limit of 1 MiB");
    if (r < 0)
        return refuse(manifest, problems, REASON_MANIFEST_UNREADABLE, strerror(-r));
    if (text.len == 0 && manifest->count > 0) /* it is being written anew, which cp and > begin with */
        return refuse(manifest, problems, REASON_MANIFEST_UNREADABLE,
                      "it became empty; remove the file to take its resources away");
    if (text.len == 0 && !manifest->good) { /* what it held before we were started is not known */
        source_problems_add(problems, true, manifest->name, 0, REASON_MANIFEST_UNREADABLE, "it is empty");
        return 0;
    }
    return parse(buf_str(&text), manifest, problems);
}
