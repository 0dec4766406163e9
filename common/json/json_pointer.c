/* JSON pointers (RFC 6901). Owns the unescaped token of a place; changes nothing; fails for want of memory only. */
#include "common/json/json_pointer.h"

void json_place_deinit(struct json_place *place)
{
    free(place->token);
    *place = (struct json_place){0};
}

bool json_pointer_index(const char *token, size_t count, size_t *ret)
{
    uint64_t index;

    if (count == 0 || (token[0] == '0' && token[1]) || str_to_u64(str_of(token), count - 1, &index) < 0)
        return false;
    *ret = (size_t)index;
    return true;
}

bool json_pointer_child(struct json_object *parent, const char *token, struct json_object **ret)
{
    size_t index;

    if (json_object_is_type(parent, json_type_object))
        return json_object_object_get_ex(parent, token, ret);
    if (!json_object_is_type(parent, json_type_array) ||
        !json_pointer_index(token, json_object_array_length(parent), &index))
        return false;
    *ret = json_object_array_get_idx(parent, index);
    return true;
}

/* In place: "~1" is a slash, "~0" a tilde, any other tilde is malformed. */
static bool token_unescape(char *token)
{
    char *to = token;

    for (const char *from = token; *from; from++, to++) {
        *to = *from;
        if (*from != '~')
            continue;
        from++;
        if (*from != '0' && *from != '1')
            return false;
        *to = *from == '0' ? '~' : '/';
    }
    *to = '\0';
    return true;
}

/* The step at the start of a path, unescaped and owned by the caller; the path goes past it. */
static int token_next(struct str *path, char **ret)
{
    CLEANUP(cleanup_freep) char *token = NULL;
    const char *slash;
    size_t len;
    int r;

    if (path->data[0] != '/')
        return JSON_POINTER_MALFORMED;
    slash = memchr(path->data + 1, '/', path->len - 1);
    len = slash ? (size_t)(slash - path->data) : path->len;
    r = str_dup((struct str){path->data + 1, len - 1}, &token);
    if (r < 0)
        return r;
    /* Keys hold no NUL, so a token with one names nothing. */
    if (strlen(token) != len - 1 || !token_unescape(token))
        return JSON_POINTER_MALFORMED;
    *path = (struct str){path->data + len, path->len - len};
    *ret = TAKE(token);
    return 0;
}

int json_pointer_find(struct json_object *root, struct str path, struct json_place *ret)
{
    struct json_object *parent = root;

    if (path.len == 0) {
        *ret = (struct json_place){0};
        return 0;
    }
    for (;;) {
        CLEANUP(cleanup_freep) char *token = NULL;
        int r = token_next(&path, &token);

        if (r != 0)
            return r;
        if (path.len == 0) {
            *ret = (struct json_place){parent, TAKE(token)};
            return 0;
        }
        if (!json_pointer_child(parent, token, &parent))
            return JSON_POINTER_ABSENT;
    }
}
