/* libyaml's parser, one event at a time.
 *
 * Owns the parser, the present event and the anchors. Its texts about errors are constants without data of the document, so
 * they are passed on. */
#include "common/yaml/yaml_reader.h"

int yaml_reader_init(struct yaml_reader *reader, struct str text, const struct json_limits *limits,
                     struct json_error *error)
{
    *reader = (struct yaml_reader){.text = text, .limits = limits, .error = error};
    if (!yaml_parser_initialize(&reader->parser))
        return -ENOMEM;
    /* Said outright: a byte order mark must not switch to UTF-16. */
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)(text.data ? text.data : ""), text.len);
    return 0;
}

void yaml_reader_deinit(struct yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    yaml_anchors_deinit(&reader->anchors);
}

/* The reader of libyaml knows an offset only. */
static int refuse_byte(struct yaml_reader *reader)
{
    size_t offset = reader->parser.problem_offset, line_start = 0;
    unsigned line = 1;

    for (size_t i = 0; i < offset && i < reader->text.len; i++) {
        if (reader->text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    return json_refuse(reader->error, line, (unsigned)(offset - line_start + 1), "%s", reader->parser.problem);
}

static int refuse_event(struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;

    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        return -ENOMEM;
    case YAML_READER_ERROR:
        return refuse_byte(reader);
    case YAML_SCANNER_ERROR:
    case YAML_PARSER_ERROR:
        return yaml_refuse_at(reader, parser->problem_mark, "%s%s%s", parser->problem, parser->context ? ", " : "",
                              parser->context ? parser->context : "");
    case YAML_NO_ERROR:
    case YAML_COMPOSER_ERROR:
    case YAML_WRITER_ERROR:
    case YAML_EMITTER_ERROR:
        break;
    }
    return json_refuse(reader->error, 1, 1, "not valid YAML");
}

int yaml_reader_next(struct yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    return yaml_parser_parse(&reader->parser, &reader->event) ? 0 : refuse_event(reader);
}

int yaml_reader_count(struct yaml_reader *reader, size_t values, size_t bytes)
{
    reader->values += values;
    reader->bytes += bytes;
    if (reader->values > reader->limits->values_max)
        return yaml_refuse(reader, "more than the limit of %u values", reader->limits->values_max);
    if (reader->bytes > reader->limits->bytes_max)
        return yaml_refuse(reader, "more than the limit of %zu bytes in strings", reader->limits->bytes_max);
    return 0;
}
