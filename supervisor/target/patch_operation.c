/* What was decided over the entries of one container, as operations of a JSON Patch (RFC 6902): first tests of all that it was decided
 * by, then the changes (W-8). Pure. */
#include "supervisor/target/patch_edit.h"

#include <stdio.h>

#define PATH_SIZE 160
#define TEMPLATE_PATH "/spec/template/spec/"

static const struct json *env_of(const struct edit *edit) { return json_get(edit->container, "env"); }

int operation_append(struct json *list, const char *op, const char *path, struct json *value_take)
{
    struct json *value CLEANUP(json_freep) = value_take;
    struct json *operation CLEANUP(json_freep) = json_new_object();
    int r = operation ? json_set_text(operation, "op", op) : -ENOMEM;
    if (r == 0)
        r = json_set_text(operation, "path", path);
    if (r == 0 && value)
        r = json_set_take(operation, "value", TAKE(value));
    return r ? r : json_append_take(list, TAKE(operation));
}

static int append_copy(struct json *list, const char *op, const char *path, const struct json *value)
{
    struct json *copy = NULL;
    int r = json_dup(value, &copy);
    return r ? r : operation_append(list, op, path, copy);
}

static void env_path(const struct edit *edit, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, TEMPLATE_PATH "%s/%zu/env", edit->place.list, edit->place.index);
}

static void entry_path(const struct edit *edit, size_t index, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, TEMPLATE_PATH "%s/%zu/env/%zu", edit->place.list, edit->place.index, index);
}

static size_t count_left(const struct edit *edit)
{
    size_t left = json_count(edit->added);
    for (size_t i = 0; i < edit->slot_count; i++)
        left += edit->slots[i].kind != EDIT_REMOVE;
    return left;
}

static bool drops_list(const struct edit *edit) { return edit->drop_list && count_left(edit) == 0; }

static int write_tests(const struct edit *edit, struct json *tests)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, TEMPLATE_PATH "%s/%zu/name", edit->place.list, edit->place.index);
    int r = operation_append(tests, "test", path, json_new_text(edit->name));
    for (size_t i = 0; r == 0 && i < edit->slot_count; i++) {
        entry_path(edit, i, path);
        if (edit->slots[i].kind != EDIT_KEEP)
            r = append_copy(tests, "test", path, json_at(env_of(edit), i));
    }
    env_path(edit, path);
    /* Else somebody's env that came meanwhile would be replaced. An API server takes a missing member for null. */
    if (r == 0 && json_count(edit->added) && json_type(env_of(edit)) != JSON_ARRAY)
        r = operation_append(tests, "test", path, json_new_null());
    if (r == 0 && drops_list(edit))
        r = append_copy(tests, "test", path, env_of(edit));
    return r;
}

/* Entries that go, from the last: the others keep their places until then. */
static int write_slots(const struct edit *edit, struct json *changes)
{
    char path[PATH_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < edit->slot_count; i++) {
        entry_path(edit, i, path);
        if (edit->slots[i].kind == EDIT_REPLACE)
            r = append_copy(changes, "replace", path, edit->slots[i].entry);
    }
    for (size_t i = edit->slot_count; r == 0 && i-- > 0;) {
        entry_path(edit, i, path);
        if (edit->slots[i].kind == EDIT_REMOVE)
            r = operation_append(changes, "remove", path, NULL);
    }
    return r;
}

static int write_added(const struct edit *edit, struct json *changes)
{
    char path[PATH_SIZE];
    int r = 0;
    env_path(edit, path);
    if (json_count(edit->added) && json_type(env_of(edit)) != JSON_ARRAY)
        return append_copy(changes, "add", path, edit->added);
    entry_path(edit, 0, path);
    path[strlen(path) - 1] = '-';
    for (size_t i = 0; r == 0 && i < json_count(edit->added); i++)
        r = append_copy(changes, "add", path, json_at(edit->added, i));
    return r;
}

int edit_write(const struct edit *edit, struct json *tests, struct json *changes)
{
    char path[PATH_SIZE];
    if (edit_is_empty(edit))
        return 0;
    int r = write_tests(edit, tests);
    if (r == 0 && drops_list(edit)) {
        env_path(edit, path);
        return operation_append(changes, "remove", path, NULL);
    }
    if (r == 0)
        r = write_slots(edit, changes);
    return r ? r : write_added(edit, changes);
}
