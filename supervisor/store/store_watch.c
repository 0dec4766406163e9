/* Changes: made visible, kept for watches that resume, and told. Owns watches and the ring of kept changes; cannot fail once
 * a watch is made. */
#include "supervisor/store/store_internal.h"

struct store_watch {
    struct store *store;
    store_watch_fn *callback;
    void *context;
    struct store_watch *next, **slot; /* slot: what points at this one */
};

int store_watch_new(struct store *store, store_watch_fn *callback, void *context, struct store_watch **ret)
{
    struct store_watch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return -ENOMEM;
    *watch = (struct store_watch){
        .store = store, .callback = callback, .context = context, .next = store->watches, .slot = &store->watches};
    if (watch->next)
        watch->next->slot = &watch->next;
    store->watches = watch;
    *ret = watch;
    return 0;
}

void store_watch_free(struct store_watch *watch)
{
    if (!watch)
        return;
    *watch->slot = watch->next;
    if (watch->next)
        watch->next->slot = watch->slot;
    free(watch);
}

static void ring_drop_oldest(struct store_ring *ring)
{
    struct store_image *oldest = ring->events[ring->first].image;

    ring->floor = oldest->version;
    ring->bytes -= oldest->bytes;
    ring->first = (ring->first + 1) % STORE_CHANGES_MAX;
    ring->count--;
    store_image_free(oldest);
}

static void ring_push(struct store_ring *ring, enum store_change change, struct store_image *image)
{
    while (ring->count == STORE_CHANGES_MAX ||
           (ring->count > 0 && ring->bytes + image->bytes > STORE_CHANGES_BYTES_MAX))
        ring_drop_oldest(ring);
    ring->events[(ring->first + ring->count) % STORE_CHANGES_MAX] =
        (struct store_event){change, store_image_ref(image)};
    ring->bytes += image->bytes;
    ring->count++;
}

void store_commit(struct store *store, enum store_change change, struct store_image *image_take, bool keep)
{
    struct store_image *image CLEANUP(store_image_freep) = store_image_ref(image_take);

    check(image->version > store->version && (store->state_fd < 0 || image->version <= store->reserved));
    store->version = image->version;
    if (change == STORE_DELETED) {
        store_remove(store, &image->key);
        store_image_free(image_take);
    } else {
        store_put(store, image_take);
    }
    if (keep)
        ring_push(&store->ring, change, image);
    else
        store->ring.floor = store->version;
    for (struct store_watch *watch = store->watches, *next; watch; watch = next) {
        next = watch->next;
        watch->callback(watch->context, change, &image->key, image->document); /* may free watch */
    }
}

int store_changes_since(const struct store *store, uint64_t since, store_watch_fn *callback, void *context)
{
    const struct store_ring *ring = &store->ring;

    if (since < ring->floor || since > store->version)
        return STORE_NOT_FOUND;
    for (size_t i = 0; i < ring->count; i++) {
        const struct store_event *event = &ring->events[(ring->first + i) % STORE_CHANGES_MAX];
        if (event->image->version > since)
            callback(context, event->change, &event->image->key, event->image->document);
    }
    return 0;
}
