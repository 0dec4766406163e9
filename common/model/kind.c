/* Kinds of resources: lookups in kind.def and the checks of a resource's name. Pure; fails only on bad names. */
#include "common/model/kind.h"

#include <ctype.h>
#include <stdio.h>

static const struct kind_row kind_rows[KIND_COUNT] = {
    [KIND_NONE] = {"", "", "", "", "", "", KIND_ROLE_NONE},
/* The core group has no slash before its version either. */
#define API_VERSION(group, version) &(group "/" version)[sizeof(group) == 1]
#define KIND(code, group, version, name, plural, short_name, role) \
    [KIND_##code] = {group, version, API_VERSION(group, version), name, plural, short_name, KIND_ROLE_##role},
#include "common/model/kind.def"
#undef KIND
};

const struct kind_row *kind_row(enum kind kind)
{
    check(kind < KIND_COUNT);
    return &kind_rows[kind];
}

enum kind kind_by_name(struct str api_version, struct str name)
{
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
        if (str_equal(name, str_of(kind_rows[kind].name)) &&
            str_equal(api_version, str_of(kind_rows[kind].api_version)))
            return kind;
    return KIND_NONE;
}

enum kind kind_by_plural(struct str group, struct str version, struct str plural)
{
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        if (str_equal(plural, str_of(row->plural)) && str_equal(group, str_of(row->group)) &&
            str_equal(version, str_of(row->version)))
            return kind;
    }
    return KIND_NONE;
}

/* RFC 1123: lower-case letters, digits, '-' (and '.' between labels), a letter or digit at both ends. */
static bool name_is_valid(struct str name, size_t max, bool dots)
{
    if (name.len == 0 || name.len > max)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool edge = i == 0 || i + 1 == name.len;
        bool plain = islower(c) || isdigit(c);
        if (!plain && (edge || (c != '-' && !(dots && c == '.'))))
            return false;
    }
    return true;
}

int resource_key_of(const struct json *document, const char *default_namespace, struct resource_key *ret,
                    const char **ret_text)
{
    struct resource_key key = {
        .kind = kind_by_name(json_str(json_get(document, "apiVersion")), json_str(json_get(document, "kind")))};
    if (key.kind == KIND_NONE) {
        *ret_text = "apiVersion and kind name no resource that Sluice reads";
        return 1;
    }
    const struct json *namespace = json_path(document, "metadata", "namespace", NULL);
    struct str namespace_name = namespace ? json_str(namespace) : str_of(default_namespace);
    struct str name = json_str(json_path(document, "metadata", "name", NULL));
    if (!name_is_valid(namespace_name, NAMESPACE_SIZE - 1, false)) {
        *ret_text = "metadata.namespace: not a name that Kubernetes would accept";
        return 1;
    }
    if (!name_is_valid(name, NAME_SIZE - 1, true)) {
        *ret_text = "metadata.name: missing, or not a name that Kubernetes would accept";
        return 1;
    }
    check(str_copy(key.namespace, sizeof key.namespace, namespace_name) == 0);
    check(str_copy(key.name, sizeof key.name, name) == 0);
    *ret = key;
    return 0;
}

bool resource_key_equal(const struct resource_key *a, const struct resource_key *b)
{
    return a->kind == b->kind && strcmp(a->namespace, b->namespace) == 0 && strcmp(a->name, b->name) == 0;
}

void resource_key_text(const struct resource_key *key, char text[RESOURCE_KEY_TEXT_SIZE])
{
    snprintf(text, RESOURCE_KEY_TEXT_SIZE, "%s %s/%s", kind_row(key->kind)->name, key->namespace, key->name);
}
