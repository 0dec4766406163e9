/* Each viewer is a look of the fleet and the stream that it is told to. A viewer's place is free again when its stream is closed. */
#include "supervisor/main/serve_looks.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "ipc/look.h"
#include "ipc/table.h"
#include "supervisor/fleet/fleet_look.h"
#include "supervisor/main/look_lines.h"
#include "supervisor/source/api_status.h"

struct viewer {
    struct serve_looks *looks;
    struct http_stream *stream; /* NULL: free */
    struct fleet_look *look;    /* NULL: over */
    struct look_lines lines;
    struct json *names; /* owned: of sessions that were told, by their uid */
    bool follow;
    uint32_t seconds;
    char worker[GUARDIAN_SPLIT_SIZE];
    struct mono heard;
};

struct serve_looks {
    const struct store *store;
    struct fleet *fleet;
    struct loop_timer *timer;
    struct viewer viewers[SERVE_LOOKS_MAX];
    size_t viewing;
};

static void look_drop(struct viewer *viewer)
{
    fleet_look_end(TAKE(viewer->look));
    look_lines_deinit(&viewer->lines);
}

struct name_search {
    const char *uid, *name;
};

static void name_match(void *context, const struct resource_key *key, const struct json *document)
{
    struct name_search *search = context;
    if (strcmp(json_text(json_path(document, "metadata", "uid", NULL)), search->uid) == 0)
        search->name = key->name;
}

/* Looked for among all sessions once, then remembered. */
static const char *name_of(void *context, const char *uid)
{
    struct viewer *viewer = context;
    const char *known = json_text(json_get(viewer->names, uid));
    struct name_search search = {.uid = uid, .name = ""};
    if (known[0])
        return known;
    store_each(viewer->looks->store, KIND_SPLIT_SESSION, NULL, name_match, &search);
    if (!viewer->names)
        viewer->names = json_new_object();
    int r = search.name[0] ? json_set_text(viewer->names, uid, search.name) : 0;
    if (r < 0)
        log_debug("supervisor.serve", "a name is not remembered, ignored: it is looked for again", LF_ERR(r));
    return search.name;
}

static void on_closed(void *context)
{
    struct viewer *viewer = context;
    look_drop(viewer);
    json_free(TAKE(viewer->names));
    viewer->stream = NULL;
    if (--viewer->looks->viewing == 0)
        loop_timer_stop(viewer->looks->timer);
}

static void on_told(void *context, const struct ipc_message *message);

/* One more look of the same kind, where the one before is over and somebody still looks. */
static int look_again(struct viewer *viewer)
{
    const struct fleet_look_spec spec = {.worker = viewer->worker, .seconds = viewer->seconds};
    look_drop(viewer);
    return fleet_look_start(viewer->looks->fleet, &spec, on_told, viewer, &viewer->look);
}

static void on_told(void *context, const struct ipc_message *message)
{
    struct viewer *viewer = context;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(LOOK_LINE_BYTES_MAX);
    bool over = false, again = viewer->follow && message && message->type == IPC_LOOK_STATE &&
                               message->look_state.state == LOOK_OVER;
    viewer->heard = mono_now();
    int r = look_lines_take(&viewer->lines, message, &text, &over);
    if (r == 0 && text.len)
        r = http_stream_push(viewer->stream, buf_str(&text));
    if (r == 0 && again)
        over = look_again(viewer) != 0;
    if (r == 0 && !over)
        return;
    look_drop(viewer);
    if (r == 0)
        http_stream_end(viewer->stream);
    else /* the client reads too slowly, or there is no memory: it may ask again */
        http_stream_abort(viewer->stream);
}

/* A worker of an earlier version knows no looks, and one that connects anew has forgotten them. */
static void on_timer(void *context)
{
    struct serve_looks *looks = context;
    struct mono now = mono_now();
    for (size_t i = 0; i < SERVE_LOOKS_MAX; i++) {
        struct viewer *viewer = &looks->viewers[i];
        if (viewer->look && mono_reached(now, mono_after(viewer->heard, SERVE_LOOK_SILENCE_MS)))
            on_told(viewer, NULL);
    }
}

int serve_looks_new(struct loop *loop, const struct store *store, struct fleet *fleet, struct serve_looks **ret)
{
    struct serve_looks *looks CLEANUP(serve_looks_freep) = calloc(1, sizeof *looks);
    if (!looks)
        return -ENOMEM;
    looks->store = store;
    looks->fleet = fleet;
    int r = loop_timer_new(loop, on_timer, looks, &looks->timer);
    if (r == 0)
        *ret = TAKE(looks);
    return r;
}

void serve_looks_free(struct serve_looks *looks)
{
    if (!looks)
        return;
    loop_timer_free(looks->timer);
    free(looks);
}

struct search {
    const char *name;
    bool found;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct search *search = context;
    (void)document;
    search->found = search->found || strcmp(key->name, search->name) == 0;
}

static bool split_exists(const struct serve_looks *looks, const char *name)
{
    struct search search = {.name = name};
    store_each(looks->store, KIND_QUEUE_SPLIT, NULL, match, &search);
    return search.found;
}

static struct viewer *viewer_free(struct serve_looks *looks)
{
    for (size_t i = 0; i < SERVE_LOOKS_MAX; i++)
        if (!looks->viewers[i].stream)
            return &looks->viewers[i];
    return NULL;
}

static int viewer_open(struct viewer *viewer, struct http_response *response)
{
    int r = http_response_stream(response, on_closed, viewer, &viewer->stream);
    if (r < 0) {
        look_drop(viewer);
        return r;
    }
    viewer->heard = mono_now();
    if (viewer->looks->viewing++ == 0)
        loop_timer_repeat(viewer->looks->timer, 1000);
    response->status = 200;
    response->content_type = "application/x-ndjson";
    return 0;
}

static void start(struct serve_looks *looks, const struct fleet_look_spec *spec, bool follow,
                  struct http_response *response)
{
    struct viewer *viewer = viewer_free(looks);
    if (!split_exists(looks, spec->worker)) {
        api_respond_words(response, API_NOT_FOUND, NULL, "there is no split '%.80s'", spec->worker);
        return;
    }
    if (!viewer) {
        api_respond_words(response, API_UNAVAILABLE, NULL, "%d people look at messages already", SERVE_LOOKS_MAX);
        return;
    }
    *viewer = (struct viewer){
        .looks = looks, .follow = follow, .seconds = spec->seconds, .lines = {.name = name_of, .context = viewer}};
    int r = str_copy(viewer->worker, sizeof viewer->worker, str_of(spec->worker));
    if (r == 0)
        r = fleet_look_start(looks->fleet, spec, on_told, viewer, &viewer->look);
    if (r == FLEET_LOOK_NO_WORKER)
        api_respond_words(response, API_UNAVAILABLE, NULL,
                          "the split's worker is not connected; sluice status %s says why", spec->worker);
    else if (r == -E2BIG)
        api_respond_words(response, API_INVALID, NULL, "a header's name has at most %d bytes, a pattern at most 1024",
                          TABLE_HEADER_BYTES_MAX);
    if (r == 0)
        r = viewer_open(viewer, response);
    if (r < 0 && r != -E2BIG)
        log_warn("supervisor.serve", "nobody can look", LF_STR("split", spec->worker), LF_ERR(r));
}

static bool seconds_of(const char *text, uint32_t *ret)
{
    uint64_t number = SERVE_LOOK_SECONDS;
    if (text && (str_to_u64(str_of(text), LOOK_SECONDS_MAX, &number) < 0 || number == 0))
        return false;
    *ret = (uint32_t)number;
    return true;
}

static void refuse_seconds(struct http_response *response)
{
    api_respond_words(response, API_BAD_REQUEST, NULL, "seconds: a number from 1 to %d", LOOK_SECONDS_MAX);
}

void serve_looks_explain(void *context, const struct http_request *request, struct http_response *response)
{
    const char *follow = http_request_query(request, "follow");
    struct fleet_look_spec spec = {.worker = strrchr(request->path, '/') + 1};
    if (seconds_of(http_request_query(request, "seconds"), &spec.seconds))
        start(context, &spec, follow && strcmp(follow, "0") != 0, response);
    else
        refuse_seconds(response);
}

static bool filter_read(const struct json *item, struct fleet_look_filter *ret)
{
    struct str name = json_str(json_get(item, "name")), pattern = json_str(json_get(item, "pattern"));
    *ret = (struct fleet_look_filter){name.data, pattern.data};
    return name.len > 0 && pattern.data && strlen(name.data) == name.len && strlen(pattern.data) == pattern.len;
}

/* The document's filters; false: it is not as it should be. */
static bool filters_read(const struct json *document, struct fleet_look_filter *filters, struct fleet_look_spec *spec)
{
    const struct json *list = json_get(document, "filters");
    bool good = json_count(list) > 0 && json_count(list) <= TABLE_FILTERS_PER_SESSION_MAX;
    for (size_t i = 0; good && i < json_count(list); i++)
        good = filter_read(json_at(list, i), &filters[i]);
    spec->filters = filters;
    spec->filter_count = json_count(list);
    return good;
}

static bool seconds_read(const struct json *document, uint32_t *ret)
{
    const struct json *member = json_get(document, "seconds");
    int64_t number = SERVE_LOOK_SECONDS;
    if (member && (json_int(member, &number) < 0 || number < 1 || number > LOOK_SECONDS_MAX))
        return false;
    *ret = (uint32_t)number;
    return true;
}

void serve_looks_try(void *context, const struct http_request *request, struct http_response *response)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct fleet_look_filter filters[TABLE_FILTERS_PER_SESSION_MAX];
    struct fleet_look_spec spec = {.worker = strrchr(request->path, '/') + 1};
    struct json *document CLEANUP(json_freep) = NULL;
    struct json_error error;
    int r = request->body_too_large ? JSON_REFUSED : json_parse(request->body, &limits, &document, &error);
    if (r < 0)
        return; /* a 500 */
    if (r > 0 || !filters_read(document, filters, &spec))
        api_respond_words(response, API_BAD_REQUEST, NULL, "filters: 1 to %d objects with name and pattern",
                          TABLE_FILTERS_PER_SESSION_MAX);
    else if (!seconds_read(document, &spec.seconds))
        refuse_seconds(response);
    else
        start(context, &spec, false, response);
}
