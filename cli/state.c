/* See state.h. */
#include "cli/state.h"
#include "cli/inputs.h"

void state_deinit(struct state *state)
{
    json_free(state->sessions);
    json_free(state->splits);
    json_free(state->inputs);
    json_free(state->figures);
    *state = (struct state){.sessions = NULL};
}

/* With their kind, which the lists of API servers leave out. */
static int items_take(const struct json *items, enum kind kind, struct json **ret)
{
    CLEANUP(json_freep) struct json *copy = NULL;
    int r = json_dup(items, &copy);
    for (size_t i = 0; r == 0 && i < json_count(copy); i++)
        if (json_type(json_at(copy, i)) == JSON_OBJECT)
            r = json_set_text((struct json *)(uintptr_t)json_at(copy, i), "kind", kind_row(kind)->name); /* ours */
    if (r == 0)
        *ret = TAKE(copy);
    return r;
}

int state_list(const struct connection *connection, enum kind kind, const char *namespace, struct json **ret,
               struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    CLEANUP(json_freep) struct json *list = NULL;
    int r = ask_path(kind, namespace, NULL, &path);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    r = ask_wait(connection->client, "GET", path.data, NULL, &list, why);
    if (r != EXIT_CODE_OK)
        return r;
    const struct json *items = json_get(list, "items");
    if (json_type(items) != JSON_ARRAY)
        return reason_set(why, REASON_NONE, EXIT_CODE_ANSWER, "the answer of %s has no items",
                          kube_client_name(connection->client));
    r = items_take(items, kind, ret);
    return r < 0 ? reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r)) : EXIT_CODE_OK;
}

/* One operator has all workers: whichever split has one leads to it. */
static const struct json *split_with_worker(const struct json *splits)
{
    char pod[OPERATOR_POD_SIZE];
    for (size_t i = 0; i < json_count(splits); i++)
        if (operator_port_pod(json_at(splits, i), pod))
            return json_at(splits, i);
    return NULL;
}

/* What a path beside the resources says; NULL: out of reach. */
static struct json *process_document(const struct connection *connection, const char *place, const char *namespace,
                                     const struct json *splits)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct kube_client *client = NULL;
    struct reason why;
    struct json *document = NULL;
    CLEANUP(buf_deinit) struct buf query = BUF_INIT(KUBE_PATH_BYTES_MAX / 2);
    int r = kube_query_add(&query, "namespace", namespace);
    if (r == 0)
        r = buf_printf(&path, "%s%s%s", place, query.len ? "?" : "", query.len ? query.data : "");
    if (r < 0 || connection_process(connection, split_with_worker(splits), &client, &why) != EXIT_CODE_OK)
        return NULL;
    r = ask_wait(client, "GET", path.data, NULL, &document, &why);
    if (r != EXIT_CODE_OK && r != EXIT_CODE_NOT_FOUND) /* not of that version: the way is good */
        connection_process_failed(connection, &why);
    return r == EXIT_CODE_OK ? document : NULL;
}

struct json *state_figures(const struct connection *connection, const char *namespace, const struct json *splits)
{
    return process_document(connection, "/sluice/v1/figures", namespace, splits);
}

struct json *state_events(const struct connection *connection, const char *namespace, const struct json *splits)
{
    return process_document(connection, "/sluice/v1/events", namespace, splits);
}

int state_read(const struct connection *connection, const char *namespace, struct state *state, struct reason *why)
{
    CLEANUP(json_freep) struct json *sessions = NULL;
    CLEANUP(json_freep) struct json *splits = NULL;
    CLEANUP(json_freep) struct json *inputs = NULL;
    int r = state_list(connection, KIND_SPLIT_SESSION, namespace, &sessions, why);
    if (r == EXIT_CODE_OK)
        r = state_list(connection, KIND_QUEUE_SPLIT, namespace, &splits, why);
    if (r != EXIT_CODE_OK)
        return r;
    if (inputs_read(connection, namespace, &inputs) < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "out of memory");
    json_free(state->sessions);
    json_free(state->splits);
    json_free(state->inputs);
    state->inputs = TAKE(inputs);
    state->sessions = TAKE(sessions);
    state->splits = TAKE(splits);
    json_free(state->figures);
    state->figures = state_figures(connection, namespace, state->splits);
    return EXIT_CODE_OK;
}

const struct json *state_find(const struct json *list, const char *name)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (strcmp(json_text(json_path(json_at(list, i), "metadata", "name", NULL)), name) == 0)
            return json_at(list, i);
    return NULL;
}
