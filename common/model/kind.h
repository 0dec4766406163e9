/* Kinds of resources and the key of one resource. Pure; owns nothing. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include <stdbool.h>

enum kind {
    KIND_NONE = 0,
#define KIND(code, group, version, name, plural, short_name, role) KIND_##code,
#include "common/model/kind.def"
#undef KIND
    KIND_COUNT
};

enum kind_role {
    KIND_ROLE_NONE,
    KIND_ROLE_INPUT,
    KIND_ROLE_TARGET,
    KIND_ROLE_OWN,
    KIND_ROLE_RECORD,
    KIND_ROLE_WORKLOAD
};

struct kind_row {
    const char *group; /* "" for the core group */
    const char *version;
    const char *api_version; /* "sluice.dev/v1alpha1"; "v1" in the core group */
    const char *name;        /* "LocalService" */
    const char *plural;
    const char *short_name;
    enum kind_role role;
};
const struct kind_row *kind_row(enum kind kind);
/* KIND_NONE when unknown. */
enum kind kind_by_name(struct str api_version, struct str name);
enum kind kind_by_plural(struct str group, struct str version, struct str plural);

#define NAMESPACE_SIZE 64 /* RFC 1123 label and NUL */
#define NAME_SIZE 254     /* RFC 1123 subdomain and NUL */
#define UID_SIZE 37

struct resource_key {
    enum kind kind;
    char namespace[NAMESPACE_SIZE];
    char name[NAME_SIZE];
};
/* Kind, metadata.namespace (default_namespace when absent) and metadata.name of a document, checked as Kubernetes checks
 * them. 0, or 1 with *ret_text (a literal) saying which field is wrong. */
MUST_USE int resource_key_of(const struct json *document, const char *default_namespace, struct resource_key *ret,
                             const char **ret_text);
bool resource_key_equal(const struct resource_key *a, const struct resource_key *b);
/* "LocalService default/meme-app", for people and logs. */
#define RESOURCE_KEY_TEXT_SIZE (32 + NAMESPACE_SIZE + NAME_SIZE)
void resource_key_text(const struct resource_key *key, char text[RESOURCE_KEY_TEXT_SIZE]);
