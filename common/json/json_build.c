/* Making and changing values.
 *
 * Hands every value to its caller or its new parent. Fails only for want of memory, or with -EINVAL where the caller's
 * container is of another type. */
#include "common/json/json_internal.h"
#include "common/json/json_packed.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Most arrays in our documents are short; json-c would start with 32 slots. */
#define ARRAY_SLOTS_INITIAL 4

struct json *json_new_object(void) { return (struct json *)json_object_new_object(); }
struct json *json_new_array(void) { return (struct json *)json_object_new_array_ext(ARRAY_SLOTS_INITIAL); }
struct json *json_new_text(const char *text) { return json_new_str(str_of(text)); }
struct json *json_new_int(int64_t number) { return (struct json *)json_object_new_int64(number); }
struct json *json_new_bool(bool value) { return (struct json *)json_object_new_boolean(value); }
struct json *json_new_null(void) { return json_of_c(NULL); }

struct json *json_new_str(struct str s)
{
    if (s.len > INT_MAX)
        return NULL;
    return (struct json *)json_object_new_string_len(s.data ? s.data : "", (int)s.len);
}

struct json *json_new_number(double number, const char *text)
{
    return (struct json *)json_object_new_double_s(number, text);
}

/* The shortest text that reads back as the same number, and as a double rather than an integer. */
struct json *json_new_double(double number)
{
    char text[40];

    if (!isfinite(number))
        return json_new_null();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (fabs(strtod(text, NULL) - number) <= 0)
            break;
    }
    if (!strpbrk(text, ".e"))
        strncat(text, ".0", sizeof(text) - strlen(text) - 1);
    return json_new_number(number, text);
}

int json_set_take(struct json *object, const char *key, struct json *value)
{
    if (!value)
        return -ENOMEM;
    if (json_type(object) != JSON_OBJECT) {
        json_free(value);
        return -EINVAL;
    }
    if (json_object_object_add(json_c_of(object), key, json_c_of(value)) < 0) {
        json_free(value);
        return -ENOMEM;
    }
    return 0;
}

int json_set_text(struct json *object, const char *key, const char *text)
{
    return json_set_take(object, key, json_new_text(text));
}

int json_set_int(struct json *object, const char *key, int64_t number)
{
    return json_set_take(object, key, json_new_int(number));
}

int json_set_bool(struct json *object, const char *key, bool value)
{
    return json_set_take(object, key, json_new_bool(value));
}

int json_append_take(struct json *array, struct json *value)
{
    if (!value)
        return -ENOMEM;
    if (json_type(array) != JSON_ARRAY) {
        json_free(value);
        return -EINVAL;
    }
    if (json_object_array_add(json_c_of(array), json_c_of(value)) < 0) {
        json_free(value);
        return -ENOMEM;
    }
    return 0;
}

void json_delete(struct json *object, const char *key)
{
    if (json_type(object) == JSON_OBJECT)
        json_object_object_del(json_c_of(object), key);
}

int json_object_at(struct json *object, const char *key, struct json **ret)
{
    struct json_object *member = NULL;
    int r;

    if (json_type(object) != JSON_OBJECT)
        return -EINVAL;
    json_object_object_get_ex(json_c_of(object), key, &member);
    if (!member) {
        r = json_set_take(object, key, json_new_object());
        if (r < 0)
            return r;
        json_object_object_get_ex(json_c_of(object), key, &member);
    }
    if (!json_object_is_type(member, json_type_object))
        return -EINVAL;
    *ret = json_of_c(member);
    return 0;
}

int json_dup(const struct json *json, struct json **ret)
{
    struct json_object *copy = NULL;

    if (json_is_packed(json))
        return json_packed_dup(packed_of(json), ret);
    if (json_c_of(json) && json_object_deep_copy(json_c_of(json), &copy, NULL) < 0)
        return -ENOMEM;
    *ret = json_of_c(copy);
    return 0;
}

static void swap_tables(struct lh_table *a, struct lh_table *b)
{
    struct lh_table held = *a;

    *a = *b;
    *b = held;
}

static void swap_lists(struct array_list *a, struct array_list *b)
{
    struct array_list held = *a;

    *a = *b;
    *b = held;
}

void json_swap(struct json_object *a, struct json_object *b)
{
    check(json_object_get_type(a) == json_object_get_type(b));
    if (json_object_is_type(a, json_type_object))
        swap_tables(json_object_get_object(a), json_object_get_object(b));
    else
        swap_lists(json_object_get_array(a), json_object_get_array(b));
}
