/* Inputs: what the folder holds now, against what the store held before.
 *
 * First everything that can fail is done on the side; then the changes are made visible, deletions first, so that nobody
 * sees more than the folder ever held. */
#include "supervisor/store/store_internal.h"

struct change_list {
    struct store_event *events; /* images owned */
    size_t count, added;
};

static void change_list_deinit(struct change_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        store_image_free(list->events[i].image);
    free(list->events);
}

/* The documents given, sorted by key. */
struct input {
    struct resource_key key;
    struct json *document; /* owned */
};

struct input_list {
    struct input *inputs;
    size_t count;
};

static void input_list_deinit(struct input_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        json_free(list->inputs[i].document);
    free(list->inputs);
}

static bool is_input(enum kind kind)
{
    enum kind_role role = kind_row(kind)->role;

    return role == KIND_ROLE_INPUT || role == KIND_ROLE_TARGET;
}

static int compare(const void *a, const void *b)
{
    const struct input *left = a, *right = b;

    return store_key_compare(&left->key, &right->key);
}

/* Takes every document, also on failure. */
static int take_inputs(struct json **documents, size_t count, struct input_list *list)
{
    int result = 0;

    list->inputs = calloc(count ? count : 1, sizeof *list->inputs);
    for (size_t i = 0; i < count; i++) {
        struct json *document CLEANUP(json_freep) = TAKE(documents[i]);
        struct resource_key key;
        const char *text = NULL;
        if (!list->inputs || result != 0)
            continue;
        if (resource_key_of(document, "default", &key, &text) || !is_input(key.kind))
            result = STORE_REFUSED;
        else
            list->inputs[list->count++] = (struct input){key, TAKE(document)};
    }
    return list->inputs ? result : -ENOMEM;
}

static int judge(const struct input_list *list)
{
    size_t of_kind[KIND_COUNT] = {0};

    for (size_t i = 0; i < list->count; i++) {
        const struct resource_key *key = &list->inputs[i].key;
        if (i > 0 && resource_key_equal(key, &list->inputs[i - 1].key))
            return STORE_REFUSED;
        if (++of_kind[key->kind] > STORE_DOCUMENTS_MAX)
            return STORE_REFUSED;
    }
    return 0;
}

/* Takes the document, also on failure. */
static int add(struct change_list *changes, enum store_change change, const struct resource_key *key,
               struct json *document_take, uint64_t version)
{
    struct store_image *image = NULL;
    int r = store_image_new(key, document_take, version, &image);

    if (r < 0)
        return r;
    if (change == STORE_ADDED)
        changes->added++;
    changes->events[changes->count++] = (struct store_event){change, image};
    return 0;
}

static int plan_deletions(const struct store *store, const struct input_list *list, struct change_list *changes)
{
    for (size_t i = 0; i < store->count; i++) {
        const struct store_image *old = store->images[i];
        const struct input searched = {.key = old->key};
        uint64_t version = store->version + 1 + changes->count;
        struct json *last CLEANUP(json_freep) = NULL;
        int r;
        if (!is_input(old->key.kind) ||
            (list->count && bsearch(&searched, list->inputs, list->count, sizeof *list->inputs, compare)))
            continue;
        if ((r = json_dup(old->document, &last)) < 0 || (r = store_meta_set_version(last, version)) < 0 ||
            (r = add(changes, STORE_DELETED, &old->key, TAKE(last), version)) < 0)
            return r;
    }
    return 0;
}

static int plan_inputs(const struct store *store, struct input_list *list, struct change_list *changes)
{
    for (size_t i = 0; i < list->count; i++) {
        struct input *input = &list->inputs[i];
        uint64_t version = store->version + 1 + changes->count;
        size_t index = 0;
        const struct store_image *old = store_find(store, &input->key, &index);
        int r = old ? store_meta_inherit(input->document, old->document)
                    : store_meta_fresh(input->document, &input->key, version);
        if (r < 0)
            return r == -EINVAL ? STORE_REFUSED : r;
        if (old && json_equal(input->document, old->document))
            continue;
        if ((old && (r = store_meta_advance(input->document, old->document, version)) < 0) ||
            (r = add(changes, old ? STORE_MODIFIED : STORE_ADDED, &input->key, TAKE(input->document), version)) < 0)
            return r;
    }
    return 0;
}

void store_doubt_inputs(struct store *store, const struct reason *why) { store->doubt = *why; }

const struct reason *store_inputs_doubt(const struct store *store)
{
    return store->doubt.code == REASON_NONE ? NULL : &store->doubt;
}

int store_replace_inputs(struct store *store, struct json **documents_take, size_t count)
{
    struct input_list list CLEANUP(input_list_deinit) = {.count = 0};
    struct change_list changes CLEANUP(change_list_deinit) = {.count = 0};
    int r = take_inputs(documents_take, count, &list);

    if (r)
        return r;
    qsort(list.inputs, list.count, sizeof *list.inputs, compare);
    if ((r = judge(&list)) != 0)
        return r;
    changes.events = calloc(list.count + store->count + 1, sizeof *changes.events);
    if (!changes.events)
        return -ENOMEM;
    if ((r = plan_deletions(store, &list, &changes)) != 0 || (r = plan_inputs(store, &list, &changes)) != 0 ||
        (r = store_make_room(store, changes.added)) < 0 || (r = store_reserve(store, changes.count)) < 0)
        return r;
    for (size_t i = 0; i < changes.count; i++)
        store_commit(store, changes.events[i].change, store_image_ref(changes.events[i].image), true);
    return 0;
}
