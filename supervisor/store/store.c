/* The store's table of documents. Owns it; sorted by key, so that finding is a binary search and visits are in order.
 * Fails only for lack of memory. Files are store_state.c's, changes store_write.c's and store_inputs.c's. */
#include "supervisor/store/store_internal.h"
#include <string.h>

int store_image_new(const struct resource_key *key, struct json *document_take, uint64_t version,
                    struct store_image **ret)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct store_image *image CLEANUP(store_image_freep) = calloc(1, sizeof *image);

    if (!image)
        return -ENOMEM;
    *image = (struct store_image){.refs = 1, .key = *key, .version = version};
    int r = json_pack(document, &image->document);
    if (r < 0)
        return r;
    image->bytes = json_packed_bytes(image->document);
    *ret = TAKE(image);
    return 0;
}

struct store_image *store_image_ref(struct store_image *image)
{
    image->refs++;
    return image;
}

void store_image_free(struct store_image *image)
{
    if (!image || --image->refs > 0)
        return;
    json_packed_free(image->document);
    free(image);
}

int store_key_compare(const struct resource_key *a, const struct resource_key *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = strcmp(a->namespace, b->namespace);
    return order ? order : strcmp(a->name, b->name);
}

/* Index of the first image that is not before key. */
static size_t lower_bound(const struct store *store, const struct resource_key *key)
{
    size_t low = 0, high = store->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store_key_compare(&store->images[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct store_image *store_find(const struct store *store, const struct resource_key *key, size_t *ret_index)
{
    size_t index = lower_bound(store, key);

    *ret_index = index;
    if (index == store->count || store_key_compare(&store->images[index]->key, key) != 0)
        return NULL;
    return store->images[index];
}

int store_make_room(struct store *store, size_t more)
{
    size_t need = store->count + more, capacity = store->capacity ? store->capacity : 64;

    while (capacity < need)
        capacity *= 2;
    if (capacity == store->capacity)
        return 0;
    struct store_image **images = realloc(store->images, capacity * sizeof *images);
    if (!images)
        return -ENOMEM;
    store->images = images;
    store->capacity = capacity;
    return 0;
}

void store_put(struct store *store, struct store_image *image_take)
{
    size_t index = 0;
    struct store_image *old = store_find(store, &image_take->key, &index);

    if (!old) {
        check(store->count < store->capacity);
        memmove(&store->images[index + 1], &store->images[index], (store->count - index) * sizeof *store->images);
        store->count++;
    }
    store->images[index] = image_take;
    store_group_join(store, image_take);
    if (old)
        store_group_leave(store, old);
    store_image_free(old);
}

void store_remove(struct store *store, const struct resource_key *key)
{
    size_t index = 0;
    struct store_image *old = store_find(store, key, &index);

    check(old);
    store->count--;
    memmove(&store->images[index], &store->images[index + 1], (store->count - index) * sizeof *store->images);
    store_group_leave(store, old);
    store_image_free(old);
}

size_t store_count(const struct store *store, enum kind kind)
{
    struct resource_key first = {.kind = kind}, after = {.kind = kind + 1};

    return lower_bound(store, &after) - lower_bound(store, &first);
}

int store_new(int state_fd, struct store **ret, struct reason *why)
{
    struct store *store CLEANUP(store_freep) = calloc(1, sizeof *store);

    if (!store)
        return -ENOMEM;
    store->state_fd = state_fd;
    reason_set(&store->doubt, REASON_MANIFEST_UNREADABLE, 0, "no manifest was read yet");
    int r = state_fd >= 0 ? store_load(store, why) : 0;
    if (r)
        return r;
    store->ring.floor = store->version;
    *ret = TAKE(store);
    return 0;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    check(!store->watches);
    for (size_t i = 0; i < store->ring.count; i++)
        store_image_free(store->ring.events[(store->ring.first + i) % STORE_CHANGES_MAX].image);
    for (size_t i = 0; i < store->count; i++) {
        store_group_leave(store, store->images[i]);
        store_image_free(store->images[i]);
    }
    free(store->images);
    free(store);
}

const struct json *store_get(const struct store *store, const struct resource_key *key)
{
    size_t index = 0;
    const struct store_image *image = store_find(store, key, &index);

    return image ? image->document : NULL;
}

void store_each(const struct store *store, enum kind kind, const char *namespace, store_visit_fn *visit,
                void *context)
{
    struct resource_key first = {.kind = kind};

    for (size_t i = lower_bound(store, &first); i < store->count; i++) {
        const struct store_image *image = store->images[i];
        if (kind != KIND_NONE && image->key.kind != kind)
            break;
        if (!namespace || strcmp(image->key.namespace, namespace) == 0)
            visit(context, &image->key, image->document);
    }
}

uint64_t store_version(const struct store *store) { return store->version; }
