/* Documents for tests, and what a refusal must look like. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json/json.h"
#include <cmocka.h>
#include <stdio.h>

/* A document that must parse; owned by the test. */
static inline struct json *json_given(const char *text)
{
    struct json_error error = {0};
    struct json *json = NULL;

    if (json_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &json, &error) != 0)
        fail_msg("%u:%u %s in %s", error.line, error.column, error.text, text);
    return json;
}

/* The compact text of a value is this. */
static inline void assert_written(const struct json *json, const char *expected)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1u << 20);

    assert_int_equal(json_write(json, JSON_COMPACT, &buf), 0);
    assert_string_equal(buf_str(&buf).data, expected);
}

/* A refusal at this place whose text holds why, and nothing returned. */
static inline void assert_refused(struct str text, const struct json_limits *limits, unsigned line, unsigned column,
                                  const char *why)
{
    struct json_error error = {0};
    struct json *json = NULL;
    int r = json_parse(text, limits, &json, &error);

    if (r != JSON_REFUSED || error.line != line || error.column != column || !strstr(error.text, why))
        fail_msg("%d at %u:%u \"%s\", wanted %u:%u \"%s\" for %.*s", r, error.line, error.column, error.text, line,
                 column, why, STR_ARG(text));
    assert_null(json);
}
