/* Streams for tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/yaml/yaml.h"
#include <cmocka.h>

/* A stream that must parse; the test ends it with yaml_stream_deinit. */
static inline struct yaml_stream yaml_given(const char *text)
{
    struct yaml_stream stream = {0};
    struct json_error error = {0};

    if (yaml_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &stream, &error) != 0)
        fail_msg("%u:%u %s in %s", error.line, error.column, error.text, text);
    return stream;
}

/* The stream is one document whose JSON is this. */
static inline void assert_yaml(const char *text, const char *json)
{
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(text);
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1u << 20);

    assert_int_equal(stream.count, 1);
    assert_int_equal(json_write(stream.documents[0].value, JSON_COMPACT, &buf), 0);
    assert_string_equal(buf.data, json);
}
