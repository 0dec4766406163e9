/* The part of metadata that the store answers for: uid, resourceVersion, generation, times; and status as a
 * sub-resource. Works on documents that are not in the store yet; what a writer sends for these fields is overwritten. */
#include "common/base/mono.h"
#include "common/base/secret.h"
#include "supervisor/store/store_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A name that is used again is another object: what is kept by us has the version of its creation in its uid. Inputs have
 * none, because their uid must be the same after every start. */
static void make_uid(const struct resource_key *key, uint64_t version, char uid[UUID_TEXT_SIZE])
{
    char text[RESOURCE_KEY_TEXT_SIZE + 32];
    const char *kind = kind_row(key->kind)->name;
    int length = store_kind_kept(key->kind)
                     ? snprintf(text, sizeof text, "%s/%s/%s/%" PRIu64, kind, key->namespace, key->name, version)
                     : snprintf(text, sizeof text, "%s/%s/%s", kind, key->namespace, key->name);

    uuid5((struct str){text, (size_t)length}, uid);
}

int store_meta_set_version(struct json *document, uint64_t version)
{
    struct json *metadata = NULL;
    char text[24];
    int r = json_object_at(document, "metadata", &metadata);

    if (r < 0)
        return r;
    snprintf(text, sizeof text, "%" PRIu64, version);
    return json_set_text(metadata, "resourceVersion", text);
}

uint64_t store_meta_version(const struct json *document)
{
    uint64_t version = 0;
    struct str text = json_str(json_path(document, "metadata", "resourceVersion", NULL));

    return str_to_u64(text, INT64_MAX, &version) == 0 ? version : 0;
}

int store_meta_fresh(struct json *document, const struct resource_key *key, uint64_t version)
{
    struct json *metadata = NULL;
    char uid[UUID_TEXT_SIZE], created[WALL_TEXT_SIZE];
    int r = json_object_at(document, "metadata", &metadata);

    if (r < 0)
        return r;
    json_delete(document, "status");
    json_delete(metadata, "deletionTimestamp");
    make_uid(key, version, uid);
    wall_format(wall_now_ms(), created);
    if ((r = json_set_text(metadata, "namespace", key->namespace)) < 0 ||
        (r = json_set_text(metadata, "uid", uid)) < 0 ||
        (r = json_set_text(metadata, "creationTimestamp", created)) < 0 ||
        (r = json_set_int(metadata, "generation", 1)) < 0)
        return r;
    return store_meta_set_version(document, version);
}

static int copy_member(struct json *to, const struct json *from, const char *name)
{
    const struct json *value = json_get(from, name);
    struct json *copy = NULL;

    if (!value) {
        json_delete(to, name);
        return 0;
    }
    int r = json_dup(value, &copy);
    return r < 0 ? r : json_set_take(to, name, copy);
}

int store_meta_inherit(struct json *document, const struct json *old)
{
    static const char *const members[] = {"namespace",         "uid",        "creationTimestamp",
                                          "deletionTimestamp", "generation", "resourceVersion"};
    const struct json *old_metadata = json_get(old, "metadata");
    struct json *metadata = NULL;
    int r = json_object_at(document, "metadata", &metadata);

    for (size_t i = 0; r == 0 && i < sizeof members / sizeof *members; i++)
        r = copy_member(metadata, old_metadata, members[i]);
    return r < 0 ? r : copy_member(document, old, "status");
}

static bool is_content(const char *member)
{
    return strcmp(member, "metadata") != 0 && strcmp(member, "status") != 0;
}

/* Every member of a but metadata and status stands in b, too. */
static bool content_within(const struct json *a, const struct json *b)
{
    struct json_member member;

    for (json_first(a, &member); member.key; json_next(&member)) {
        const struct json *other = json_get(b, member.key);
        if (is_content(member.key) && (!other || !json_equal(member.value, other)))
            return false;
    }
    return true;
}

int store_meta_advance(struct json *document, const struct json *old, uint64_t version)
{
    struct json *metadata = NULL;
    int64_t generation = 0;
    int r = json_object_at(document, "metadata", &metadata);

    if (r < 0)
        return r;
    if (json_int(json_get(metadata, "generation"), &generation) == 0 &&
        !(content_within(document, old) && content_within(old, document)))
        r = json_set_int(metadata, "generation", generation + 1);
    return r < 0 ? r : store_meta_set_version(document, version);
}
