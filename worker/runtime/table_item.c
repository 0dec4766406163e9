/* Checks the items of a table against its announced counts, the values' ranges and each other. Nothing that a supervisor sends
 * reaches an engine unchecked; what is wrong is named with its value, never with a pattern. */
#include "worker/runtime/table_item.h"

#include <inttypes.h>

int table_item_refuse(struct reason *why, const char *what, uint64_t value)
{
    return reason_set(why, REASON_MESSAGE_INVALID, TABLE_BUILD_REFUSAL, "table refused: %s %" PRIu64, what, value);
}

static bool temp_values_fit(const struct ipc_table_temp *item)
{
    if (!item->name[0] || item->want < WORKER_TEMP_WANT_PRESENT || item->want > WORKER_TEMP_WANT_ABSENT)
        return false;
    if (item->role == WORKER_TEMP_FALLBACK)
        return !item->session[0];
    return item->role == WORKER_TEMP_SESSION && item->session[0];
}

static int temp_add(struct table_build *build, const struct ipc_table_temp *item, struct reason *why)
{
    struct worker_table *table = build->table;
    if (table->temp_count == build->wanted.temps || table->session_count || table->position_count)
        return table_item_refuse(why, "temp out of place, number", table->temp_count);
    if (!temp_values_fit(item))
        return table_item_refuse(why, "temp with wrong values, number", table->temp_count);
    if (item->role == WORKER_TEMP_FALLBACK && worker_table_fallback(table))
        return table_item_refuse(why, "second fallback, number", table->temp_count);
    int r = name_set_add(&build->temps, item->name, (uint32_t)table->temp_count);
    if (r)
        return r < 0 ? r : table_item_refuse(why, "temp named twice, number", table->temp_count);
    struct worker_temp *temp = &table->temps[table->temp_count++];
    temp->role = (enum worker_temp_role)item->role;
    temp->want = (enum worker_temp_want)item->want;
    memcpy(temp->name, item->name, sizeof temp->name);
    memcpy(temp->session, item->session, sizeof temp->session);
    memcpy(temp->group, item->group, sizeof temp->group);
    memcpy(temp->stamp, item->stamp, sizeof temp->stamp);
    return TABLE_BUILD_MORE;
}

/* The session's own temp, which must be there to stay: a route into a queue that goes away would lose messages (C-5). */
static bool session_temp_fits(const struct table_build *build, const struct ipc_table_session *item,
                              uint32_t *ret_temp)
{
    if (!name_set_find(&build->temps, item->temp, ret_temp))
        return false;
    const struct worker_temp *temp = &build->table->temps[*ret_temp];
    return temp->role == WORKER_TEMP_SESSION && temp->want == WORKER_TEMP_WANT_PRESENT &&
           strcmp(temp->session, item->session) == 0;
}

static int session_register(struct table_build *build, const struct ipc_table_session *item, struct reason *why)
{
    uint32_t number = (uint32_t)build->table->session_count;
    int r = name_set_add(&build->sessions, item->session, number);
    if (r)
        return r < 0 ? r : table_item_refuse(why, "session named twice, number", number);
    enum route_mode mode = item->mode == WORKER_SESSION_STEAL ? ROUTE_STEAL : ROUTE_MIRROR;
    r = route_table_add_session(build->routes, str_of(item->session), mode, number, why);
    return r > 0 ? TABLE_BUILD_REFUSAL : r;
}

static int session_add(struct table_build *build, const struct ipc_table_session *item, struct reason *why)
{
    struct worker_table *table = build->table;
    uint32_t temp;
    if (table->session_count == build->wanted.sessions || table->position_count)
        return table_item_refuse(why, "session out of place, number", table->session_count);
    if (item->mode != WORKER_SESSION_STEAL && item->mode != WORKER_SESSION_MIRROR)
        return table_item_refuse(why, "session with an unknown mode, number", table->session_count);
    if (!session_temp_fits(build, item, &temp))
        return table_item_refuse(why, "session without its temp, number", table->session_count);
    int r = session_register(build, item, why);
    if (r)
        return r;
    struct worker_session *session = &table->sessions[table->session_count++];
    session->temp = temp;
    session->mode = (enum worker_session_mode)item->mode;
    memcpy(session->uid, item->session, sizeof session->uid);
    memcpy(session->stamp, item->stamp, sizeof session->stamp);
    return TABLE_BUILD_MORE;
}

static int filter_add(struct table_build *build, const struct ipc_table_filter *item, struct reason *why)
{
    const struct worker_table *table = build->table;
    if (build->filters == build->wanted.filters || !table->session_count || table->position_count)
        return table_item_refuse(why, "filter out of place, number", build->filters);
    if (strcmp(table->sessions[table->session_count - 1].uid, item->session) != 0)
        return table_item_refuse(why, "filter of another session, number", build->filters);
    int r = route_table_add_filter(build->routes, str_of(item->name), str_of(item->pattern), why);
    if (r)
        return r > 0 ? TABLE_BUILD_REFUSAL : r;
    build->filters++;
    return TABLE_BUILD_MORE;
}

static int position_add(struct table_build *build, const struct ipc_table_position *item, struct reason *why)
{
    struct worker_table *table = build->table;
    size_t number = table->position_count;
    if (number == build->wanted.positions)
        return table_item_refuse(why, "position out of place, number", number);
    if (number && table->positions[number - 1].partition >= item->partition)
        return table_item_refuse(why, "position out of order, partition", item->partition);
    if (item->start > item->end || item->end > INT64_MAX)
        return table_item_refuse(why, "position with wrong offsets, partition", item->partition);
    table->positions[table->position_count++] = (struct worker_position){
        .partition = item->partition, .start = (int64_t)item->start, .end = (int64_t)item->end};
    return TABLE_BUILD_MORE;
}

int table_item_add(struct table_build *build, const struct ipc_message *message, struct reason *why)
{
    if (message->type == IPC_TABLE_TEMP)
        return temp_add(build, &message->table_temp, why);
    if (message->type == IPC_TABLE_SESSION)
        return session_add(build, &message->table_session, why);
    if (message->type == IPC_TABLE_FILTER)
        return filter_add(build, &message->table_filter, why);
    check(message->type == IPC_TABLE_POSITION);
    return position_add(build, &message->table_position, why);
}
