/* Shared steps of the decoders. Pure; fails only for lack of arena, or on a wrong annotation. */
#include "common/model/decode.h"

#include <inttypes.h>
#include <stdio.h>

int decode_text(struct arena *arena, const struct json *value, const char **ret)
{
    int64_t number = 0;
    bool truth = false;
    *ret = NULL;
    /* Objects and lists: a part that field_check refused and whose error stays with its queue. */
    if (json_type(value) == JSON_NULL || json_type(value) == JSON_OBJECT || json_type(value) == JSON_ARRAY)
        return 0;
    if (json_type(value) == JSON_STRING)
        return arena_str(arena, json_str(value), ret);
    if (json_int(value, &number) == 0)
        return arena_printf(arena, ret, "%" PRId64, number);
    if (json_bool(value, &truth) == 0)
        return arena_str(arena, truth ? STR("true") : STR("false"), ret);
    /* A fraction keeps the digits that stood in the document. */
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(64);
    int r = json_write(value, JSON_COMPACT, &text);
    return r < 0 ? r : arena_str(arena, buf_str(&text), ret);
}

int decode_text_or_empty(struct arena *arena, const struct json *value, const char **ret)
{
    int r = decode_text(arena, value, ret);
    if (r == 0 && !*ret)
        *ret = "";
    return r;
}

int64_t decode_int(const struct json *value, int64_t fallback)
{
    int64_t number = 0;
    return json_int(value, &number) == 0 ? number : fallback;
}

bool decode_bool(const struct json *value, bool fallback)
{
    bool truth = false;
    return json_bool(value, &truth) == 0 ? truth : fallback;
}

int decode_texts(struct arena *arena, const struct json *list, const char *const **ret)
{
    *ret = NULL;
    if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
        return 0;
    void *memory = NULL;
    size_t count = json_count(list);
    int r = arena_alloc_array(arena, count + 1, sizeof(char *), &memory);
    const char **texts = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = decode_text_or_empty(arena, json_at(list, i), &texts[i]);
    if (r == 0)
        *ret = texts;
    return r;
}

const struct json *decode_annotation_value(const struct json *document, const char *name)
{
    char key[96];
    snprintf(key, sizeof key, "sluice.dev/%s", name);
    return json_get(json_path(document, "metadata", "annotations", NULL), key);
}

const char *decode_annotation(const struct json *document, const char *name)
{
    const struct json *value = decode_annotation_value(document, name);
    return json_type(value) == JSON_STRING ? json_text(value) : NULL;
}

int decode_target_kind(const char *kind, const char *path, struct reason *why)
{
    static const char *const kinds[] = {"Deployment", "StatefulSet", "Rollout", "LocalService"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], kind) == 0)
            return 0;
    return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                      "%s: '%.63s' is not one of Deployment, StatefulSet, Rollout, LocalService", path, kind);
}
