/* Grows the route table and holds it to its limits. Never compiles a pattern, never looks at a message. */
#include "worker/route/table.h"
#include "common/base/arena.h"

struct route_table {
    uint64_t generation;
    struct arena texts; /* names and patterns */
    struct route_session *sessions;
    size_t session_count, session_capacity;
    struct route_filter *filters; /* of all sessions, one session after the other */
    size_t filter_count, filter_capacity;
};

int route_table_new(uint64_t generation, struct route_table **ret)
{
    struct route_table *table = calloc(1, sizeof *table);
    if (!table)
        return -ENOMEM;
    table->generation = generation;
    table->texts = ARENA_INIT(ROUTE_TABLE_BYTES_MAX);
    *ret = table;
    return 0;
}

void route_table_free(struct route_table *table)
{
    if (!table)
        return;
    arena_deinit(&table->texts);
    free(table->sessions);
    free(table->filters);
    free(table);
}

/* Makes room for one more item of size bytes. */
static int items_grow(void **items, size_t *capacity, size_t count, size_t size)
{
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown;
    if (count < *capacity)
        return 0;
    grown = reallocarray(*items, wanted, size);
    if (!grown)
        return -ENOMEM;
    *items = grown;
    *capacity = wanted;
    return 0;
}

int route_table_add_session(struct route_table *table, struct str uid, enum route_mode mode, uint32_t destination,
                            struct reason *why)
{
    struct route_session session = {.mode = mode, .destination = destination};
    void *sessions = table->sessions;
    int r;

    if (table->session_count >= ROUTE_SESSIONS_MAX)
        return reason_set(why, REASON_LIMIT_REACHED, ROUTE_REFUSED, "A split has at most %d sessions.",
                          ROUTE_SESSIONS_MAX);
    if (uid.len == 0 || str_copy(session.uid, sizeof session.uid, uid) != 0)
        return reason_set(why, REASON_FIELD_INVALID, ROUTE_REFUSED, "A session's uid has 1 to %d bytes of text.",
                          ROUTE_UID_BYTES_MAX);
    r = items_grow(&sessions, &table->session_capacity, table->session_count, sizeof session);
    table->sessions = sessions;
    if (r < 0)
        return r;
    session.filter_first = (uint32_t)table->filter_count;
    table->sessions[table->session_count++] = session;
    return 0;
}

static int filter_copy(struct arena *texts, struct str name, struct str pattern, struct route_filter *ret)
{
    const char *name_copy, *pattern_copy;
    int r = arena_str(texts, name, &name_copy);
    if (r == 0)
        r = arena_str(texts, pattern, &pattern_copy);
    if (r == 0)
        *ret = (struct route_filter){.name = {name_copy, name.len}, .pattern = {pattern_copy, pattern.len}};
    return r;
}

int route_table_add_filter(struct route_table *table, struct str name, struct str pattern, struct reason *why)
{
    struct route_session *session;
    void *filters = table->filters;
    int r;

    if (table->session_count == 0)
        return -EINVAL;
    session = &table->sessions[table->session_count - 1];
    if (session->filter_count >= ROUTE_FILTERS_MAX)
        return reason_set(why, REASON_LIMIT_REACHED, ROUTE_REFUSED, "Session %s has more than %d filters.",
                          session->uid, ROUTE_FILTERS_MAX);
    if (name.len > ROUTE_NAME_BYTES_MAX)
        return reason_set(why, REASON_LIMIT_REACHED, ROUTE_REFUSED, "Session %s: a header name has at most %d bytes.",
                          session->uid, ROUTE_NAME_BYTES_MAX);
    r = items_grow(&filters, &table->filter_capacity, table->filter_count, sizeof *table->filters);
    table->filters = filters;
    if (r == 0)
        r = filter_copy(&table->texts, name, pattern, &table->filters[table->filter_count]);
    if (r == -ENOBUFS)
        return reason_set(why, REASON_LIMIT_REACHED, ROUTE_REFUSED, "The filters of a split have at most %u bytes.",
                          ROUTE_TABLE_BYTES_MAX);
    if (r < 0)
        return r;
    table->filter_count++;
    session->filter_count++;
    return 0;
}

uint64_t route_table_generation(const struct route_table *table) { return table->generation; }
size_t route_table_session_count(const struct route_table *table) { return table->session_count; }

const struct route_session *route_table_session(const struct route_table *table, size_t number)
{
    check(number < table->session_count);
    return &table->sessions[number];
}

const struct route_filter *route_table_filter(const struct route_table *table, size_t number)
{
    check(number < table->filter_count);
    return &table->filters[number];
}
