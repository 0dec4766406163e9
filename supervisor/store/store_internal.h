/* What the files of the store share. Included in this folder only. */
#pragma once

#include "supervisor/store/store.h"
#include <stdbool.h>
#include <uthash.h>

/* Documents that are looked for together. Lives as long as it has members. */
struct store_group {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct store_image *members;
    UT_hash_handle hh;
};

/* One state of one document; never changed but for its place in a group, so that table, kept changes and readers can share it. */
struct store_image {
    unsigned refs;
    struct store_group *group; /* while it is in the table, and belongs to one */
    struct store_image *group_next, *group_prev;
    struct resource_key key;
    const struct json *document; /* packed, owned */
    uint64_t version;            /* resourceVersion */
    size_t bytes;                /* of the document */
};
/* Takes the document, also on failure. */
MUST_USE int store_image_new(const struct resource_key *key, struct json *document_take, uint64_t version,
                             struct store_image **ret);
struct store_image *store_image_ref(struct store_image *image);
void store_image_free(struct store_image *image); /* one reference */
DEFINE_CLEANUP(struct store_image, store_image)

struct store_event {
    enum store_change change;
    struct store_image *image;
};

/* Kept changes: a ring. floor: the version before the oldest one. */
struct store_ring {
    struct store_event events[STORE_CHANGES_MAX];
    size_t first, count, bytes;
    uint64_t floor;
};

struct store {
    int state_fd; /* borrowed; -1: in memory */
    struct store_image **images;
    size_t count, capacity; /* images: sorted by key */
    uint64_t version;
    uint64_t reserved;        /* versions up to this one are written down as used */
    int trouble;              /* what the last write to the state folder failed with; 0: nothing */
    store_group_fn *group_of; /* NULL: nobody asks for groups */
    struct store_group *groups;
    struct store_watch *watches;
    struct store_ring ring;
    struct reason doubt; /* REASON_NONE: all inputs were read */
};

int store_key_compare(const struct resource_key *a, const struct resource_key *b);
/* The image of a key, and where it is or would be. */
struct store_image *store_find(const struct store *store, const struct resource_key *key, size_t *ret_index);
/* Room for more images, so that putting them in cannot fail. */
MUST_USE int store_make_room(struct store *store, size_t more);
void store_put(struct store *store, struct store_image *image_take); /* adds or replaces */
void store_remove(struct store *store, const struct resource_key *key);
size_t store_count(const struct store *store, enum kind kind);

/* Into its group, and out of it; nothing where there are no groups. Ends the process without memory, as the hash table does. */
void store_group_join(struct store *store, struct store_image *image);
void store_group_leave(struct store *store, struct store_image *image);

/* Makes a change visible and tells it: the only place where documents and version change. STORE_ADDED needs room. keep: for
 * watches that resume. */
void store_commit(struct store *store, enum store_change change, struct store_image *image_take, bool keep);

/* Metadata that the store answers for. Pure but for the clock; -ENOMEM, or -EINVAL when metadata is no object. */
MUST_USE int store_meta_fresh(struct json *document, const struct resource_key *key, uint64_t version);
/* Everything of old's metadata that a writer cannot change, resourceVersion included, and old's status. */
MUST_USE int store_meta_inherit(struct json *document, const struct json *old);
/* A new resourceVersion, and a new generation when more than metadata and status differs from old. */
MUST_USE int store_meta_advance(struct json *document, const struct json *old, uint64_t version);
MUST_USE int store_meta_set_version(struct json *document, uint64_t version);
uint64_t store_meta_version(const struct json *document); /* 0: none that we could have given */

/* Whether a kind is kept in the state folder. */
bool store_kind_kept(enum kind kind);
MUST_USE int store_load(struct store *store, struct reason *why);
/* Whatever comes next may use count more versions, also after a crash. */
MUST_USE int store_reserve(struct store *store, uint64_t count);
MUST_USE int store_save(struct store *store, const struct store_image *image);
MUST_USE int store_erase(struct store *store, const struct resource_key *key);
