/* See inputs.h. */
#include "cli/inputs.h"
#include "cli/state.h"

static const enum kind kinds[] = {KIND_LOCAL_SERVICE, KIND_KAFKA_TOPICS_CONSUMER, KIND_WORKLOAD_QUEUE_REGISTRY,
                                  KIND_KAFKA_CLIENT_CONFIG};

bool input_is_kind(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind_row(kinds[i])->name, kind) == 0)
            return true;
    return false;
}

static int copy_member(const struct json *from, const char *key, struct json *to)
{
    struct json *copy = NULL;
    int r = json_get(from, key) ? json_dup(json_get(from, key), &copy) : 0;
    return r == 0 && copy ? json_set_take(to, key, copy) : r;
}

/* Without spec and annotations. */
static int append_reduced(struct json *list, const struct json *document, enum kind kind)
{
    static const char *const kept[] = {"namespace", "name", "generation"};
    CLEANUP(json_freep) struct json *reduced = json_new_object();
    struct json *metadata = NULL;
    int r = reduced ? json_set_text(reduced, "kind", kind_row(kind)->name) : -ENOMEM;
    if (r == 0)
        r = json_object_at(reduced, "metadata", &metadata);
    for (size_t i = 0; r == 0 && i < sizeof kept / sizeof *kept; i++)
        r = copy_member(json_get(document, "metadata"), kept[i], metadata);
    if (r == 0)
        r = copy_member(document, "status", reduced);
    return r == 0 ? json_append_take(list, TAKE(reduced)) : r;
}

/* Client configs stand in the operator's namespace, whatever the user's is. */
int inputs_read(const struct connection *connection, const char *namespace, struct json **ret)
{
    CLEANUP(json_freep) struct json *inputs = json_new_array();
    int r = inputs ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        CLEANUP(json_freep) struct json *list = NULL;
        struct reason why;
        if (connection->cluster && kinds[i] == KIND_LOCAL_SERVICE)
            continue; /* there are none */
        int listed =
            state_list(connection, kinds[i], kinds[i] == KIND_KAFKA_CLIENT_CONFIG ? NULL : namespace, &list, &why);
        if (connection->cluster && listed == EXIT_CODE_NOT_PERMITTED)
            continue; /* few may read other namespaces */
        if (listed != EXIT_CODE_OK)
            return 0;
        for (size_t j = 0; r == 0 && j < json_count(list); j++)
            r = append_reduced(inputs, json_at(list, j), kinds[i]);
    }
    if (r == 0)
        *ret = TAKE(inputs);
    return r;
}

static const char *member(const struct json *object, const char *key) { return json_text(json_get(object, key)); }

static bool is_worth_telling(const struct json *condition)
{
    enum reason_code code = reason_from_name(json_str(json_get(condition, "reason")));
    return strcmp(member(condition, "type"), "Accepted") != 0 || code != REASON_ACCEPTED;
}

static int cell(struct table *table, const char *text, enum colour colour)
{
    return table_cell(table, str_of(text), colour);
}

static int condition_row(struct table *table, const struct json *input, const struct json *condition)
{
    const struct json *metadata = json_get(input, "metadata");
    CLEANUP(buf_deinit) struct buf name = BUF_INIT(1024);
    bool refused = strcmp(member(condition, "status"), "False") == 0;
    bool degraded = strcmp(member(condition, "type"), "Degraded") == 0;
    enum colour colour = refused || degraded ? COLOUR_BAD : COLOUR_WARN;
    int r =
        buf_printf(&name, "%s %s/%s", member(input, "kind"), member(metadata, "namespace"), member(metadata, "name"));
    if (r == 0)
        r = cell(table, name.data, COLOUR_NONE);
    if (r == 0)
        r = cell(table, refused ? "refused" : degraded ? "degraded" : "accepted", colour);
    if (r == 0)
        r = cell(table, member(condition, "reason"), colour);
    return r == 0 ? cell(table, member(condition, "message"), COLOUR_NONE) : r;
}

int inputs_text(const struct json *inputs, const struct terminal *terminal, struct buf *ret)
{
    static const char *const headings[] = {"RESOURCE", "STATE", "REASON", "MESSAGE"};
    CLEANUP(table_deinit) struct table table;
    int r = 0;
    table_init(&table, headings, sizeof headings / sizeof *headings);
    for (size_t i = 0; i < json_count(inputs); i++) {
        const struct json *conditions = json_path(json_at(inputs, i), "status", "conditions", NULL);
        for (size_t j = 0; r == 0 && j < json_count(conditions); j++)
            if (is_worth_telling(json_at(conditions, j)))
                r = condition_row(&table, json_at(inputs, i), json_at(conditions, j));
    }
    if (r == 0 && table_rows(&table) > 0) {
        r = buf_append_char(ret, '\n');
        if (r == 0)
            r = table_render(&table, terminal, terminal_columns(terminal), ret);
    }
    return r;
}
