/* The door of libyaml: a stream of YAML documents as JSON values, with the line of every field.
 *
 * Core schema of YAML 1.2 (true/false, integers, floats, null; everything else is a string; quoted is always a
 * string). Aliases are expanded within the limits, so an alias bomb ends at values_max or bytes_max; merge keys,
 * duplicate keys, tags beside the core schema's and non-string keys are refused. Numbers that JSON cannot say are
 * refused. A text that is JSON is read as JSON. Nothing of a refused stream is returned. limits->comments is ignored:
 * YAML has its own. */
#pragma once

#include "common/json/json.h"

struct yaml_document {
    struct json *value;       /* owned */
    unsigned line;            /* where it starts, from 1 */
    struct yaml_lines *lines; /* owned: path -> line */
};
struct yaml_stream {
    struct yaml_document *documents; /* owned; empty documents are left out */
    size_t count;
};

#define YAML_DOCUMENTS_MAX 256
#define YAML_ANCHORS_MAX 1024 /* in one document */

/* depth_max holds for a document; bytes_max, values_max and YAML_DOCUMENTS_MAX for the stream, bytes_max both for its
 * text and for its strings with aliases expanded. 0, JSON_REFUSED with *error filled, or -ENOMEM. */
MUST_USE int yaml_parse(struct str text, const struct json_limits *limits, struct yaml_stream *ret,
                        struct json_error *error);
/* The same for a text that must be JSON (with comments and trailing commas if limits->comments): one document. */
MUST_USE int yaml_parse_json(struct str text, const struct json_limits *limits, struct yaml_stream *ret,
                             struct json_error *error);
void yaml_stream_deinit(struct yaml_stream *stream);
/* Line of a field by path ("spec.topics[0].id"), from 1; of its nearest known parent when it is absent. What stands
 * inside an alias has the line of the alias. */
unsigned yaml_line_of(const struct yaml_document *document, const char *path);
