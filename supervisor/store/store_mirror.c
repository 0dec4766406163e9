/* Documents that an API server keeps: taken over as they come, with its metadata, and never written to the state folder.
 * Fails only for lack of memory, and on what is no document of a known kind. */
#include "supervisor/store/store_internal.h"

/* An answer to a write of ours may come before the watch tells what was there earlier. Versions of one object can be
 * compared as numbers (KEP-5504); one that is not a number is not older. Of one version, its source may have learned since how it is
 * to be read. */
static bool is_known(const struct json *document, const struct json *old)
{
    uint64_t version = store_meta_version(document), present = store_meta_version(old);
    const char *uid = json_text(json_path(document, "metadata", "uid", NULL));
    const char *present_uid = json_text(json_path(old, "metadata", "uid", NULL));

    if (strcmp(uid, present_uid) != 0 || version == 0)
        return false;
    return version < present || (version == present && json_equal(document, old));
}

int store_mirror_put(struct store *store, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct store_image *image CLEANUP(store_image_freep) = NULL;
    struct resource_key key;
    const char *text = NULL;
    size_t index = 0;

    if (resource_key_of(document, "", &key, &text))
        return STORE_REFUSED;
    const struct store_image *old = store_find(store, &key, &index);
    if (old && is_known(document, old->document))
        return 0;
    if (!old && store_count(store, key.kind) >= STORE_DOCUMENTS_MAX)
        return STORE_REFUSED;
    int r = store_image_new(&key, TAKE(document), store->version + 1, &image);
    if (r == 0)
        r = store_make_room(store, old ? 0 : 1);
    if (r == 0)
        store_commit(store, old ? STORE_MODIFIED : STORE_ADDED, TAKE(image), false);
    return r;
}

int store_mirror_remove(struct store *store, const struct resource_key *key)
{
    struct store_image *image CLEANUP(store_image_freep) = NULL;
    struct json *last = NULL;
    size_t index = 0;
    const struct store_image *old = store_find(store, key, &index);

    if (!old)
        return 0;
    int r = json_dup(old->document, &last);
    if (r == 0)
        r = store_image_new(key, last, store->version + 1, &image);
    if (r == 0)
        store_commit(store, STORE_DELETED, TAKE(image), false);
    return r;
}
