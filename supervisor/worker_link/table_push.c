/* The order of a table on the wire, as the worker expects it: temps, sessions with their filters, positions. */
#include "supervisor/worker_link/table_push.h"

#include <string.h>

/* The table was made by wanted_table_dup, which has checked every length. */
#define TEXT_FILL(array, text)                 \
    do {                                       \
        check(strlen(text) < sizeof(array));   \
        memcpy(array, text, strlen(text) + 1); \
    } while (0)

void table_push_start(struct table_push *push, const struct wanted_table *table)
{
    *push = (struct table_push){.table = table, .stage = TABLE_PUSH_BEGIN};
}

static size_t stage_items(const struct table_push *push)
{
    switch (push->stage) {
    case TABLE_PUSH_TEMPS:
        return push->table->temp_count;
    case TABLE_PUSH_SESSIONS:
        return push->table->session_count;
    case TABLE_PUSH_POSITIONS:
        return push->table->position_count;
    case TABLE_PUSH_BEGIN:
    case TABLE_PUSH_COMMIT:
    case TABLE_PUSH_DONE:
        break;
    }
    return 1;
}

/* Past stages that have no (more) items. */
static void stage_settle(struct table_push *push)
{
    while (push->stage != TABLE_PUSH_DONE && push->item >= stage_items(push)) {
        push->item = 0;
        push->stage = push->stage == TABLE_PUSH_COMMIT ? TABLE_PUSH_DONE : push->stage + 1;
    }
}

void table_push_advance(struct table_push *push)
{
    bool filters_left =
        push->stage == TABLE_PUSH_SESSIONS && push->filter < push->table->sessions[push->item].filter_count;
    push->filter = filters_left ? push->filter + 1 : 0;
    push->item += filters_left ? 0 : 1;
    stage_settle(push);
}

static void begin_fill(const struct wanted_table *table, struct ipc_message *ret)
{
    size_t filters = 0;
    for (size_t i = 0; i < table->session_count; i++)
        filters += table->sessions[i].filter_count;
    *ret = (struct ipc_message){.type = IPC_TABLE_BEGIN,
                                .table_begin = {.generation = table->generation,
                                                .mode = table->mode,
                                                .original_free = table->original_free,
                                                .temps = (uint32_t)table->temp_count,
                                                .sessions = (uint32_t)table->session_count,
                                                .filters = (uint32_t)filters,
                                                .positions = (uint32_t)table->position_count}};
}

static void temp_fill(const struct wanted_temp *temp, struct ipc_message *ret)
{
    *ret = (struct ipc_message){.type = IPC_TABLE_TEMP, .table_temp = {.role = temp->role, .want = temp->want}};
    TEXT_FILL(ret->table_temp.name, temp->name);
    TEXT_FILL(ret->table_temp.session, temp->session);
    TEXT_FILL(ret->table_temp.group, temp->group);
    TEXT_FILL(ret->table_temp.stamp, temp->stamp);
}

static void filter_fill(const struct wanted_session *session, const struct wanted_filter *filter,
                        struct ipc_message *ret)
{
    *ret = (struct ipc_message){.type = IPC_TABLE_FILTER};
    TEXT_FILL(ret->table_filter.session, session->uid);
    TEXT_FILL(ret->table_filter.name, filter->name);
    TEXT_FILL(ret->table_filter.pattern, filter->pattern);
}

static void session_fill(const struct wanted_session *session, struct ipc_message *ret)
{
    *ret = (struct ipc_message){.type = IPC_TABLE_SESSION, .table_session = {.mode = session->mode}};
    TEXT_FILL(ret->table_session.session, session->uid);
    TEXT_FILL(ret->table_session.temp, session->temp);
    TEXT_FILL(ret->table_session.stamp, session->stamp);
}

static void position_fill(const struct wanted_position *position, struct ipc_message *ret)
{
    *ret = (struct ipc_message){
        .type = IPC_TABLE_POSITION,
        .table_position = {.partition = position->partition, .start = position->start, .end = position->end}};
}

bool table_push_message(struct table_push *push, struct ipc_message *ret)
{
    const struct wanted_table *table = push->table;
    switch (push->stage) {
    case TABLE_PUSH_DONE:
        return false;
    case TABLE_PUSH_BEGIN:
        begin_fill(table, ret);
        break;
    case TABLE_PUSH_TEMPS:
        temp_fill(&table->temps[push->item], ret);
        break;
    case TABLE_PUSH_SESSIONS:
        if (push->filter)
            filter_fill(&table->sessions[push->item], &table->sessions[push->item].filters[push->filter - 1], ret);
        else
            session_fill(&table->sessions[push->item], ret);
        break;
    case TABLE_PUSH_POSITIONS:
        position_fill(&table->positions[push->item], ret);
        break;
    case TABLE_PUSH_COMMIT:
        *ret = (struct ipc_message){.type = IPC_TABLE_COMMIT, .table_commit = {.generation = table->generation}};
        break;
    }
    return true;
}
