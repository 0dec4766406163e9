/* Figures of all splits as one JSON document. Reads only; fails only for lack of memory. */
#include "supervisor/main/serve_figures.h"

#include "common/base/log.h"
#include "common/base/mono.h"
#include "supervisor/main/unknown_settings.h"
#include "supervisor/split/record.h"

#include <unistd.h>

#define RECORD_BYTES_MAX (16u << 20)

struct walk {
    struct serve_figures *figures;
    struct json *splits;
    int result;
};

static int write_figures(struct json *object, const struct figures *figures)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < FIGURE_COUNT; i++)
        r = json_set_int(object, figure_rows[i].name, (int64_t)figure_of(figures, i));
    return r;
}

/* Messages a second, of what there is a rate. */
static int write_rates(struct json *object, const struct observed_pace *pace)
{
    struct observed_rates rates;
    struct json *list = NULL;
    if (!pace || !observed_pace_rates(pace, mono_now(), &rates))
        return 0;
    int r = json_object_at(object, "perSecond", &list);
    for (size_t i = 0; r == 0 && i < FIGURE_COUNT; i++)
        if (figure_rows[i].kind == FIGURE_KIND_COUNT)
            r = json_set_take(list, figure_rows[i].name, json_new_double(rates.values[i]));
    return r;
}

static int add_session(struct walk *walk, const char *worker, const struct split_temp *temp, struct json *list)
{
    const struct figures *figures = fleet_figures(walk->figures->fleet, worker, temp->session_uid);
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "name", temp->session) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "uid", temp->session_uid);
    if (r == 0 && figures)
        r = write_figures(object, figures);
    return r ? r : json_append_take(list, TAKE(object));
}

static int add_split(struct walk *walk, const struct split_record *record)
{
    const char *worker = record->key.name;
    const struct figures *figures = fleet_figures(walk->figures->fleet, worker, "");
    struct json *object CLEANUP(json_freep) = json_new_object(), *sessions CLEANUP(json_freep) = json_new_array();
    int r = object && sessions ? json_set_text(object, "namespace", record->key.namespace) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "name", worker);
    if (r == 0 && figures)
        r = write_figures(object, figures);
    if (r == 0)
        r = write_rates(object, fleet_pace(walk->figures->fleet, worker));
    for (size_t i = 0; r == 0 && i < record->temp_count; i++)
        if (record->temps[i].role == WORKER_TEMP_SESSION)
            r = add_session(walk, worker, &record->temps[i], sessions);
    if (r == 0)
        r = json_set_take(object, "sessions", TAKE(sessions));
    return r ? r : json_append_take(walk->splits, TAKE(object));
}

static void visit(void *context, const struct resource_key *key, const struct json *document)
{
    struct walk *walk = context;
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(RECORD_BYTES_MAX);
    struct split_record record;
    struct reason why;
    (void)key;
    if (walk->result < 0)
        return;
    int r = split_record_decode(document, &arena, &record, &why);
    if (r == 0)
        r = add_split(walk, &record);
    walk->result = r < 0 ? r : 0;
}

static int add_run(const struct serve_figures *figures, struct json *document)
{
    const struct run_mark *mark = figures->mark;
    struct json *object = NULL, *unknown = NULL;
    int trouble = store_trouble(figures->store), r = json_object_at(document, "supervisor", &object);
    if (r == 0)
        r = unknown_settings_json(environ, &unknown);
    if (r == 0)
        r = json_set_take(object, "unknownSettings", unknown);
    if (r == 0 && trouble < 0)
        r = json_set_text(object, "stateError", strerror(-trouble));
    if (!mark)
        return r;
    if (r == 0)
        r = json_set_text(object, "startedAt", mark->started);
    if (r == 0)
        r = json_set_text(object, "previousEnd", run_end_name(mark->before));
    return r || !mark->before_at[0] ? r : json_set_text(object, "previousAt", mark->before_at);
}

static int build(struct serve_figures *figures, const char *namespace, struct buf *body)
{
    struct json *document CLEANUP(json_freep) = json_new_object(), *splits CLEANUP(json_freep) = json_new_array();
    struct walk walk = {.figures = figures, .splits = splits};
    int r = document && splits ? json_set_int(document, "atMs", mono_now().ms) : -ENOMEM;
    if (r == 0)
        r = add_run(figures, document);
    if (r == 0) {
        store_each(figures->store, KIND_QUEUE_SPLIT, namespace, visit, &walk);
        r = walk.result;
    }
    if (r == 0)
        r = json_set_take(document, "splits", TAKE(splits));
    return r ? r : json_write(document, JSON_COMPACT, body);
}

void serve_figures_answer(void *context, const struct http_request *request, struct http_response *response)
{
    (void)request;
    serve_figures_respond(context, NULL, response);
}

void serve_figures_respond(struct serve_figures *figures, const char *namespace, struct http_response *response)
{
    int r = build(figures, namespace, &response->body);
    if (r < 0) {
        log_warn("supervisor.serve", "figures cannot be told", LF_ERR(r));
        return;
    }
    response->status = 200;
    response->content_type = "application/json";
}
