/* Documents by the group that they belong to, so that what speaks of one target is found without looking at every other. Owns the
 * groups; the documents are the table's. */
#include "supervisor/store/store_internal.h"
#include <utlist.h>

static struct store_group *find(const struct store *store, const struct resource_key *key)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct store_group *group = NULL;

    resource_key_text(key, text);
    HASH_FIND_STR(store->groups, text, group);
    return group;
}

static struct store_group *get(struct store *store, const struct resource_key *key)
{
    struct store_group *group = find(store, key);

    if (group)
        return group;
    group = calloc(1, sizeof *group);
    check(group);
    resource_key_text(key, group->text);
    HASH_ADD_STR(store->groups, text, group);
    return group;
}

static int compare(const struct store_image *a, const struct store_image *b)
{
    return store_key_compare(&a->key, &b->key);
}

void store_group_join(struct store *store, struct store_image *image)
{
    struct resource_key key;

    if (!store->group_of || store->group_of(image->document, &image->key, &key) != 0)
        return;
    image->group = get(store, &key);
    DL_INSERT_INORDER2(image->group->members, image, compare, group_prev, group_next);
}

void store_group_leave(struct store *store, struct store_image *image)
{
    struct store_group *group = image->group;

    if (!group)
        return;
    DL_DELETE2(group->members, image, group_prev, group_next);
    image->group = NULL;
    if (group->members)
        return;
    HASH_DEL(store->groups, group);
    free(group);
}

void store_group_by(struct store *store, store_group_fn *group_of)
{
    check(!store->group_of);
    store->group_of = group_of;
    for (size_t i = 0; i < store->count; i++)
        store_group_join(store, store->images[i]);
}

void store_each_of(const struct store *store, const struct resource_key *group, store_visit_fn *visit, void *context)
{
    const struct store_group *found = find(store, group);

    for (const struct store_image *image = found ? found->members : NULL; image; image = image->group_next)
        visit(context, &image->key, image->document);
}
