/* yaml_parse: what is accepted stays within its limits and has lines; what is JSON is the same document in both parsers. */
#include "common/yaml/yaml.h"
#include "tests/fuzz/fuzz.h"

static const struct json_limits limits = {.bytes_max = 1u << 16, .depth_max = 32, .values_max = 4096};

static void check_lines(const struct yaml_document *document, struct str text)
{
    CLEANUP(cleanup_freep) char *path = NULL;

    check(document->line > 0);
    check(yaml_line_of(document, "spec.topics[0].id") >= document->line);
    /* The text itself serves as a strange path. */
    check(str_dup(text, &path) == 0);
    check(yaml_line_of(document, path) > 0);
}

static void check_document(const struct yaml_document *document)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(8u << 20);
    CLEANUP(json_freep) struct json *again = NULL;
    struct json_limits wide = limits;
    struct json_error error;

    wide.bytes_max = text.max_bytes;
    check(json_write(document->value, JSON_COMPACT, &text) == 0);
    check(json_parse(buf_str(&text), &wide, &again, &error) == 0);
    check(json_equal(document->value, again));
}

static void check_json_is_yaml(struct str text, const struct yaml_stream *stream)
{
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error error;

    if (json_parse(text, &limits, &json, &error) != 0)
        return;
    if (json_type(json) != JSON_OBJECT && json_type(json) != JSON_ARRAY)
        return;
    check(stream->count == 1 && json_equal(stream->documents[0].value, json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = {0};
    struct str text = {(const char *)data, size};
    struct json_error error = {0};
    int r = yaml_parse(text, &limits, &stream, &error);

    check(r == 0 || (r == JSON_REFUSED && error.line > 0 && error.column > 0 && error.text[0]));
    check_json_is_yaml(text, &stream);
    for (size_t i = 0; i < stream.count; i++) {
        check_document(&stream.documents[i]);
        check_lines(&stream.documents[i], text);
    }
    return 0;
}
