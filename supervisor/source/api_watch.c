/* Watches: changes as lines of JSON, from a version on, with bookmarks (Kubernetes API concepts, "Efficient detection of
 * changes"). Owns one watch for each stream until the stream is over. A client that reads too slowly is cut off: it lists
 * again. */
#include "supervisor/source/api_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_S_MAX 86400
#define EVENT_BYTES_MAX (STORE_DOCUMENT_BYTES_MAX + 1024)

struct api_watch {
    struct store *store; /* borrowed */
    struct api_target target;
    struct http_stream *stream;
    struct store_watch *watch;
    struct loop_timer *bookmark, *timeout;
    bool ended; /* nothing is pushed any more */
};

static void end(struct api_watch *watch)
{
    if (!watch->ended)
        http_stream_end(watch->stream);
    watch->ended = true;
}

/* The client reads too slowly, or there is no memory. */
static void cut_off(struct api_watch *watch)
{
    if (!watch->ended)
        http_stream_abort(watch->stream);
    watch->ended = true;
}

static void push(struct api_watch *watch, const char *type, const struct json *object)
{
    struct buf line CLEANUP(buf_deinit) = BUF_INIT(EVENT_BYTES_MAX);

    if (watch->ended)
        return;
    if (buf_printf(&line, "{\"type\":\"%s\",\"object\":", type) < 0 || json_write(object, JSON_COMPACT, &line) < 0 ||
        buf_append_str(&line, STR("}\n")) < 0 || http_stream_push(watch->stream, buf_str(&line)) < 0)
        cut_off(watch);
}

static const char *change_word(enum store_change change)
{
    switch (change) {
    case STORE_ADDED:
        return "ADDED";
    case STORE_MODIFIED:
        return "MODIFIED";
    case STORE_DELETED:
        return "DELETED";
    }
    return "";
}

static bool concerns(const struct api_watch *watch, const struct resource_key *key)
{
    const struct resource_key *wanted = &watch->target.key;

    return key->kind == wanted->kind && (!wanted->namespace[0] || strcmp(wanted->namespace, key->namespace) == 0) &&
           (!wanted->name[0] || strcmp(wanted->name, key->name) == 0);
}

static void on_change(void *context, enum store_change change, const struct resource_key *key,
                      const struct json *document)
{
    struct api_watch *watch = context;

    if (concerns(watch, key))
        push(watch, change_word(change), document);
}

static void add_present(void *context, const struct resource_key *key, const struct json *document)
{
    on_change(context, STORE_ADDED, key, document);
}

static void on_bookmark(void *context)
{
    struct api_watch *watch = context;
    const struct kind_row *row = kind_row(watch->target.key.kind);
    char line[512];

    if (watch->ended)
        return;
    int length = snprintf(line, sizeof line,
                          "{\"type\":\"BOOKMARK\",\"object\":{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{"
                          "\"resourceVersion\":\"%" PRIu64 "\"}}}\n",
                          row->api_version, row->name, store_version(watch->store));
    if (http_stream_push(watch->stream, (struct str){line, (size_t)length}) < 0)
        cut_off(watch);
}

static void on_timeout(void *context) { end(context); }

static void watch_free(struct api_watch *watch)
{
    if (!watch)
        return;
    store_watch_free(watch->watch);
    loop_timer_free(watch->bookmark);
    loop_timer_free(watch->timeout);
    free(watch);
}

static void watch_freep(struct api_watch **slot) { watch_free(*slot); }

static void on_closed(void *context) { watch_free(context); }

static void tell_gone(struct api_watch *watch)
{
    struct json *status CLEANUP(json_freep) = NULL;
    const struct reason why = {.text = "too old resource version: list again and watch from there"};

    if (api_status_new(API_GONE, NULL, &watch->target.key, &why, &status) == 0)
        push(watch, "ERROR", status);
    end(watch);
}

/* What lies between the client's version and now; without one, all there is. */
static void catch_up(struct api_watch *watch, const char *since)
{
    const char *namespace = watch->target.key.namespace[0] ? watch->target.key.namespace : NULL;
    uint64_t version = 0;

    if (!since || !since[0] || strcmp(since, "0") == 0)
        store_each(watch->store, watch->target.key.kind, namespace, add_present, watch);
    else if (str_to_u64(str_of(since), UINT64_MAX, &version) != 0 ||
             store_changes_since(watch->store, version, on_change, watch) != 0)
        tell_gone(watch);
}

static int make(const struct api_call *call, const struct api_target *target, struct api_watch **ret)
{
    struct api_watch *watch CLEANUP(watch_freep) = calloc(1, sizeof *watch);
    int r;

    if (!watch)
        return -ENOMEM;
    watch->store = call->api->store;
    watch->target = *target;
    if ((r = loop_timer_new(call->api->loop, on_bookmark, watch, &watch->bookmark)) < 0 ||
        (r = loop_timer_new(call->api->loop, on_timeout, watch, &watch->timeout)) < 0 ||
        (r = store_watch_new(watch->store, on_change, watch, &watch->watch)) < 0 ||
        (r = http_response_stream(call->response, on_closed, watch, &watch->stream)) < 0)
        return r;
    *ret = TAKE(watch);
    return 0;
}

void api_watch(const struct api_call *call)
{
    struct api_target target = call->target;
    struct api_watch *watch = NULL;
    const char *timeout = http_request_query(call->request, "timeoutSeconds");
    const char *labels = http_request_query(call->request, "labelSelector");
    uint64_t timeout_s = 0;

    if (!api_selector_parse(http_request_query(call->request, "fieldSelector"), &target) || (labels && labels[0]) ||
        (timeout && str_to_u64(str_of(timeout), TIMEOUT_S_MAX, &timeout_s) != 0)) {
        api_respond_words(call->response, API_BAD_REQUEST, &call->target.key,
                          "only fieldSelector with metadata.name and metadata.namespace, and timeoutSeconds of at "
                          "most a day, are supported");
        return;
    }
    if (make(call, &target, &watch) < 0)
        return; /* stays a 500 */
    call->response->status = API_OK;
    call->response->content_type = "application/json";
    loop_timer_repeat(watch->bookmark, call->api->bookmark_ms);
    if (timeout_s > 0)
        loop_timer_start(watch->timeout, (int64_t)timeout_s * 1000);
    catch_up(watch, http_request_query(call->request, "resourceVersion"));
}
