/* Documents as people write them, and an arena for what they are decoded to. */
#pragma once

#include "common/model/resource.h"
#include "common/yaml/yaml.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>

#define MODEL_ARENA_BYTES (1u << 20)

/* The one document of a YAML text; owned by the test. */
static inline struct json *model_given(const char *text)
{
    struct yaml_stream stream = {.count = 0};
    struct json_error error;

    if (yaml_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &stream, &error) != 0)
        fail_msg("line %u: %s", error.line, error.text);
    assert_int_equal(stream.count, 1);
    struct json *value = TAKE(stream.documents[0].value);
    yaml_stream_deinit(&stream);
    return value;
}

/* A reason of this code whose text holds part. */
static inline void assert_reason(const struct reason *why, enum reason_code code, const char *part)
{
    if (why->code != code || !strstr(why->text, part))
        fail_msg("expected %s with '%s', got %s: %s", reason_name(code), part, reason_name(why->code), why->text);
}
