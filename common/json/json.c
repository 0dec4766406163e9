/* Getters over json-c's values and packed ones.
 *
 * Owns nothing but the null mark. Getters take NULL and values of other types, so that they chain over documents that are
 * not yet validated; what is not there reads as absent. */
#include "common/json/json_internal.h"
#include "common/json/json_packed.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Aligned, because the lowest bit of a packed value's pointer is set. */
_Alignas(void *) char json_null_mark;

void json_free(struct json *json) { json_object_put(json_c_of(json)); }

enum json_type json_type(const struct json *json)
{
    if (json_is_packed(json))
        return (enum json_type)packed_of(json)->type;
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

    if (json_is_packed(json))
        return json_type(json) == JSON_OBJECT ? json_packed_get(packed_of(json), key) : NULL;
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
    enum json_type type = json_type(json);

    if (type != JSON_ARRAY && type != JSON_OBJECT)
        return 0;
    if (json_is_packed(json))
        return packed_of(json)->count;
    return type == JSON_ARRAY ? json_object_array_length(json_c_of(json))
                              : (size_t)json_object_object_length(json_c_of(json));
}

const struct json *json_at(const struct json *json, size_t index)
{
    if (json_type(json) != JSON_ARRAY || index >= json_count(json))
        return NULL;
    if (json_is_packed(json))
        return json_packed_at(packed_of(json), index);
    return json_of_c(json_object_array_get_idx(json_c_of(json), index));
}

struct str json_str(const struct json *json)
{
    if (json_type(json) != JSON_STRING)
        return (struct str){NULL, 0};
    if (json_is_packed(json))
        return (struct str){packed_of(json)->text, packed_of(json)->count};
    struct json_object *object = json_c_of(json);
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
    *ret = json_is_packed(json) ? packed_of(json)->whole : json_object_get_int64(json_c_of(json));
    return 0;
}

int json_bool(const struct json *json, bool *ret)
{
    if (json_type(json) != JSON_BOOL)
        return -EINVAL;
    *ret = json_is_packed(json) ? packed_of(json)->count != 0 : json_object_get_boolean(json_c_of(json)) != 0;
    return 0;
}

int json_double(const struct json *json, double *ret)
{
    if (json_type(json) != JSON_DOUBLE && json_type(json) != JSON_INT)
        return -EINVAL;
    *ret = json_is_packed(json) ? json_packed_double(packed_of(json)) : json_object_get_double(json_c_of(json));
    return 0;
}

const char *json_double_text(const struct json *json)
{
    return json_is_packed(json) ? packed_of(json)->text : json_object_get_userdata(json_c_of(json));
}

static bool scalar_equal(const struct json *a, const struct json *b, enum json_type type)
{
    int64_t left = 0, right = 0;
    bool yes = false, no = false;
    double one = 0, other = 0;

    switch (type) {
    case JSON_BOOL:
        return json_bool(a, &yes) == 0 && json_bool(b, &no) == 0 && yes == no;
    case JSON_INT:
        return json_int(a, &left) == 0 && json_int(b, &right) == 0 && left == right;
    case JSON_DOUBLE:
        return json_double(a, &one) == 0 && json_double(b, &other) == 0 && fabs(one - other) <= 0;
    case JSON_STRING:
        return str_equal(json_str(a), json_str(b));
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return true;
}

static bool elements_equal(const struct json *a, const struct json *b)
{
    for (size_t i = 0; i < json_count(a); i++)
        if (!json_equal(json_at(a, i), json_at(b, i)))
            return false;
    return true;
}

/* As many members as the other, and each of them the same there. */
static bool members_equal(const struct json *a, const struct json *b)
{
    struct json_member member;

    for (json_first(a, &member); member.key; json_next(&member))
        if (!json_equal(member.value, json_get(b, member.key)))
            return false;
    return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
    enum json_type type = json_type(a);

    if (!a != !b || type != json_type(b) || json_count(a) != json_count(b))
        return false;
    if (type == JSON_ARRAY)
        return elements_equal(a, b);
    return type == JSON_OBJECT ? members_equal(a, b) : scalar_equal(a, b, type);
}

static void member_fill(struct json_member *member, struct lh_entry *entry)
{
    *member = (struct json_member){.key = entry ? lh_entry_k(entry) : NULL,
                                   .value = entry ? json_of_c(lh_entry_v(entry)) : NULL,
                                   .cursor = entry};
}

void json_first(const struct json *json, struct json_member *member)
{
    bool has_members = json_type(json) == JSON_OBJECT;

    if (has_members && json_is_packed(json))
        json_packed_first(packed_of(json), member);
    else
        member_fill(member, has_members ? lh_table_head(json_object_get_object(json_c_of(json))) : NULL);
}

void json_next(struct json_member *member)
{
    if (json_is_packed(member->cursor))
        json_packed_next(member);
    else if (member->cursor)
        member_fill(member, lh_entry_next((const struct lh_entry *)member->cursor));
}
