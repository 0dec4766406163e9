/* Getters over json-c's values.
 *
 * Owns nothing but the null mark. Getters take NULL and values of other types, so that they chain over documents that are
 * not yet validated; what is not there reads as absent. */
#include "common/json/json_internal.h"

#include <stdarg.h>

char json_null_mark;

void json_free(struct json *json) { json_object_put(json_c_of(json)); }

enum json_type json_type(const struct json *json)
{
    switch (json_object_get_type(json_c_of(json))) {
    case json_type_null:
        return JSON_NULL;
    case json_type_boolean:
        return JSON_BOOL;
    case json_type_int:
        return JSON_INT;
    case json_type_double:
        return JSON_DOUBLE;
    case json_type_string:
        return JSON_STRING;
    case json_type_array:
        return JSON_ARRAY;
    case json_type_object:
        return JSON_OBJECT;
    }
    return JSON_NULL;
}

const struct json *json_get(const struct json *json, const char *key)
{
    struct json_object *value;

    if (json_type(json) != JSON_OBJECT || !json_object_object_get_ex(json_c_of(json), key, &value))
        return NULL;
    return json_of_c(value);
}

const struct json *json_path(const struct json *json, ...)
{
    va_list keys;
    const char *key;

    va_start(keys, json);
    while (json && (key = va_arg(keys, const char *)))
        json = json_get(json, key);
    va_end(keys);
    return json;
}

size_t json_count(const struct json *json)
{
    if (json_type(json) == JSON_ARRAY)
        return json_object_array_length(json_c_of(json));
    if (json_type(json) == JSON_OBJECT)
        return (size_t)json_object_object_length(json_c_of(json));
    return 0;
}

const struct json *json_at(const struct json *json, size_t index)
{
    if (json_type(json) != JSON_ARRAY || index >= json_count(json))
        return NULL;
    return json_of_c(json_object_array_get_idx(json_c_of(json), index));
}

struct str json_str(const struct json *json)
{
    struct json_object *object = json_c_of(json);

    if (json_type(json) != JSON_STRING)
        return (struct str){NULL, 0};
    return (struct str){json_object_get_string(object), (size_t)json_object_get_string_len(object)};
}

const char *json_text(const struct json *json)
{
    struct str s = json_str(json);

    return s.data ? s.data : "";
}

int json_int(const struct json *json, int64_t *ret)
{
    if (json_type(json) != JSON_INT)
        return -EINVAL;
    *ret = json_object_get_int64(json_c_of(json));
    return 0;
}

int json_bool(const struct json *json, bool *ret)
{
    if (json_type(json) != JSON_BOOL)
        return -EINVAL;
    *ret = json_object_get_boolean(json_c_of(json));
    return 0;
}

int json_double(const struct json *json, double *ret)
{
    if (json_type(json) != JSON_DOUBLE && json_type(json) != JSON_INT)
        return -EINVAL;
    *ret = json_object_get_double(json_c_of(json));
    return 0;
}

bool json_equal(const struct json *a, const struct json *b)
{
    return !a == !b && json_object_equal(json_c_of(a), json_c_of(b));
}

static void member_fill(struct json_member *member, struct lh_entry *entry)
{
    member->cursor = entry;
    member->key = entry ? lh_entry_k(entry) : NULL;
    member->value = entry ? json_of_c(lh_entry_v(entry)) : NULL;
}

void json_first(const struct json *json, struct json_member *member)
{
    bool has_members = json_type(json) == JSON_OBJECT;

    member_fill(member, has_members ? lh_table_head(json_object_get_object(json_c_of(json))) : NULL);
}

void json_next(struct json_member *member)
{
    if (member->cursor)
        member_fill(member, lh_entry_next((const struct lh_entry *)member->cursor));
}
