/* A stream of YAML documents.
 *
 * Owns the documents until the stream is whole; a refused stream leaves nothing behind. JSON is tried first where the text
 * looks like it, since libyaml follows YAML 1.1, which refuses some JSON (escaped surrogates) and folds other line
 * breaks inside of strings. */
#include "common/yaml/yaml.h"
#include "common/yaml/yaml_reader.h"

/* libyaml compares each tag directive with all others before it. */
#define DIRECTIVES_MAX YAML_DOCUMENTS_MAX

static void document_deinit(struct yaml_document *document)
{
    json_free(document->value);
    yaml_lines_free(document->lines);
    *document = (struct yaml_document){0};
}

void yaml_stream_deinit(struct yaml_stream *stream)
{
    for (size_t i = 0; i < stream->count; i++)
        document_deinit(&stream->documents[i]);
    free(stream->documents);
    *stream = (struct yaml_stream){0};
}

/* The document's value moves into the stream. */
static int stream_append(struct yaml_stream *stream, struct yaml_document *document)
{
    struct yaml_document *grown = reallocarray(stream->documents, stream->count + 1, sizeof(stream->documents[0]));

    if (!grown)
        return -ENOMEM;
    yaml_lines_seal(document->lines);
    stream->documents = grown;
    stream->documents[stream->count++] = *document;
    *document = (struct yaml_document){0};
    return 0;
}

static int check_directives(struct str text, struct json_error *error)
{
    unsigned line = 1, directives = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool starts_line = i == 0 || text.data[i - 1] == '\n' || text.data[i - 1] == '\r';

        if (starts_line && text.data[i] == '%' && ++directives > DIRECTIVES_MAX)
            return json_refuse(error, line, 1, "more than the limit of %d directives", DIRECTIVES_MAX);
        line += text.data[i] == '\n';
    }
    return 0;
}

static int observe_enter(void *context, struct str key, size_t index, unsigned line)
{
    return yaml_lines_enter(context, key, index, line);
}

static void observe_leave(void *context) { yaml_lines_leave(context); }

static bool looks_like_json(struct str text)
{
    size_t at = 0;

    while (at < text.len && strchr(" \t\r\n", text.data[at]))
        at++;
    return at < text.len && (text.data[at] == '{' || text.data[at] == '[');
}

static unsigned first_line(struct str text)
{
    unsigned line = 1;

    for (size_t i = 0; i < text.len && text.data[i] != '{' && text.data[i] != '['; i++)
        line += text.data[i] == '\n';
    return line;
}

/* The whole text as one JSON document. */
static int read_json(struct str text, const struct json_limits *limits, struct yaml_stream *stream,
                     struct json_error *error)
{
    CLEANUP(document_deinit) struct yaml_document document = {.line = first_line(text)};
    struct json_observer observer = {NULL, observe_enter, observe_leave};
    int r = yaml_lines_new(&document.lines);

    if (r < 0)
        return r;
    observer.context = document.lines;
    r = json_parse_observed(text, limits, &observer, &document.value, error);
    return r != 0 ? r : stream_append(stream, &document);
}

/* "---" and nothing else: libyaml reports an empty plain scalar. */
static bool is_empty(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0 && !event->data.scalar.tag &&
           !event->data.scalar.anchor && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int read_root(struct yaml_reader *reader, struct yaml_stream *stream)
{
    CLEANUP(document_deinit) struct yaml_document document = {0};
    int r = yaml_lines_new(&document.lines);

    if (r < 0)
        return r;
    if (stream->count == YAML_DOCUMENTS_MAX)
        return yaml_refuse(reader, "more than the limit of %d documents", YAML_DOCUMENTS_MAX);
    document.line = (unsigned)reader->event.start_mark.line + 1;
    reader->lines = document.lines;
    r = yaml_lines_enter(document.lines, (struct str){NULL, 0}, 0, document.line);
    if (r == 0)
        r = yaml_node(reader, &document.value);
    reader->lines = NULL;
    yaml_anchors_deinit(&reader->anchors);
    return r != 0 ? r : stream_append(stream, &document);
}

/* From a document's start to its end. */
static int read_document(struct yaml_reader *reader, struct yaml_stream *stream)
{
    int r = yaml_reader_next(reader);

    if (r == 0 && !is_empty(&reader->event))
        r = read_root(reader, stream);
    return r != 0 ? r : yaml_reader_next(reader);
}

static int read_stream(struct yaml_reader *reader, struct yaml_stream *stream)
{
    int r = yaml_reader_next(reader);

    while (r == 0) {
        r = yaml_reader_next(reader);
        if (r != 0 || reader->event.type == YAML_STREAM_END_EVENT)
            return r;
        r = read_document(reader, stream);
    }
    return r;
}

int yaml_parse(struct str text, const struct json_limits *limits, struct yaml_stream *ret, struct json_error *error)
{
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = {0};
    struct json_limits strict = *limits;
    struct yaml_reader reader;
    int r = json_text_check(text, limits, error);

    strict.comments = false;
    if (r == 0)
        r = check_directives(text, error);
    if (r != 0)
        return r;
    /* What is refused as JSON may still be YAML. */
    r = looks_like_json(text) ? read_json(text, &strict, &stream, error) : JSON_REFUSED;
    if (r == JSON_REFUSED) {
        r = yaml_reader_init(&reader, text, limits, error);
        if (r < 0)
            return r;
        r = read_stream(&reader, &stream);
        yaml_reader_deinit(&reader);
    }
    if (r != 0)
        return r;
    *ret = stream;
    stream = (struct yaml_stream){0};
    return 0;
}

int yaml_parse_json(struct str text, const struct json_limits *limits, struct yaml_stream *ret,
                    struct json_error *error)
{
    struct yaml_stream stream = {0};
    int r = read_json(text, limits, &stream, error);

    if (r == 0)
        *ret = stream;
    return r;
}

unsigned yaml_line_of(const struct yaml_document *document, const char *path)
{
    return yaml_lines_find(document->lines, str_of(path));
}
