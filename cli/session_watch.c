/* See session_watch.h. The list gives the version that the watch begins at, for the session's own may be too old to be
 * watched from. Events are lines of JSON; one that is not understood ends the watch, and the next list tells the truth. */
#include "cli/session_watch.h"

#include <stdlib.h>

enum {
    RETRY_MS = 300,    /* between two connections */
    WATCH_MS = 300000, /* without any event */
    EVENT_BYTES_MAX = 2 << 20,
};

struct session_watch {
    struct api *api;      /* borrowed */
    struct session_id id; /* borrowed */
    struct session_watch_handlers handlers;
    struct loop_timer *retry;
    struct api_call *list;
    struct http_call *stream;
    struct buf line;  /* the part of an event that came */
    bool stale;       /* what the stream says counts no more */
    bool unreachable; /* told */
};

static void watch_again(struct session_watch *watch) { loop_timer_start(watch->retry, RETRY_MS); }

static bool is_ours(const struct session_watch *watch, const struct json *document)
{
    return strcmp(json_text(json_path(document, "metadata", "name", NULL)), watch->id.name) == 0 &&
           strcmp(json_text(json_path(document, "metadata", "namespace", NULL)), watch->id.namespace) == 0;
}

static void event_take(struct session_watch *watch, const struct json *event)
{
    const char *type = json_text(json_get(event, "type"));
    const struct json *object = json_get(event, "object");
    if (strcmp(type, "ERROR") == 0)
        watch->stale = true;
    else if (!is_ours(watch, object) || strcmp(type, "BOOKMARK") == 0)
        return;
    else if (strcmp(type, "DELETED") == 0)
        watch->handlers.gone(watch->handlers.context);
    else
        watch->handlers.document(watch->handlers.context, object);
}

static void line_take(struct session_watch *watch, struct str line)
{
    CLEANUP(json_freep) struct json *event = NULL;
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    limits.bytes_max = EVENT_BYTES_MAX;
    if (line.len == 0)
        return;
    if (json_parse(line, &limits, &event, &error) != 0)
        watch->stale = true;
    else
        event_take(watch, event);
}

static void stream_data(void *context, struct str data)
{
    struct session_watch *watch = context;
    if (!watch->stale && buf_append_str(&watch->line, data) < 0)
        watch->stale = true;
    while (!watch->stale) {
        ptrdiff_t end = str_find(buf_str(&watch->line), STR("\n"));
        if (end < 0)
            return;
        line_take(watch, (struct str){watch->line.data, (size_t)end});
        buf_consume(&watch->line, (size_t)end + 1);
    }
    watch_again(watch); /* cancels the stream, which cannot be done in its own callback */
}

static void stream_done(void *context, const struct http_result *result)
{
    struct session_watch *watch = context;
    (void)result; /* whatever ended it: the next list tells the truth */
    watch->stream = NULL;
    watch_again(watch);
}

static int stream_open(struct session_watch *watch, const char *version)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(API_PATH_BYTES_MAX);
    struct http_call_spec spec = {
        .method = "GET", .deadline_ms = WATCH_MS, .on_data = stream_data, .on_done = stream_done, .context = watch};
    int r = api_path(KIND_SPLIT_SESSION, watch->id.namespace, NULL, "watch=1&fieldSelector=metadata.name%3D", &path);
    if (r == 0)
        r = http_escape(str_of(watch->id.name), &path);
    if (r == 0)
        r = buf_append_str(&path, STR("&resourceVersion="));
    if (r == 0)
        r = http_escape(str_of(version), &path);
    spec.path = path.data;
    buf_clear(&watch->line);
    watch->stale = false;
    return r == 0 ? http_client_call(api_http(watch->api), &spec, &watch->stream) : r;
}

static void tell_reachable(struct session_watch *watch, const struct reason *why)
{
    if (watch->unreachable == (why != NULL))
        return;
    watch->unreachable = why != NULL;
    watch->handlers.reachable(watch->handlers.context, why);
}

static void list_done(void *context, const struct api_answer *answer)
{
    struct session_watch *watch = context;
    const struct json *items = json_get(answer->body, "items"), *found = NULL;
    watch->list = NULL;
    tell_reachable(watch, answer->exit_code == EXIT_CODE_OK ? NULL : &answer->why);
    if (answer->exit_code != EXIT_CODE_OK) {
        watch_again(watch);
        return;
    }
    for (size_t i = 0; !found && i < json_count(items); i++)
        found = is_ours(watch, json_at(items, i)) ? json_at(items, i) : NULL;
    if (!found)
        watch->handlers.gone(watch->handlers.context);
    else
        watch->handlers.document(watch->handlers.context, found);
    if (stream_open(watch, json_text(json_path(answer->body, "metadata", "resourceVersion", NULL))) < 0)
        watch_again(watch);
}

static int list_ask(struct session_watch *watch)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(API_PATH_BYTES_MAX);
    int r = api_path(KIND_SPLIT_SESSION, watch->id.namespace, NULL, "fieldSelector=metadata.name%3D", &path);
    if (r == 0)
        r = http_escape(str_of(watch->id.name), &path);
    return r == 0 ? api_send(watch->api, "GET", path.data, NULL, list_done, watch, &watch->list) : r;
}

static void retry_over(void *context)
{
    struct session_watch *watch = context;
    if (watch->stream)
        http_call_cancel(watch->stream);
    watch->stream = NULL;
    if (!watch->list && list_ask(watch) < 0)
        watch_again(watch);
}

int session_watch_new(struct loop *loop, struct api *api, struct session_id id,
                      const struct session_watch_handlers *handlers, struct session_watch **ret)
{
    CLEANUP(session_watch_freep) struct session_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    *watch = (struct session_watch){.api = api, .id = id, .handlers = *handlers, .line = BUF_INIT(EVENT_BYTES_MAX)};
    int r = loop_timer_new(loop, retry_over, watch, &watch->retry);
    if (r == 0)
        r = list_ask(watch);
    if (r == 0)
        *ret = TAKE(watch);
    return r;
}

void session_watch_free(struct session_watch *watch)
{
    if (!watch)
        return;
    if (watch->stream)
        http_call_cancel(watch->stream);
    api_call_cancel(watch->list);
    loop_timer_free(watch->retry);
    buf_deinit(&watch->line);
    free(watch);
}
