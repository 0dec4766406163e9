/* The door of json-c: values with typed getters, bounded parsing, writing.
 *
 * struct json stands for json-c's object, or for a packed copy of one, and is never defined; no json-c type or call leaves this folder. A value is
 * owned by whoever made or parsed it (json_free frees the whole tree); values got from a tree are borrowed and live as
 * long as the tree is not changed. A NULL pointer means "absent"; a null in a document is a value of its own, so the
 * two can be told apart. Parsing refuses what S-10 names: size, depth, count of values, duplicate keys,
 * invalid UTF-8, trailing bytes; the error names line, column and the limit. */
#pragma once

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_limits {
    size_t bytes_max;
    unsigned depth_max;
    unsigned values_max;
    bool comments; /* accept comments and trailing commas, as client files have them */
};
#define JSON_LIMITS_DOCUMENT ((struct json_limits){.bytes_max = 1u << 20, .depth_max = 64, .values_max = 65536})

struct json_error {
    unsigned line;   /* from 1; 0 when the refusal has no place in a text (json_patch) */
    unsigned column; /* from 1; bytes (JSON) or characters (YAML) */
    char text[160];
};

enum json_outcome { JSON_REFUSED = 1 };
/* 0, JSON_REFUSED with *error filled, or -ENOMEM. */
MUST_USE int json_parse(struct str text, const struct json_limits *limits, struct json **ret,
                        struct json_error *error);
void json_free(struct json *json);
DEFINE_CLEANUP(struct json, json)

enum json_type json_type(const struct json *json); /* NULL pointer: JSON_NULL */
/* Borrowed member, or NULL when absent (or json is not an object, or NULL: getters chain). */
const struct json *json_get(const struct json *json, const char *key);
/* Along a path of members: json_path(doc, "metadata", "name", NULL). */
const struct json *json_path(const struct json *json, ...) __attribute__((sentinel));
size_t json_count(const struct json *json); /* elements or members; 0 for scalars and NULL */
const struct json *json_at(const struct json *json, size_t index);
/* Borrowed bytes; an empty str with data == NULL when it is not a string. */
struct str json_str(const struct json *json);
/* NUL-terminated text, "" when it is not a string. */
const char *json_text(const struct json *json);
/* 0, or -EINVAL when it is of another type. */
MUST_USE int json_int(const struct json *json, int64_t *ret);
MUST_USE int json_bool(const struct json *json, bool *ret);
/* Integers too; whole numbers outside int64 are doubles from the start. */
MUST_USE int json_double(const struct json *json, double *ret);
/* Same types and values, whatever the order of members; 1 and 1.0 differ. */
bool json_equal(const struct json *a, const struct json *b);

/* Members in document order. Use: struct json_member m; for (json_first(o, &m); m.key; json_next(&m)) ... */
struct json_member {
    const char *key; /* NULL: at the end */
    const struct json *value;
    const void *cursor;
    size_t after; /* of a packed value: members after this one */
};
void json_first(const struct json *json, struct json_member *member);
void json_next(struct json_member *member);

/* Building. The _take forms own the value from the call on, also when they fail; a NULL value fails with -ENOMEM, so
 * constructors can be nested without checks. Setting an existing key replaces. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_str(struct str s);
struct json *json_new_text(const char *text);
struct json *json_new_int(int64_t number);
struct json *json_new_bool(bool value);
struct json *json_new_double(double number); /* null when it is not finite, which JSON cannot say */
struct json *json_new_null(void);            /* never fails */
/* -ENOMEM, or -EINVAL when the container is of another type. */
MUST_USE int json_set_take(struct json *object, const char *key, struct json *value);
MUST_USE int json_set_text(struct json *object, const char *key, const char *text);
MUST_USE int json_set_int(struct json *object, const char *key, int64_t number);
MUST_USE int json_set_bool(struct json *object, const char *key, bool value);
MUST_USE int json_append_take(struct json *array, struct json *value);
void json_delete(struct json *object, const char *key);
/* The member as a changeable object, made when absent or null; -EINVAL when it is something else. */
MUST_USE int json_object_at(struct json *object, const char *key, struct json **ret);
MUST_USE int json_dup(const struct json *json, struct json **ret);
/* A copy that lies in one piece and cannot be changed: an eighth of the memory, for what is kept long. Every function that takes a
 * const value takes it, and values got from it live as long as the whole; only json_packed_free frees it. -ENOMEM. */
MUST_USE int json_pack(const struct json *json, const struct json **ret);
/* json_parse into such a copy, without the values that it would be one of: for what is read and never changed. */
MUST_USE int json_parse_packed(struct str text, const struct json_limits *limits, const struct json **ret,
                               struct json_error *error);
void json_packed_free(const struct json *json); /* NULL: nothing */
size_t json_packed_bytes(const struct json *packed);
DEFINE_CLEANUP(const struct json, json_packed)
/* RFC 7396, all or nothing. -EINVAL unless both are objects. */
MUST_USE int json_merge_patch(struct json *target, const struct json *patch);

enum json_style { JSON_COMPACT, JSON_PRETTY };
/* Slashes are not escaped; bytes that are not UTF-8 become U+FFFD. -ENOBUFS or -ENOMEM, and buf is as it was. */
MUST_USE int json_write(const struct json *json, enum json_style style, struct buf *buf);
/* A string in quotes, in the same way, for texts that are written piece by piece. */
MUST_USE int json_write_str(struct str s, struct buf *buf);
