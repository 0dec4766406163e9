/* Merge patches, RFC 7396.
 *
 * Works on a copy that takes over at the end, so a failure (-ENOMEM) leaves the target as it was. */
#include "common/json/json_internal.h"

static int merge_members(struct json *target, const struct json *patch);

static int merge_value(struct json *target, const char *key, const struct json *value)
{
    struct json *copy, *member;
    int r;

    if (json_type(value) != JSON_OBJECT) {
        r = json_dup(value, &copy);
        return r < 0 ? r : json_set_take(target, key, copy);
    }
    /* An object replaces what is no object, and its own nulls still delete: so it is merged into an empty one. */
    if (json_type(json_get(target, key)) != JSON_OBJECT)
        json_delete(target, key);
    r = json_object_at(target, key, &member);
    return r < 0 ? r : merge_members(member, value);
}

static int merge_members(struct json *target, const struct json *patch)
{
    struct json_member m;
    int r = 0;

    for (json_first(patch, &m); m.key && r == 0; json_next(&m)) {
        if (json_type(m.value) == JSON_NULL)
            json_delete(target, m.key);
        else
            r = merge_value(target, m.key, m.value);
    }
    return r;
}

int json_merge_patch(struct json *target, const struct json *patch)
{
    CLEANUP(json_freep) struct json *copy = NULL;
    int r;

    if (json_type(target) != JSON_OBJECT || json_type(patch) != JSON_OBJECT)
        return -EINVAL;
    r = json_dup(target, &copy);
    if (r == 0)
        r = merge_members(copy, patch);
    if (r < 0)
        return r;
    json_swap(json_c_of(target), json_c_of(copy));
    return 0;
}
