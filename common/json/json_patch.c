/* JSON Patch (RFC 6902).
 *
 * Works on a copy that takes over at the end. Refusals name the operation and its path's fate, never values. */
#include "common/json/json_patch.h"
#include "common/json/json_pointer.h"
#include "common/json/json_text.h"

struct patch {
    struct json_object *root; /* borrowed: the copy */
    struct json_place place;
    const struct json *value; /* NULL: the operation has none */
    size_t number;            /* of the operation, from 1 */
    struct json_error *error;
};

static int refuse(struct patch *patch, const char *why)
{
    return json_refuse(patch->error, 0, 0, "operation %zu: %s", patch->number, why);
}

static int refuse_absent(struct patch *patch) { return refuse(patch, "the path does not exist"); }

/* json-c 0.16 cannot insert: append, then move into place. */
static int insert_element(struct json *array, size_t index, struct json *value)
{
    struct array_list *list = json_object_get_array(json_c_of(array));
    int r = json_append_take(array, value);

    if (r < 0)
        return r;
    memmove(&list->array[index + 1], &list->array[index], (list->length - 1 - index) * sizeof(list->array[0]));
    list->array[index] = json_c_of(value);
    return 0;
}

static int replace_root(struct patch *patch)
{
    CLEANUP(json_freep) struct json *copy = NULL;
    int r = json_dup(patch->value, &copy);

    if (r < 0)
        return r;
    if (json_type(copy) != json_type(json_of_c(patch->root)))
        return refuse(patch, "the document cannot become a value of another type");
    json_swap(patch->root, json_c_of(copy));
    return 0;
}

static int add_element(struct patch *patch)
{
    struct json *copy, *array = json_of_c(patch->place.parent);
    size_t index = json_count(array);
    int r;

    if (strcmp(patch->place.token, "-") != 0 &&
        !json_pointer_index(patch->place.token, json_count(array) + 1, &index))
        return refuse(patch, "no such place in the array");
    r = json_dup(patch->value, &copy);
    return r < 0 ? r : insert_element(array, index, copy);
}

static int set_member(struct patch *patch)
{
    struct json *copy;
    int r = json_dup(patch->value, &copy);

    return r < 0 ? r : json_set_take(json_of_c(patch->place.parent), patch->place.token, copy);
}

static int apply_add(struct patch *patch)
{
    if (!patch->place.parent)
        return replace_root(patch);
    if (json_object_is_type(patch->place.parent, json_type_object))
        return set_member(patch);
    if (json_object_is_type(patch->place.parent, json_type_array))
        return add_element(patch);
    return refuse_absent(patch);
}

static int apply_remove(struct patch *patch)
{
    struct json_object *parent = patch->place.parent, *child;
    size_t index;

    if (!parent)
        return refuse(patch, "the document itself cannot be removed");
    if (!json_pointer_child(parent, patch->place.token, &child))
        return refuse_absent(patch);
    if (json_object_is_type(parent, json_type_object))
        json_object_object_del(parent, patch->place.token);
    else if (json_pointer_index(patch->place.token, json_object_array_length(parent), &index))
        json_object_array_del_idx(parent, index, 1);
    return 0;
}

static int apply_replace(struct patch *patch)
{
    struct json_object *parent = patch->place.parent, *child;
    struct json *copy;
    size_t index;
    int r;

    if (!parent)
        return replace_root(patch);
    if (!json_pointer_child(parent, patch->place.token, &child))
        return refuse_absent(patch);
    if (json_object_is_type(parent, json_type_object))
        return set_member(patch);
    r = json_dup(patch->value, &copy);
    if (r < 0)
        return r;
    /* The element exists, so this never grows the array and cannot fail. */
    check(json_pointer_index(patch->place.token, json_object_array_length(parent), &index));
    check(json_object_array_put_idx(parent, index, json_c_of(copy)) == 0);
    return 0;
}

static int apply_test(struct patch *patch)
{
    struct json_object *child = patch->root;

    if (patch->place.parent && !json_pointer_child(patch->place.parent, patch->place.token, &child)) {
        /* As an API server has it: how else could a patch be refused for a member that came meanwhile? */
        if (json_object_is_type(patch->place.parent, json_type_object) && json_type(patch->value) == JSON_NULL)
            return 0;
        return refuse_absent(patch);
    }
    return json_equal(json_of_c(child), patch->value) ? 0 : refuse(patch, "test failed");
}

struct kind {
    const char *name;
    bool has_value;
    int (*apply)(struct patch *patch);
};
static const struct kind kinds[] = {
    {"add", true, apply_add},
    {"remove", false, apply_remove},
    {"replace", true, apply_replace},
    {"test", true, apply_test},
};

static const struct kind *kind_of(const struct json *operation)
{
    struct str name = json_str(json_get(operation, "op"));

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_equal(name, str_of(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

static unsigned deeper(unsigned a, unsigned b) { return a > b ? a : b; }

static unsigned depth_of(const struct json *json)
{
    struct json_member member;
    unsigned deepest = 0;

    if (json_type(json) != JSON_OBJECT && json_type(json) != JSON_ARRAY)
        return 0;
    for (size_t i = 0; json_type(json) == JSON_ARRAY && i < json_count(json); i++)
        deepest = deeper(deepest, depth_of(json_at(json, i)));
    for (json_first(json, &member); member.key; json_next(&member))
        deepest = deeper(deepest, depth_of(member.value));
    return deepest + 1;
}

/* Each value has at most depth_max levels; put into one another, they would have any number. */
static int limit_depth(struct patch *patch, struct str path)
{
    unsigned depth = depth_of(patch->value);

    for (size_t i = 0; i < path.len && depth <= JSON_LIMITS_DOCUMENT.depth_max; i++)
        depth += path.data[i] == '/';
    if (depth <= JSON_LIMITS_DOCUMENT.depth_max)
        return 0;
    return json_refuse(patch->error, 0, 0, "operation %zu: nested deeper than the limit of %u levels", patch->number,
                       JSON_LIMITS_DOCUMENT.depth_max);
}

static int find_place(struct patch *patch, const struct json *operation)
{
    struct str path = json_str(json_get(operation, "path"));
    int r;

    if (!path.data)
        return refuse(patch, "\"path\" must be a string");
    r = patch->value ? limit_depth(patch, path) : 0;
    if (r != 0)
        return r;
    r = json_pointer_find(patch->root, path, &patch->place);
    if (r == JSON_POINTER_MALFORMED)
        return refuse(patch, "\"path\" is not a JSON pointer");
    return r == JSON_POINTER_ABSENT ? refuse_absent(patch) : r;
}

static int apply(struct patch *patch, const struct json *operation)
{
    const struct kind *kind = kind_of(operation);
    int r;

    if (!kind)
        return refuse(patch, "\"op\" must be add, remove, replace or test");
    patch->value = json_get(operation, "value");
    if (kind->has_value && !patch->value)
        return refuse(patch, "\"value\" is missing");
    r = find_place(patch, operation);
    if (r == 0)
        r = kind->apply(patch);
    json_place_deinit(&patch->place);
    return r;
}

int json_patch(struct json *target, const struct json *operations, struct json_error *error)
{
    CLEANUP(json_freep) struct json *copy = NULL;
    struct patch patch = {.error = error};
    int r = json_dup(target, &copy);

    if (r < 0)
        return r;
    if (json_type(operations) != JSON_ARRAY)
        return json_refuse(error, 0, 0, "a patch must be an array of operations");
    if (json_type(target) != JSON_OBJECT && json_type(target) != JSON_ARRAY)
        return json_refuse(error, 0, 0, "only an object or an array can be patched");
    patch.root = json_c_of(copy);
    for (size_t i = 0; i < json_count(operations); i++) {
        patch.number = i + 1;
        r = apply(&patch, json_at(operations, i));
        if (r != 0)
            return r;
    }
    json_swap(json_c_of(target), patch.root);
    return 0;
}
