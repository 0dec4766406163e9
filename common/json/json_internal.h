/* What the files behind json-c's door share: the cast between our values and json-c's.
 *
 * Included in this folder only. json-c has no object for null (it is a NULL pointer there); ours is a mark, so that
 * "absent" and "null" stay two things outside. */
#pragma once

#include "common/json/json.h"

/* json-c has types of these names as well. */
#define json_type json_c_type
#define json_bool json_c_bool
#include <json-c/arraylist.h>
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#undef json_type
#undef json_bool

extern char json_null_mark;

static inline bool json_is_null_mark(const struct json *json) { return (const void *)json == &json_null_mark; }

/* NULL for an absent value and for null. json-c's getters want changeable objects, and change none. */
static inline struct json_object *json_c_of(const struct json *json)
{
    return json_is_null_mark(json) ? NULL : (struct json_object *)(uintptr_t)json;
}

/* The mark for json-c's NULL. */
static inline struct json *json_of_c(struct json_object *object)
{
    return object ? (struct json *)object : (struct json *)(void *)&json_null_mark;
}

/* The text of a double, as it is written. */
const char *json_double_text(const struct json *json);
/* A double that is written as text, which must be a JSON number. NULL: no memory. */
struct json *json_new_number(double number, const char *text);
/* Exchanges the contents of two objects or two arrays; cannot fail, so a finished copy can take over. */
void json_swap(struct json_object *a, struct json_object *b);
