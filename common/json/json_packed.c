/* Making of packed values, and getters over them.
 *
 * A value is walked twice: once for its size, once to lay it down. The root comes first, then, for each container, all that it
 * holds in one row, so that a getter follows one pointer. Fails only for want of memory. */
#include "common/json/json_packed.h"
#include "common/json/json_internal.h"

#include <stdlib.h>
#include <string.h>

struct measure {
    size_t rows_bytes;  /* of elements and members */
    size_t texts_bytes; /* with their NULs */
};

static void measure_value(struct measure *measure, const struct json *json)
{
    struct json_member member;

    switch (json_type(json)) {
    case JSON_STRING:
        measure->texts_bytes += json_str(json).len + 1;
        return;
    case JSON_DOUBLE:
        measure->texts_bytes += strlen(json_double_text(json)) + 1;
        return;
    case JSON_ARRAY:
        measure->rows_bytes += json_count(json) * sizeof(struct packed);
        for (size_t i = 0; i < json_count(json); i++)
            measure_value(measure, json_at(json, i));
        return;
    case JSON_OBJECT:
        measure->rows_bytes += json_count(json) * sizeof(struct packed_member);
        for (json_first(json, &member); member.key; json_next(&member)) {
            measure->texts_bytes += strlen(member.key) + 1;
            measure_value(measure, member.value);
        }
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_INT:
        return;
    }
}

/* Where the next row and the next text come to lie. */
struct layer {
    char *rows, *texts;
};

static const char *lay_text(struct layer *layer, struct str text)
{
    char *start = layer->texts;

    memcpy(start, text.data, text.len);
    start[text.len] = '\0';
    layer->texts += text.len + 1;
    return start;
}

static void lay_value(struct layer *layer, const struct json *json, struct packed *ret);

static void lay_array(struct layer *layer, const struct json *array, struct packed *ret)
{
    struct packed *row = (struct packed *)(void *)layer->rows;

    ret->elements = row;
    ret->count = (uint32_t)json_count(array);
    layer->rows += ret->count * sizeof *row;
    for (size_t i = 0; i < ret->count; i++)
        lay_value(layer, json_at(array, i), &row[i]);
}

static void lay_object(struct layer *layer, const struct json *object, struct packed *ret)
{
    struct packed_member *row = (struct packed_member *)(void *)layer->rows;
    struct json_member member;

    ret->members = row;
    ret->count = (uint32_t)json_count(object);
    layer->rows += ret->count * sizeof *row;
    for (json_first(object, &member); member.key; json_next(&member), row++) {
        row->key = lay_text(layer, str_of(member.key));
        lay_value(layer, member.value, &row->value);
    }
}

static void lay_string(struct layer *layer, struct str text, struct packed *ret)
{
    ret->count = (uint32_t)text.len;
    ret->text = lay_text(layer, text);
}

static void lay_value(struct layer *layer, const struct json *json, struct packed *ret)
{
    bool flag = false;

    *ret = (struct packed){.type = json_type(json), .whole = 0};
    switch (json_type(json)) {
    case JSON_NULL:
        return;
    case JSON_BOOL:
        ret->count = json_bool(json, &flag) == 0 && flag;
        return;
    case JSON_INT:
        check(json_int(json, &ret->whole) == 0);
        return;
    case JSON_DOUBLE:
        lay_string(layer, str_of(json_double_text(json)), ret);
        return;
    case JSON_STRING:
        lay_string(layer, json_str(json), ret);
        return;
    case JSON_ARRAY:
        lay_array(layer, json, ret);
        return;
    case JSON_OBJECT:
        lay_object(layer, json, ret);
        return;
    }
}

int json_pack(const struct json *json, const struct json **ret)
{
    struct measure measure = {.rows_bytes = sizeof(struct packed)};

    measure_value(&measure, json);
    char *block = malloc(measure.rows_bytes + measure.texts_bytes);
    if (!block)
        return -ENOMEM;
    struct layer layer = {block + sizeof(struct packed), block + measure.rows_bytes};
    lay_value(&layer, json, (struct packed *)(void *)block);
    *ret = json_of_packed((const struct packed *)(const void *)block);
    return 0;
}

size_t json_packed_bytes(const struct json *packed)
{
    struct measure measure = {.rows_bytes = sizeof(struct packed)};

    measure_value(&measure, packed);
    return measure.rows_bytes + measure.texts_bytes;
}

void json_packed_free(const struct json *json)
{
    if (json)
        free((void *)((uintptr_t)json - 1));
}

const struct json *json_packed_get(const struct packed *object, const char *key)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->members[i].key, key) == 0)
            return json_of_packed(&object->members[i].value);
    return NULL;
}

const struct json *json_packed_at(const struct packed *array, size_t index)
{
    return index < array->count ? json_of_packed(&array->elements[index]) : NULL;
}

double json_packed_double(const struct packed *number)
{
    return number->type == JSON_INT ? (double)number->whole : strtod(number->text, NULL);
}

/* The cursor has the lowest bit set, as its value's pointer has. */
static void member_fill(struct json_member *member, const struct packed_member *entry, size_t after)
{
    *member = (struct json_member){.key = entry->key,
                                   .value = json_of_packed(&entry->value),
                                   .cursor = (const void *)((uintptr_t)entry + 1),
                                   .after = after};
}

void json_packed_first(const struct packed *object, struct json_member *member)
{
    *member = (struct json_member){.key = NULL};
    if (object->count > 0)
        member_fill(member, object->members, object->count - 1);
}

void json_packed_next(struct json_member *member)
{
    const struct packed_member *entry = (const struct packed_member *)((uintptr_t)member->cursor - 1);
    size_t after = member->after;

    *member = (struct json_member){.key = NULL};
    if (after > 0)
        member_fill(member, entry + 1, after - 1);
}

static int dup_array(const struct packed *array, struct json **ret)
{
    CLEANUP(json_freep) struct json *copy = json_new_array();
    int r = copy ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < array->count; i++) {
        struct json *element = NULL;
        r = json_packed_dup(&array->elements[i], &element);
        if (r == 0)
            r = json_append_take(copy, element);
    }
    if (r == 0)
        *ret = TAKE(copy);
    return r;
}

static int dup_object(const struct packed *object, struct json **ret)
{
    CLEANUP(json_freep) struct json *copy = json_new_object();
    int r = copy ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < object->count; i++) {
        struct json *value = NULL;
        r = json_packed_dup(&object->members[i].value, &value);
        if (r == 0)
            r = json_set_take(copy, object->members[i].key, value);
    }
    if (r == 0)
        *ret = TAKE(copy);
    return r;
}

static struct json *dup_scalar(const struct packed *value)
{
    switch ((enum json_type)value->type) {
    case JSON_BOOL:
        return json_new_bool(value->count != 0);
    case JSON_INT:
        return json_new_int(value->whole);
    case JSON_DOUBLE:
        return json_new_number(json_packed_double(value), value->text);
    case JSON_STRING:
        return json_new_str((struct str){value->text, value->count});
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return json_new_null();
}

int json_packed_dup(const struct packed *value, struct json **ret)
{
    if (value->type == JSON_ARRAY)
        return dup_array(value, ret);
    if (value->type == JSON_OBJECT)
        return dup_object(value, ret);
    *ret = dup_scalar(value);
    return *ret ? 0 : -ENOMEM;
}
