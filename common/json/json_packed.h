/* Values that lie in one piece of memory and never change: how they lie there, and how they are told from json-c's.
 *
 * Pointers to them have their lowest bit set, which no pointer to one of json-c's objects has. Included in this folder only. */
#pragma once

#include "common/json/json.h"

struct packed_member;
struct packed {
    uint32_t type;  /* enum json_type */
    uint32_t count; /* bytes of a text without its NUL, elements, members; of a bool its value */
    union {
        int64_t whole;
        const char *text; /* of a string; of a double as the document had it */
        const struct packed *elements;
        const struct packed_member *members;
    };
};
struct packed_member {
    const char *key;
    struct packed value;
};

static inline bool json_is_packed(const void *json) { return ((uintptr_t)json & 1) != 0; }
static inline const struct packed *packed_of(const struct json *json)
{
    return (const struct packed *)((uintptr_t)json - 1);
}
static inline const struct json *json_of_packed(const struct packed *value)
{
    return (const struct json *)((uintptr_t)value + 1);
}

/* The getters of json.h; each value is packed and, but for json_packed_dup, of the type that the name says. */
const struct json *json_packed_get(const struct packed *object, const char *key);
const struct json *json_packed_at(const struct packed *array, size_t index);
double json_packed_double(const struct packed *number);
void json_packed_first(const struct packed *object, struct json_member *member);
void json_packed_next(struct json_member *member);
MUST_USE int json_packed_dup(const struct packed *value, struct json **ret);
