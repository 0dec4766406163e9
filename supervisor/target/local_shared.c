/* Comparing of paths over all LocalServices of the store, whatever else is wrong with them. Links are not followed. Never
 * fails. */
#include "supervisor/target/local_shared.h"

#include "common/base/path.h"

struct search {
    const struct resource_key *key;
    const struct local_service *service;
    struct reason *why; /* REASON_NONE: nothing found yet */
};

static bool names(const struct local_service *service, const char *file)
{
    for (size_t i = 0; i < service->container_count; i++)
        if (file[0] == '/' && path_same(service->containers[i].env_file, file))
            return true;
    return false;
}

static void tell(const struct search *search, const struct resource_key *other, const char *file)
{
    const struct resource_key *first = search->key, *second = other;
    int order = strcmp(first->namespace, second->namespace);
    order = order ? order : strcmp(first->name, second->name);
    reason_set(search->why, REASON_FIELD_INVALID, 0,
               "LocalServices %.63s/%.100s and %.63s/%.100s name the same envFile %.160s",
               order < 0 ? first->namespace : second->namespace, order < 0 ? first->name : second->name,
               order < 0 ? second->namespace : first->namespace, order < 0 ? second->name : first->name, file);
}

static void visit(void *context, const struct resource_key *key, const struct json *document)
{
    const struct search *search = context;
    const struct json *containers = json_path(document, "spec", "containers", NULL);
    if (search->why->code != REASON_NONE || resource_key_equal(key, search->key))
        return;
    for (size_t i = 0; i < json_count(containers); i++) {
        const char *file = json_text(json_get(json_at(containers, i), "envFile"));
        if (names(search->service, file)) {
            tell(search, key, file);
            return;
        }
    }
}

int local_files_judge(const struct store *store, const struct resource_key *key, const struct local_service *service,
                      struct reason *why)
{
    struct reason found = {.code = REASON_NONE};
    struct search search = {key, service, &found};
    store_each(store, KIND_LOCAL_SERVICE, NULL, visit, &search);
    if (found.code == REASON_NONE)
        return 0;
    *why = found;
    return LOCAL_SHARED;
}
