/* Copies and comparisons of tables. A copy lies in one arena together with its strings; pure but for memory. */
#include "supervisor/worker_link/wanted_table.h"

#include "common/base/arena.h"
#include "ipc/messages.h"

#define WANTED_BYTES_MAX (256u << 20)

struct wanted_copy {
    struct wanted_table table; /* first */
    struct arena arena;
};

void wanted_table_free(struct wanted_table *table)
{
    if (!table)
        return;
    struct wanted_copy *copy = (struct wanted_copy *)table;
    arena_deinit(&copy->arena);
    free(copy);
}

_Static_assert(sizeof(((struct ipc_table_filter *)0)->name) == TABLE_HEADER_BYTES_MAX + 1,
               "sessions are judged by it");

/* size: of the message's array that will hold it, with its NUL. */
static int text_copy(struct arena *arena, const char *text, size_t size, const char **ret)
{
    struct str s = text ? str_of(text) : STR("");
    return s.len < size ? arena_str(arena, s, ret) : -E2BIG;
}

#define TEXT_COPY(arena, text, message, field, ret) \
    text_copy(arena, text, sizeof(((struct ipc_##message *)0)->field), ret)

static int temp_copy(struct arena *arena, const struct wanted_temp *from, struct wanted_temp *to)
{
    *to = *from;
    int r = TEXT_COPY(arena, from->name, table_temp, name, &to->name);
    if (!r)
        r = TEXT_COPY(arena, from->session, table_temp, session, &to->session);
    if (!r)
        r = TEXT_COPY(arena, from->group, table_temp, group, &to->group);
    if (!r)
        r = TEXT_COPY(arena, from->stamp, table_temp, stamp, &to->stamp);
    return r;
}

static int temps_copy(struct arena *arena, const struct wanted_table *from, struct wanted_table *to)
{
    if (from->temp_count > TABLE_TEMPS_MAX)
        return -E2BIG;
    void *memory;
    int r = arena_alloc_array(arena, from->temp_count + 1, sizeof *from->temps, &memory);
    if (r)
        return r;
    struct wanted_temp *temps = memory;
    for (size_t i = 0; !r && i < from->temp_count; i++)
        r = temp_copy(arena, &from->temps[i], &temps[i]);
    to->temps = temps;
    return r;
}

static int filters_copy(struct arena *arena, const struct wanted_session *from, struct wanted_session *to)
{
    if (from->filter_count > TABLE_FILTERS_PER_SESSION_MAX)
        return -E2BIG;
    void *memory;
    int r = arena_alloc_array(arena, from->filter_count + 1, sizeof *from->filters, &memory);
    if (r)
        return r;
    struct wanted_filter *filters = memory;
    for (size_t i = 0; !r && i < from->filter_count; i++) {
        r = TEXT_COPY(arena, from->filters[i].name, table_filter, name, &filters[i].name);
        if (!r)
            r = TEXT_COPY(arena, from->filters[i].pattern, table_filter, pattern, &filters[i].pattern);
    }
    to->filters = filters;
    return r;
}

static int session_copy(struct arena *arena, const struct wanted_session *from, struct wanted_session *to)
{
    *to = *from;
    int r = TEXT_COPY(arena, from->uid, table_session, session, &to->uid);
    if (!r)
        r = TEXT_COPY(arena, from->temp, table_session, temp, &to->temp);
    if (!r)
        r = TEXT_COPY(arena, from->stamp, table_session, stamp, &to->stamp);
    return r ? r : filters_copy(arena, from, to);
}

static int sessions_copy(struct arena *arena, const struct wanted_table *from, struct wanted_table *to)
{
    if (from->session_count > TABLE_SESSIONS_MAX)
        return -E2BIG;
    void *memory;
    int r = arena_alloc_array(arena, from->session_count + 1, sizeof *from->sessions, &memory);
    if (r)
        return r;
    struct wanted_session *sessions = memory;
    for (size_t i = 0; !r && i < from->session_count; i++)
        r = session_copy(arena, &from->sessions[i], &sessions[i]);
    to->sessions = sessions;
    return r;
}

static int positions_copy(struct arena *arena, const struct wanted_table *from, struct wanted_table *to)
{
    if (from->position_count > TABLE_POSITIONS_MAX)
        return -E2BIG;
    void *memory;
    int r = arena_alloc_array(arena, from->position_count + 1, sizeof *from->positions, &memory);
    if (r)
        return r;
    if (from->position_count)
        memcpy(memory, from->positions, from->position_count * sizeof *from->positions);
    to->positions = memory;
    return 0;
}

int wanted_table_dup(const struct wanted_table *table, struct wanted_table **ret)
{
    struct wanted_copy *copy = calloc(1, sizeof *copy);
    if (!copy)
        return -ENOMEM;
    copy->table = *table;
    copy->arena = ARENA_INIT(WANTED_BYTES_MAX);
    int r = temps_copy(&copy->arena, table, &copy->table);
    if (!r)
        r = sessions_copy(&copy->arena, table, &copy->table);
    if (!r)
        r = positions_copy(&copy->arena, table, &copy->table);
    if (r)
        wanted_table_free(&copy->table);
    else
        *ret = &copy->table;
    return r;
}

static bool text_equal(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : "") == 0; }

static bool temp_equal(const struct wanted_temp *a, const struct wanted_temp *b)
{
    return a->role == b->role && a->want == b->want && text_equal(a->name, b->name) &&
           text_equal(a->session, b->session) && text_equal(a->group, b->group) && text_equal(a->stamp, b->stamp);
}

static bool session_equal(const struct wanted_session *a, const struct wanted_session *b)
{
    if (a->mode != b->mode || a->filter_count != b->filter_count || !text_equal(a->uid, b->uid) ||
        !text_equal(a->temp, b->temp) || !text_equal(a->stamp, b->stamp))
        return false;
    for (size_t i = 0; i < a->filter_count; i++)
        if (!text_equal(a->filters[i].name, b->filters[i].name) ||
            !text_equal(a->filters[i].pattern, b->filters[i].pattern))
            return false;
    return true;
}

static bool position_equal(const struct wanted_position *a, const struct wanted_position *b)
{
    return a->partition == b->partition && a->start == b->start && a->end == b->end;
}

bool wanted_table_equal(const struct wanted_table *a, const struct wanted_table *b)
{
    if (a->mode != b->mode || a->original_free != b->original_free || a->temp_count != b->temp_count ||
        a->session_count != b->session_count || a->position_count != b->position_count)
        return false;
    for (size_t i = 0; i < a->temp_count; i++)
        if (!temp_equal(&a->temps[i], &b->temps[i]))
            return false;
    for (size_t i = 0; i < a->session_count; i++)
        if (!session_equal(&a->sessions[i], &b->sessions[i]))
            return false;
    for (size_t i = 0; i < a->position_count; i++)
        if (!position_equal(&a->positions[i], &b->positions[i]))
            return false;
    return true;
}
