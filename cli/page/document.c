/* What the page shows: the lists that `status` shows, each condition with what it means, and the figures. Reads only. */
#include "cli/condition.h"
#include "cli/page/page.h"

static int internal(struct reason *why, int r)
{
    return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
}

static struct json *own(const struct json *json) { return (struct json *)(uintptr_t)json; }

/* Whether it is bad, and what to do, are said here: the page repeats no rule. */
static int explain_condition(struct json *condition)
{
    int r = json_set_bool(condition, "bad", condition_is_bad(condition));
    if (r == 0)
        r = json_set_bool(condition, "passes", condition_passes(condition));
    return r == 0 ? json_set_text(condition, "nextStep", condition_next_step(condition)) : r;
}

/* A copy, for what was read may be asked for again. NULL: not known. */
static int list_explained(const struct json *list, struct json **ret)
{
    CLEANUP(json_freep) struct json *copy = NULL;
    int r = list ? json_dup(list, &copy) : 0;
    for (size_t i = 0; r == 0 && i < json_count(copy); i++) {
        const struct json *conditions = json_path(json_at(copy, i), "status", "conditions", NULL);
        for (size_t n = 0; r == 0 && n < json_count(conditions); n++)
            if (json_type(json_at(conditions, n)) == JSON_OBJECT)
                r = explain_condition(own(json_at(conditions, n))); /* ours: copied */
    }
    if (r == 0)
        *ret = copy ? TAKE(copy) : json_new_null();
    return r;
}

static int add_list(struct json *document, const char *key, const struct json *list)
{
    struct json *explained = NULL;
    int r = list_explained(list, &explained);
    return r == 0 ? json_set_take(document, key, explained) : r;
}

/* Where all this is from. */
static int add_place(struct page *page, struct json *document)
{
    const struct connection *connection = &page->connection;
    const char *namespace = connection_namespace(connection, page->options);
    int r = json_set_text(document, "version", SLUICE_VERSION);
    if (r == 0)
        r = json_set_text(document, "place", kube_client_name(connection->client));
    if (r == 0)
        r = json_set_bool(document, "cluster", connection->cluster);
    if (r == 0)
        r = json_set_text(document, "namespace", namespace ? namespace : "");
    return r == 0 ? json_set_int(document, "nowMs", wall_now_ms()) : r;
}

static int write_status(struct page *page)
{
    CLEANUP(json_freep) struct json *document = json_new_object();
    int r = document ? add_place(page, document) : -ENOMEM;
    if (r == 0)
        r = add_list(document, "sessions", page->state.sessions);
    if (r == 0)
        r = add_list(document, "splits", page->state.splits);
    if (r == 0)
        r = add_list(document, "inputs", page->state.inputs);
    if (r == 0)
        r = add_list(document, "events", json_get(page->events, "events"));
    buf_clear(&page->status_text);
    return r == 0 ? json_write(document, JSON_COMPACT, &page->status_text) : r;
}

int page_read_status(struct page *page, struct reason *why)
{
    const char *namespace = connection_namespace(&page->connection, page->options);
    int r = state_read(&page->connection, namespace, &page->state, why);
    if (r != EXIT_CODE_OK)
        return r;
    json_free(page->events);
    page->events = state_events(&page->connection, namespace, page->state.splits);
    r = write_status(page);
    return r < 0 ? internal(why, r) : EXIT_CODE_OK;
}

/* Of the splits that were read last: they say where the operator is. null: out of reach, or not for us. */
int page_read_figures(struct page *page, struct reason *why)
{
    const char *namespace = connection_namespace(&page->connection, page->options);
    CLEANUP(json_freep) struct json *figures = state_figures(&page->connection, namespace, page->state.splits);
    buf_clear(&page->figures_text);
    int r = figures ? json_write(figures, JSON_COMPACT, &page->figures_text)
                    : buf_append_str(&page->figures_text, STR("null"));
    return r < 0 ? internal(why, r) : EXIT_CODE_OK;
}
