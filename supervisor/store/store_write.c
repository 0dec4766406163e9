/* Writes of single documents: judged, stamped, kept in the state folder, then made visible. Changes nothing unless all of
 * that succeeds. */
#include "common/base/mono.h"
#include "supervisor/store/store_internal.h"
#include <string.h>

/* The image that a document would replace, when its writer may. */
static int judge(struct store *store, const struct json *document, struct resource_key *key, struct store_image **ret)
{
    const char *text = NULL;
    size_t index = 0;

    if (resource_key_of(document, "default", key, &text))
        return STORE_REFUSED;
    struct store_image *old = store_find(store, key, &index);
    if (!old)
        return STORE_NOT_FOUND;
    const struct json *metadata = json_get(document, "metadata");
    const char *version = json_text(json_get(metadata, "resourceVersion"));
    const char *uid = json_text(json_get(metadata, "uid"));
    if (version[0] && store_meta_version(document) != old->version)
        return STORE_CONFLICT;
    if (uid[0] && strcmp(uid, json_text(json_path(old->document, "metadata", "uid", NULL))) != 0)
        return STORE_CONFLICT; /* another object had this name */
    *ret = old;
    return 0;
}

int store_create(struct store *store, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct store_image *image CLEANUP(store_image_freep) = NULL;
    struct resource_key key;
    const char *text = NULL;
    size_t index = 0;
    int r;

    if (resource_key_of(document, "default", &key, &text) || !store_kind_kept(key.kind))
        return STORE_REFUSED;
    if (store_find(store, &key, &index))
        return STORE_EXISTS;
    if (store_count(store, key.kind) >= STORE_DOCUMENTS_MAX)
        return STORE_REFUSED;
    uint64_t version = store->version + 1;
    if ((r = store_meta_fresh(document, &key, version)) < 0 ||
        (r = store_image_new(&key, TAKE(document), version, &image)) < 0 || (r = store_make_room(store, 1)) < 0 ||
        (r = store_reserve(store, 1)) < 0 || (r = store_save(store, image)) != 0)
        return r;
    store_commit(store, STORE_ADDED, TAKE(image), true);
    return 0;
}

/* The last state of a document under the version of its deletion. */
static int drop(struct store *store, const struct resource_key *key, struct json *last_take)
{
    struct json *last CLEANUP(json_freep) = last_take;
    struct store_image *image CLEANUP(store_image_freep) = NULL;
    uint64_t version = store->version + 1;
    int r;

    if ((r = store_meta_set_version(last, version)) < 0 ||
        (r = store_image_new(key, TAKE(last), version, &image)) < 0 || (r = store_reserve(store, 1)) < 0 ||
        (r = store_erase(store, key)) < 0)
        return r;
    store_commit(store, STORE_DELETED, TAKE(image), true);
    return 0;
}

/* Puts a document that inherited old's metadata in the place of old. */
static int replace(struct store *store, const struct store_image *old, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct store_image *image CLEANUP(store_image_freep) = NULL;
    const struct json *metadata = json_get(document, "metadata");
    uint64_t version = store->version + 1;
    int r;

    if (json_get(metadata, "deletionTimestamp") && json_count(json_get(metadata, "finalizers")) == 0) {
        struct resource_key key = old->key;
        return drop(store, &key, TAKE(document));
    }
    if (json_equal(document, old->document))
        return 0;
    if ((r = store_meta_advance(document, old->document, version)) < 0 ||
        (r = store_image_new(&old->key, TAKE(document), version, &image)) < 0 || (r = store_reserve(store, 1)) < 0 ||
        (r = store_save(store, image)) != 0)
        return r;
    store_commit(store, STORE_MODIFIED, TAKE(image), true);
    return 0;
}

int store_update(struct store *store, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct store_image *old = NULL;
    struct resource_key key;
    int r = judge(store, document, &key, &old);

    if (r)
        return r;
    if (!store_kind_kept(key.kind))
        return STORE_REFUSED;
    r = store_meta_inherit(document, old->document);
    return r < 0 ? r : replace(store, old, TAKE(document));
}

int store_update_status(struct store *store, struct json *document_take)
{
    struct json *given CLEANUP(json_freep) = document_take, *document CLEANUP(json_freep) = NULL;
    struct json *status = NULL;
    struct store_image *old = NULL;
    struct resource_key key;
    int r = judge(store, given, &key, &old);

    if (r)
        return r;
    r = json_dup(old->document, &document);
    if (r == 0 && json_get(given, "status")) {
        r = json_dup(json_get(given, "status"), &status);
        if (r == 0)
            r = json_set_take(document, "status", TAKE(status));
    } else if (r == 0) {
        json_delete(document, "status");
    }
    return r < 0 ? r : replace(store, old, TAKE(document));
}

int store_delete(struct store *store, const struct resource_key *key)
{
    struct json *document CLEANUP(json_freep) = NULL, *metadata = NULL;
    char now[WALL_TEXT_SIZE];
    size_t index = 0;
    struct store_image *old = store_find(store, key, &index);

    if (!old)
        return STORE_NOT_FOUND;
    if (!store_kind_kept(key->kind))
        return STORE_REFUSED;
    int r = json_dup(old->document, &document);
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r < 0)
        return r;
    if (!json_get(metadata, "deletionTimestamp")) {
        wall_format(wall_now_ms(), now);
        r = json_set_text(metadata, "deletionTimestamp", now);
    }
    return r < 0 ? r : replace(store, old, TAKE(document));
}
