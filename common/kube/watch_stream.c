/* The stream of changes: events as lines of JSON, resumed from the last one (Kubernetes API concepts, "Efficient detection of
 * changes" and "Watch bookmarks"). An event that is not understood ends the stream, and a fresh list tells the truth. */
#include "common/kube/watch_internal.h"

#include "common/base/secret.h"
#include <stdio.h>
#include <string.h>

enum {
    OPEN_MS = 30000,     /* until the server answers; it may keep requests in a queue */
    STEADY_MS = 10000,   /* a stream that lasted so long was a success, even without an event */
    VALUES_MAX = 1 << 20 /* in one event */
};

/* The stream is cancelled with the next step, which cannot be done in its own callback. */
static void stream_broken(struct kube_watch *watch)
{
    watch->broken = true;
    watch->relist = true;
    watch_step_later(watch, 0);
}

static int event_take(struct kube_watch *watch, const struct json *event)
{
    const char *type = json_text(json_get(event, "type"));
    const struct json *object = json_get(event, "object");
    struct str version = json_str(json_path(object, "metadata", "resourceVersion", NULL));
    int r = WATCH_MISUNDERSTOOD; /* ERROR, too: with 410 or anything else, a list is what helps */
    if (version.len == 0)
        return WATCH_MISUNDERSTOOD;
    if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0)
        r = watch_put(watch, object, "", "");
    else if (strcmp(type, "DELETED") == 0)
        r = watch_remove(watch, object);
    else if (strcmp(type, "BOOKMARK") == 0)
        r = 0;
    return r == 0 ? watch_text_set(&watch->version, version) : r;
}

static int line_take(struct kube_watch *watch, struct str line)
{
    CLEANUP(json_freep) struct json *event = NULL;
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    limits.bytes_max = watch->event_bytes_max;
    limits.values_max = VALUES_MAX;
    if (line.len == 0)
        return 0;
    int r = json_parse(line, &limits, &event, &error);
    if (r == 0)
        r = event_take(watch, event);
    if (r == 0)
        watch->failures = 0;
    return r;
}

static void on_data(void *context, struct str data)
{
    struct kube_watch *watch = context;
    while (!watch->broken && data.len > 0) {
        const char *end = memchr(data.data, '\n', data.len);
        size_t len = end ? (size_t)(end - data.data) : data.len;
        int r = buf_append(&watch->line, data.data, len);
        if (r == 0 && end) {
            r = line_take(watch, buf_str(&watch->line));
            buf_clear(&watch->line);
        }
        if (r != 0) {
            stream_broken(watch);
            return;
        }
        data.data += len + (end != NULL);
        data.len -= len + (end != NULL);
    }
}

static void on_open(void *context)
{
    struct kube_watch *watch = context;
    watch_tell_health(watch, NULL);
}

static void on_done(void *context, const struct kube_answer *answer)
{
    struct kube_watch *watch = context;
    bool fine = kube_answer_ok(answer); /* its time was over */
    watch->call = NULL;
    if (watch->broken)
        return;
    if (mono_reached(mono_now(), mono_after(watch->began_at, STEADY_MS)))
        watch->failures = 0;
    /* Without an answer, and when the server is busy, the version is as good as before. */
    watch->relist = answer->status >= 400 && answer->status < 500 && answer->status != 429 && answer->status != 401;
    if (!fine && answer->status != 410)
        watch_tell_health(watch, &answer->why);
    watch_step_later(watch, answer->retry_after_ms);
}

static int stream_path(const struct kube_watch *watch, unsigned seconds, struct buf *path)
{
    CLEANUP(buf_deinit) struct buf query = BUF_INIT(KUBE_PATH_BYTES_MAX);
    char text[16];
    snprintf(text, sizeof text, "%u", seconds);
    int r = kube_query_add(&query, "watch", "1");
    if (r == 0)
        r = kube_query_add(&query, "allowWatchBookmarks", "true");
    if (r == 0)
        r = kube_query_add(&query, "timeoutSeconds", text);
    if (r == 0)
        r = kube_query_add(&query, "resourceVersion", watch->version);
    if (r == 0)
        r = watch_query(watch, &query);
    if (r < 0)
        return r;
    const struct kube_path parts = {.resource = watch->resource, .namespace = watch->namespace, .query = query.data};
    return kube_path_build(&parts, path);
}

/* At random, so that not all come back at once. */
static unsigned stream_seconds(const struct kube_watch *watch)
{
    uint32_t random;
    if (watch->seconds)
        return watch->seconds;
    random_bytes(&random, sizeof random);
    return KUBE_WATCH_S_MIN + random % (KUBE_WATCH_S_MAX - KUBE_WATCH_S_MIN + 1);
}

int watch_stream(struct kube_watch *watch)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    unsigned seconds = stream_seconds(watch);
    int r = stream_path(watch, seconds, &path);
    if (r < 0)
        return r;
    const struct kube_call_spec spec = {.method = "GET",
                                        .path = path.data,
                                        .deadline_ms = OPEN_MS,
                                        .retry_ms = -1,
                                        .silence_max_ms = (int64_t)seconds * 1000 + watch->grace_ms,
                                        .on_open = on_open,
                                        .on_data = on_data,
                                        .done = on_done,
                                        .context = watch};
    buf_clear(&watch->line);
    watch->broken = false;
    watch->began_at = mono_now();
    return kube_client_call(watch->client, &spec, &watch->call);
}
