/* libyaml's event stream with our limits and errors. Included in this folder only; no other folder sees libyaml. */
#pragma once

#include "common/json/json_text.h"
#include "common/yaml/yaml_anchor.h"
#include "common/yaml/yaml_lines.h"
#include <yaml.h>

struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the present one; owned */
    struct str text;
    const struct json_limits *limits;
    struct json_error *error;
    size_t values; /* of the stream so far, aliases expanded */
    size_t bytes;  /* likewise */
    unsigned depth;
    struct yaml_anchors anchors; /* of the present document */
    struct yaml_lines *lines;    /* of the present document; borrowed */
};

MUST_USE int yaml_reader_init(struct yaml_reader *reader, struct str text, const struct json_limits *limits,
                              struct json_error *error);
void yaml_reader_deinit(struct yaml_reader *reader);
/* Makes the next event the present one. 0, JSON_REFUSED, -ENOMEM. */
MUST_USE int yaml_reader_next(struct yaml_reader *reader);
/* JSON_REFUSED at a mark of libyaml. */
#define yaml_refuse_at(reader, mark, ...) \
    json_refuse((reader)->error, (unsigned)(mark).line + 1, (unsigned)(mark).column + 1, __VA_ARGS__)
/* JSON_REFUSED at the present event. */
#define yaml_refuse(reader, ...) yaml_refuse_at(reader, (reader)->event.start_mark, __VA_ARGS__)
/* Counts what is about to be made: 0, or JSON_REFUSED at the present event. */
MUST_USE int yaml_reader_count(struct yaml_reader *reader, size_t values, size_t bytes);

/* The value that begins at the present event, whose last event is the present one afterwards (yaml_node.c). */
MUST_USE int yaml_node(struct yaml_reader *reader, struct json **ret);
