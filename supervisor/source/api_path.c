/* Paths and selectors of the API, taken apart. Pure; refuses what names nothing. */
#include "supervisor/source/api_path.h"

#include <string.h>

#define SEGMENTS_MAX 8

/* The segments of a path that begins with a slash; 0: too many, or an empty one. */
static size_t split(const char *path, struct str segments[SEGMENTS_MAX])
{
    size_t count = 0;

    while (*path == '/') {
        size_t length = strcspn(path + 1, "/");
        if (length == 0 || count == SEGMENTS_MAX)
            return 0;
        segments[count++] = (struct str){path + 1, length};
        path += 1 + length;
    }
    return *path ? 0 : count;
}

static bool take_names(const struct str *segments, size_t count, struct api_target *target)
{
    if (count > 3 || (count == 3 && !str_equal(segments[2], STR("status"))))
        return false;
    target->status = count == 3;
    return count < 2 || str_copy(target->key.name, sizeof target->key.name, segments[1]) == 0;
}

bool api_path_parse(const char *path, struct api_target *ret)
{
    struct str segments[SEGMENTS_MAX], group = STR("");
    size_t count = split(path, segments), at = 1;
    struct api_target target = {.status = false};

    if (count < 3 || (!str_equal(segments[0], STR("api")) && !str_equal(segments[0], STR("apis"))))
        return false;
    if (str_equal(segments[0], STR("apis")))
        group = segments[at++];
    struct str version = segments[at++];
    if (count >= at + 3 && str_equal(segments[at], STR("namespaces"))) {
        if (str_copy(target.key.namespace, sizeof target.key.namespace, segments[at + 1]) < 0)
            return false;
        at += 2;
    }
    if (at >= count || !take_names(&segments[at], count - at, &target))
        return false;
    target.key.kind = kind_by_plural(group, version, segments[at]);
    /* A name means a resource only together with its namespace. */
    if (target.key.kind == KIND_NONE || (target.key.name[0] && !target.key.namespace[0]))
        return false;
    *ret = target;
    return true;
}

static bool take_term(struct str term, struct api_target *target)
{
    static const struct str name = {"metadata.name=", 14}, namespace = {"metadata.namespace=", 19};
    bool is_name = str_starts_with(term, name);

    if (!is_name && !str_starts_with(term, namespace))
        return false;
    size_t skip = is_name ? name.len : namespace.len;
    if (skip < term.len && term.data[skip] == '=')
        skip++;
    struct str value = {term.data + skip, term.len - skip};
    if (is_name)
        return str_copy(target->key.name, sizeof target->key.name, value) == 0;
    /* Another namespace than the path's would name nothing; nobody means that. */
    if (target->key.namespace[0])
        return str_equal(value, str_of(target->key.namespace));
    return str_copy(target->key.namespace, sizeof target->key.namespace, value) == 0;
}

bool api_selector_parse(const char *text, struct api_target *target)
{
    while (text && *text) {
        size_t length = strcspn(text, ",");
        if (!take_term((struct str){text, length}, target))
            return false;
        text += length + (text[length] == ',');
    }
    return true;
}
