/* The check of a document against field.def: one walk, two paths (with indexes for people, without for the table).
 *
 * Pure; owns nothing. Refuses wrong types, sizes and missing fields; reports unknown members. Fails only for lack of memory. */
#include "common/model/field.h"

#include <stdio.h>

#define REQUIRED FIELD_REQUIRED
#define SOURCE FIELD_SOURCE
#define NULLABLE FIELD_NULLABLE
static const struct field_row rows[] = {
#define FIELD(kind, path, type, flags, max, meaning) {KIND_##kind, path, FIELD_TYPE_##type, flags, max, meaning},
#include "common/model/field.def"
#undef FIELD
};
#undef REQUIRED
#undef SOURCE
#undef NULLABLE

#define ROW_COUNT (sizeof rows / sizeof *rows)
#define PATH_SIZE 768

struct walk {
    enum kind kind;
    const struct field_queue_errors *queues;
    struct arena *arena;
    struct field_report *report;
    struct reason *why; /* of the place being checked */
    char shown[PATH_SIZE];
    char pattern[PATH_SIZE];
};

static const struct field_row *row_of(const struct walk *walk)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].kind == walk->kind && strcmp(rows[i].path, walk->pattern) == 0)
            return &rows[i];
    return NULL;
}

struct mark {
    size_t shown, pattern;
};

/* Cut at the end when too long. This runs for every field of every document that is looked at. */
static void path_append(char *path, size_t length, const char *dot, const char *member)
{
    size_t dot_length = strlen(dot), room = PATH_SIZE - 1 - length;
    size_t member_length = strnlen(member, 253);
    dot_length = dot_length < room ? dot_length : room;
    room -= dot_length;
    member_length = member_length < room ? member_length : room;
    memcpy(path + length, dot, dot_length);
    memcpy(path + length + dot_length, member, member_length);
    path[length + dot_length + member_length] = '\0';
}

static struct mark path_push(struct walk *walk, const char *shown, const char *pattern)
{
    struct mark mark = {strlen(walk->shown), strlen(walk->pattern)};
    const char *dot = mark.shown && shown[0] != '[' ? "." : "";
    const char *pattern_dot = mark.pattern && pattern[0] != '[' && pattern[0] != '{' ? "." : "";
    path_append(walk->shown, mark.shown, dot, shown);
    path_append(walk->pattern, mark.pattern, pattern_dot, pattern);
    return mark;
}

static void path_pop(struct walk *walk, struct mark mark)
{
    walk->shown[mark.shown] = '\0';
    walk->pattern[mark.pattern] = '\0';
}

static const char *type_words(enum field_type type)
{
    switch (type) {
    case FIELD_TYPE_OBJECT:
    case FIELD_TYPE_MAP:
        return "an object";
    case FIELD_TYPE_LIST:
        return "a list";
    case FIELD_TYPE_STRING:
        return "a string";
    case FIELD_TYPE_TEXT:
        return "a string, a number or a boolean";
    case FIELD_TYPE_INT:
        return "a whole number, 0 or greater";
    case FIELD_TYPE_BOOL:
        return "true or false";
    case FIELD_TYPE_ANY:
        return "a value";
    }
    return "";
}

static bool type_fits(enum field_type type, const struct json *value)
{
    enum json_type is = json_type(value);
    int64_t number = 0;
    switch (type) {
    case FIELD_TYPE_OBJECT:
    case FIELD_TYPE_MAP:
        return is == JSON_OBJECT;
    case FIELD_TYPE_LIST:
        return is == JSON_ARRAY;
    case FIELD_TYPE_STRING:
        return is == JSON_STRING;
    case FIELD_TYPE_TEXT:
        return is == JSON_STRING || is == JSON_INT || is == JSON_BOOL || is == JSON_DOUBLE;
    case FIELD_TYPE_INT:
        return json_int(value, &number) == 0 && number >= 0;
    case FIELD_TYPE_BOOL:
        return is == JSON_BOOL;
    case FIELD_TYPE_ANY:
        return true;
    }
    return false;
}

/* What a row's max limits in this value. */
static size_t size_of(enum field_type type, const struct json *value)
{
    int64_t number = 0;
    if (type == FIELD_TYPE_INT)
        return json_int(value, &number) == 0 ? (size_t)number : 0;
    if (type == FIELD_TYPE_LIST || type == FIELD_TYPE_MAP)
        return json_count(value);
    return json_str(value).len;
}

static int check_value(struct walk *walk, const struct field_row *row, const struct json *value);

static int check_required(struct walk *walk, const struct json *object)
{
    size_t prefix = strlen(walk->pattern);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *path = rows[i].path;
        if (rows[i].kind != walk->kind || !(rows[i].flags & FIELD_REQUIRED) ||
            strncmp(path, walk->pattern, prefix) != 0 || (prefix && path[prefix] != '.'))
            continue;
        const char *member = path + prefix + (prefix ? 1 : 0);
        if (strpbrk(member, ".[{") || json_type(json_get(object, member)) != JSON_NULL)
            continue;
        return reason_set(walk->why, REASON_FIELD_MISSING, RESOURCE_REFUSED, "%s%s%s: missing", walk->shown,
                          prefix ? "." : "", member);
    }
    return 0;
}

static int report_unknown(struct walk *walk)
{
    struct field_report *report = walk->report;
    if (report->unknown_count == FIELD_UNKNOWN_MAX)
        return 0;
    if (!report->unknown) {
        void *list = NULL;
        int r = arena_alloc_array(walk->arena, FIELD_UNKNOWN_MAX, sizeof *report->unknown, &list);
        if (r < 0)
            return r;
        report->unknown = list;
    }
    int r = arena_str(walk->arena, str_of(walk->shown), &report->unknown[report->unknown_count]);
    if (r < 0)
        return r;
    report->unknown_count++;
    return 0;
}

/* At the pattern of the member itself. */
static bool is_common(const struct walk *walk, const char *key)
{
    return !strchr(walk->pattern, '.') && !strchr(walk->pattern, '{') &&
           (strcmp(key, "apiVersion") == 0 || strcmp(key, "kind") == 0 || strcmp(key, "metadata") == 0 ||
            strcmp(key, "status") == 0);
}

/* What is missing may be there, misspelt. */
static void name_unknown(struct walk *walk, const struct json *object)
{
    struct json_member member;
    bool found = false;
    for (json_first(object, &member); !found && member.key; json_next(&member)) {
        struct mark mark = path_push(walk, member.key, member.key);
        found = (strpbrk(member.key, ".[{") || !row_of(walk)) && !is_common(walk, member.key);
        path_pop(walk, mark);
        size_t length = strlen(walk->why->text);
        if (found)
            snprintf(walk->why->text + length, sizeof walk->why->text - length, "; %.100s is no known field of it",
                     member.key);
    }
}

static int check_member(struct walk *walk, const struct json_member *member, bool source)
{
    /* A key with a dot or bracket in it must not pass for the path that it looks like. */
    const struct field_row *row = strpbrk(member->key, ".[{") ? NULL : row_of(walk);
    if (row)
        return check_value(walk, row, member->value);
    if (is_common(walk, member->key))
        return 0;
    if (source)
        return reason_set(walk->why, REASON_FIELD_UNKNOWN, RESOURCE_REFUSED,
                          "%s: unknown field; ignoring it could leave the application on the original queue",
                          walk->shown);
    return report_unknown(walk);
}

static int check_members(struct walk *walk, const struct json *object, bool source)
{
    struct json_member member;
    int r = check_required(walk, object);
    if (r == RESOURCE_REFUSED)
        name_unknown(walk, object);
    for (json_first(object, &member); r == 0 && member.key; json_next(&member)) {
        struct mark mark = path_push(walk, member.key, member.key);
        r = check_member(walk, &member, source);
        path_pop(walk, mark);
    }
    return r;
}

/* An error inside one queue of a list stays with that queue. */
static int contain_error(struct walk *walk, size_t index, int result)
{
    if (result != RESOURCE_REFUSED || !walk->queues || strcmp(walk->pattern, walk->queues->prefix) != 0)
        return result;
    walk->queues->on_error(walk->queues->context, index, walk->why);
    walk->why->code = REASON_NONE;
    walk->why->text[0] = '\0';
    return 0;
}

/* In a list or map, null is not the same as absent: something stands there, and it is nothing. */
static int check_element(struct walk *walk, const struct field_row *row, const struct json *value)
{
    if (json_type(value) == JSON_NULL && !(row->flags & FIELD_NULLABLE))
        return reason_set(walk->why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s: must be %s", walk->shown,
                          type_words(row->type));
    return check_value(walk, row, value);
}

static int check_elements(struct walk *walk, const struct json *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        char shown[32];
        snprintf(shown, sizeof shown, "[%zu]", i);
        struct mark mark = path_push(walk, shown, "[]");
        const struct field_row *row = row_of(walk);
        r = row ? contain_error(walk, i, check_element(walk, row, json_at(list, i))) : 0;
        path_pop(walk, mark);
    }
    return r;
}

static int check_entries(struct walk *walk, const struct json *map)
{
    struct json_member member;
    size_t index = 0;
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member), index++) {
        struct mark mark = path_push(walk, member.key, "{}");
        const struct field_row *row = row_of(walk);
        r = row ? contain_error(walk, index, check_element(walk, row, member.value)) : 0;
        path_pop(walk, mark);
    }
    return r;
}

static int check_value(struct walk *walk, const struct field_row *row, const struct json *value)
{
    if (json_type(value) == JSON_NULL && !(row->flags & FIELD_REQUIRED))
        return 0; /* as in Kubernetes, null is the same as absent (where NULLABLE, the decoder gives it its meaning) */
    if (!type_fits(row->type, value))
        return reason_set(walk->why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s: must be %s", walk->shown,
                          type_words(row->type));
    if (row->max && size_of(row->type, value) > row->max)
        return reason_set(walk->why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s: greater than the limit of %zu",
                          walk->shown, row->max);
    if ((row->flags & FIELD_REQUIRED) && row->type == FIELD_TYPE_STRING && json_str(value).len == 0)
        return reason_set(walk->why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s: must not be empty", walk->shown);
    if (row->type == FIELD_TYPE_OBJECT)
        return check_members(walk, value, row->flags & FIELD_SOURCE);
    if (row->type == FIELD_TYPE_LIST)
        return check_elements(walk, value);
    if (row->type == FIELD_TYPE_MAP)
        return check_entries(walk, value);
    if ((row->type == FIELD_TYPE_STRING || row->type == FIELD_TYPE_TEXT) &&
        memchr(json_text(value), '\0', json_str(value).len))
        return reason_set(walk->why, REASON_FIELD_INVALID, RESOURCE_REFUSED, "%s: must not contain a NUL",
                          walk->shown);
    return 0;
}

int field_check(enum kind kind, const struct json *document, const struct field_queue_errors *queues,
                struct arena *arena, struct field_report *report, struct reason *why)
{
    struct walk walk = {.kind = kind, .queues = queues, .arena = arena, .report = report, .why = why};
    *report = (struct field_report){.unknown = NULL};
    return check_members(&walk, document, false);
}
