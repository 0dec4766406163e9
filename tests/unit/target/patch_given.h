/* Documents of workloads, and the patch carried out on them. */
#pragma once

#include "common/json/json_patch.h"
#include "common/yaml/yaml.h"
#include "supervisor/target/patch.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#define TEMP "mirrord-tmp-0123456789-fallback-orders"

static inline struct json *given(const char *text)
{
    struct yaml_stream stream = {.count = 0};
    struct json_error error;
    if (yaml_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &stream, &error) != 0)
        fail_msg("line %u: %s", error.line, error.text);
    struct json *value = TAKE(stream.documents[0].value);
    yaml_stream_deinit(&stream);
    return value;
}

static inline char *written(const struct json *json)
{
    struct buf text = BUF_INIT(4u << 20);
    char *ret = NULL;
    if (json)
        assert_int_equal(json_write(json, JSON_COMPACT, &text), 0);
    else
        assert_int_equal(buf_append_str(&text, STR("absent")), 0);
    assert_int_equal(buf_take(&text, &ret), 0);
    return ret;
}

static inline void assert_same(const struct json *a, const struct json *b)
{
    char *left CLEANUP(cleanup_freep) = written(a), *right CLEANUP(cleanup_freep) = written(b);
    assert_string_equal(left, right);
}

static inline const struct json *template_of(const struct json *document)
{
    return json_path(document, "spec", "template", NULL);
}

static inline const struct json *env_of(const struct json *document, size_t container)
{
    const struct json *pod = json_path(document, "spec", "template", "spec", NULL);
    return json_get(json_at(json_get(pod, "containers"), container), "env");
}

/* Carries out what is to be done; true when there was something. */
static inline bool apply(struct json *document, const struct patch_input *input)
{
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    struct patch_input with = *input;
    struct json_error error;
    struct reason why;
    with.document = document;
    if (patch_build(&with, &patch, &why) != 0)
        fail_msg("%s", why.text);
    if (patch.operations && json_patch(document, patch.operations, &error) != 0)
        fail_msg("%s", error.text);
    return patch.operations != NULL;
}

static inline bool restore(struct json *document)
{
    return apply(document, &(struct patch_input){.document = document});
}

static inline bool patch_with(struct json *document, const struct target_entry *entries, size_t count)
{
    return apply(document, &(struct patch_input){.entries = entries, .entry_count = count});
}
