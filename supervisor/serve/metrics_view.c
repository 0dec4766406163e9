/* See the header. */
#include "supervisor/serve/metrics_view.h"

struct walk {
    struct fleet *fleet;
    struct session_share *share;
    struct metrics_view *view;
    size_t splits, sessions; /* that there is room for */
    int result;
};

static void count(void *context, const struct resource_key *key, const struct json *document)
{
    size_t *splits = context;
    (void)key;
    (void)document;
    (*splits)++;
}

static void session_add(struct walk *walk, const struct view_split *split, const char *name,
                        const struct figures *figures)
{
    check(walk->view->session_count < walk->sessions);
    walk->view->sessions[walk->view->session_count++] =
        (struct view_session){split->namespace, split->name, name, figures};
}

static int take_session(struct walk *walk, const struct view_split *split, const struct json *temp)
{
    const char *uid = json_text(json_get(temp, "sessionUid"));
    const struct figures *figures = uid[0] ? fleet_figures(walk->fleet, split->name, uid) : NULL;
    bool shown = false;
    int r = figures ? session_share_take(walk->share, split->name, uid, figures, &shown) : 0;
    if (r == 0 && shown)
        session_add(walk, split, json_text(json_get(temp, "session")), figures);
    return r;
}

static int take_sessions(struct walk *walk, const struct view_split *split)
{
    const struct json *temps = json_get(split->spec, "temporaries");
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(temps); i++)
        r = take_session(walk, split, json_at(temps, i));
    const struct figures *others = r == 0 ? session_share_others(walk->share, split->name) : NULL;
    if (others)
        session_add(walk, split, VIEW_OTHERS, others);
    return r;
}

static void take_split(void *context, const struct resource_key *key, const struct json *document)
{
    struct walk *walk = context;
    if (walk->result < 0)
        return;
    check(walk->view->split_count < walk->splits);
    struct view_split *split = &walk->view->splits[walk->view->split_count++];
    (void)key; /* lives as long as this call; the document's own names live longer */
    *split = (struct view_split){.namespace = json_text(json_path(document, "metadata", "namespace", NULL)),
                                 .name = json_text(json_path(document, "metadata", "name", NULL)),
                                 .spec = json_get(document, "spec"),
                                 .status = json_get(document, "status")};
    split->has_worker = fleet_numbers(walk->fleet, split->name, &split->worker);
    walk->result = take_sessions(walk, split);
}

int metrics_view_take(const struct store *store, struct fleet *fleet, struct session_share *share,
                      struct arena *arena, struct metrics_view *ret)
{
    struct metrics_view view = {.splits = NULL};
    struct walk walk = {.fleet = fleet, .share = share, .view = &view};
    void *splits = NULL, *sessions = NULL;
    store_each(store, KIND_QUEUE_SPLIT, NULL, count, &walk.splits);
    walk.sessions = share->shown_max + walk.splits; /* each split has at most one sum */
    int r = arena_alloc_array(arena, walk.splits + 1, sizeof *view.splits, &splits);
    if (r == 0)
        r = arena_alloc_array(arena, walk.sessions + 1, sizeof *view.sessions, &sessions);
    if (r < 0)
        return r;
    view.splits = splits;
    view.sessions = sessions;
    session_share_begin(share);
    store_each(store, KIND_QUEUE_SPLIT, NULL, take_split, &walk);
    session_share_end(share);
    if (walk.result == 0)
        *ret = view;
    return walk.result;
}
