/* The list that a watch begins with: page by page, each object told as it comes (Kubernetes API concepts, "Retrieving large
 * results sets in chunks"). A page that expired means the list from its beginning. */
#include "common/kube/watch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_SIZE = 128 };

static void list_failed(struct kube_watch *watch, const struct reason *why, int64_t retry_after_ms)
{
    watch->relist = true;
    watch_tell_health(watch, why);
    watch_step_later(watch, retry_after_ms);
}

static int items_put(struct kube_watch *watch, const struct json *list)
{
    const struct json *items = json_get(list, "items");
    const char *api_version = json_text(json_get(list, "apiVersion"));
    struct str kind = json_str(json_get(list, "kind"));
    char item_kind[KIND_SIZE];
    int r = 0;
    if (!str_ends_with(kind, STR("List")) ||
        str_copy(item_kind, sizeof item_kind, (struct str){kind.data, kind.len - 4}) < 0)
        return WATCH_MISUNDERSTOOD;
    /* An empty list of some servers is null. */
    if (!items || (json_type(items) != JSON_ARRAY && json_type(items) != JSON_NULL))
        return WATCH_MISUNDERSTOOD;
    for (size_t i = 0; r == 0 && i < json_count(items); i++)
        r = watch_put(watch, json_at(items, i), api_version, item_kind);
    return r;
}

static int page_take(struct kube_watch *watch, const struct json *list)
{
    const struct json *metadata = json_get(list, "metadata");
    struct str version = json_str(json_get(metadata, "resourceVersion"));
    struct str next = json_str(json_get(metadata, "continue"));
    if (version.len == 0)
        return WATCH_MISUNDERSTOOD;
    int r = items_put(watch, list);
    if (r != 0)
        return r;
    free(TAKE(watch->page));
    if (next.len > 0)
        return watch_text_set(&watch->page, next);
    r = watch_text_set(&watch->version, version);
    if (r < 0)
        return r;
    watch_sweep(watch);
    watch->relist = false;
    watch->handlers.synced(watch->handlers.context);
    return 0;
}

static void page_refused(struct kube_watch *watch, int outcome)
{
    struct reason why;
    if (outcome < 0)
        reason_set(&why, REASON_NONE, 0, "a list of %s cannot be read: %s", watch->resource.plural,
                   strerror(-outcome));
    else if (outcome == WATCH_TOO_MANY)
        reason_set(&why, REASON_LIMIT_REACHED, 0, "there are more than %zu %s", watch->objects_max,
                   watch->resource.plural);
    else
        reason_set(&why, REASON_NONE, 0, "a list of %s is not understood", watch->resource.plural);
    list_failed(watch, &why, outcome == WATCH_TOO_MANY ? watch->retry_max_ms : 0);
}

static void on_page(void *context, const struct kube_answer *answer)
{
    struct kube_watch *watch = context;
    watch->call = NULL;
    if (answer->status == 410 && watch->page) { /* it took too long, which is nobody's fault */
        watch->relist = true;
        watch_step_later(watch, 0);
        return;
    }
    if (!kube_answer_ok(answer)) {
        list_failed(watch, &answer->why, answer->retry_after_ms);
        return;
    }
    int r = page_take(watch, answer->body);
    if (r != 0)
        page_refused(watch, r);
    else
        watch_step_soon(watch); /* the next page, or the stream */
}

static int list_path(const struct kube_watch *watch, struct buf *path)
{
    CLEANUP(buf_deinit) struct buf query = BUF_INIT(KUBE_PATH_BYTES_MAX);
    char limit[16];
    snprintf(limit, sizeof limit, "%d", KUBE_PAGE_OBJECTS);
    int r = kube_query_add(&query, "limit", limit);
    if (r == 0)
        r = kube_query_add(&query, "continue", watch->page);
    if (r == 0)
        r = watch_query(watch, &query);
    if (r < 0)
        return r;
    const struct kube_path parts = {.resource = watch->resource, .namespace = watch->namespace, .query = query.data};
    return kube_path_build(&parts, path);
}

int watch_list(struct kube_watch *watch)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    if (watch->relist && !watch->page)
        watch->round++;
    int r = list_path(watch, &path);
    if (r < 0)
        return r;
    const struct kube_call_spec spec = {
        .method = "GET", .path = path.data, .retry_ms = -1, .done = on_page, .context = watch};
    return kube_client_call(watch->client, &spec, &watch->call);
}
