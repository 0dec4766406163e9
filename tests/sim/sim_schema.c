/* What the supervisor writes fits the definitions of its kinds: an API server would refuse it otherwise. The rows are
 * crds/written.def, which the definitions are made of. Pure. */
#include "tests/sim/world.h"

#include <stdio.h>

#include "common/model/field.h"

#define REQUIRED FIELD_REQUIRED
static const struct field_row rows[] = {
#define FIELD(kind, path, type, flags, max, meaning) {KIND_##kind, path, FIELD_TYPE_##type, flags, max, meaning},
#define STATUS(path, type, flags, max, meaning) {KIND_NONE, path, FIELD_TYPE_##type, flags, max, meaning},
#include "crds/written.def"
#undef FIELD
#undef STATUS
};
#undef REQUIRED

#define ROW_COUNT (sizeof rows / sizeof *rows)
#define PATH_SIZE 256

struct walk {
    enum kind kind;
    char path[PATH_SIZE];
    const char *problem; /* NULL: none yet; then path says where */
};

static const struct field_row *row_of(const struct walk *walk)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if ((rows[i].kind == walk->kind || rows[i].kind == KIND_NONE) && strcmp(rows[i].path, walk->path) == 0)
            return &rows[i];
    return NULL;
}

static bool type_fits(const struct field_row *row, const struct json *value)
{
    enum json_type is = json_type(value);
    int64_t number = 0;
    switch (row->type) {
    case FIELD_TYPE_OBJECT:
    case FIELD_TYPE_MAP:
        return is == JSON_OBJECT;
    case FIELD_TYPE_LIST:
        return is == JSON_ARRAY && (!row->max || json_count(value) <= row->max);
    case FIELD_TYPE_STRING:
        return is == JSON_STRING && (!row->max || json_str(value).len <= row->max) &&
               (!(row->flags & FIELD_REQUIRED) || json_str(value).len > 0);
    case FIELD_TYPE_INT:
        return json_int(value, &number) == 0 && number >= 0;
    case FIELD_TYPE_BOOL:
        return is == JSON_BOOL;
    case FIELD_TYPE_TEXT: /* users write so, we do not */
        return false;
    case FIELD_TYPE_ANY:
        return true;
    }
    return false;
}

static void check_required(struct walk *walk, const struct json *object)
{
    size_t length = strlen(walk->path);
    for (size_t i = 0; i < ROW_COUNT && !walk->problem; i++) {
        const char *path = rows[i].path;
        if ((rows[i].kind != walk->kind && rows[i].kind != KIND_NONE) || !(rows[i].flags & FIELD_REQUIRED) ||
            strncmp(path, walk->path, length) != 0 || path[length] != '.' || strpbrk(path + length + 1, ".[{"))
            continue;
        if (!json_get(object, path + length + 1))
            walk->problem = path + length + 1;
    }
}

static void check_value(struct walk *walk, const struct json *value);

static void check_at(struct walk *walk, const char *dot, const char *name, const struct json *value)
{
    size_t length = strlen(walk->path);
    snprintf(walk->path + length, PATH_SIZE - length, "%s%s", dot, name);
    check_value(walk, value);
    if (!walk->problem)
        walk->path[length] = '\0';
}

static void check_members(struct walk *walk, const struct json *object)
{
    struct json_member member;
    check_required(walk, object);
    for (json_first(object, &member); member.key && !walk->problem; json_next(&member))
        check_at(walk, ".", member.key, member.value);
}

static void check_value(struct walk *walk, const struct json *value)
{
    const struct field_row *row = row_of(walk);
    if (!row || !type_fits(row, value)) {
        walk->problem = row ? "does not fit its row" : "has no row";
        return;
    }
    if (row->type == FIELD_TYPE_OBJECT)
        check_members(walk, value);
    for (size_t i = 0; row->type == FIELD_TYPE_LIST && i < json_count(value) && !walk->problem; i++)
        check_at(walk, "", "[]", json_at(value, i));
}

bool sim_schema_fits(const struct json *document, char problem[SIM_PROBLEM_SIZE])
{
    struct resource_key key;
    const char *wrong = NULL;
    if (resource_key_of(document, "default", &key, &wrong)) {
        snprintf(problem, SIM_PROBLEM_SIZE, "%s", wrong);
        return false;
    }
    struct walk walk = {.kind = key.kind};
    if (key.kind == KIND_QUEUE_SPLIT)
        check_at(&walk, "", "spec", json_get(document, "spec"));
    if (!walk.problem && json_get(document, "status"))
        check_at(&walk, "", "status", json_get(document, "status"));
    if (walk.problem)
        snprintf(problem, SIM_PROBLEM_SIZE, "%s: %s: %s (crds/written.def)", kind_row(key.kind)->name, walk.path,
                 walk.problem);
    return !walk.problem;
}
