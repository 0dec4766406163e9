/* See the header. */
#include "tests/component/engine/harness_table.h"

#include "worker/runtime/table_build.h"
#include <string.h>

static uint64_t number(const struct json *document, const char *name)
{
    int64_t value = 0;

    if (json_int(json_get(document, name), &value))
        return 0;
    return (uint64_t)value;
}

static void text(const struct json *document, const char *name, char *dst, size_t size)
{
    check(!str_copy(dst, size, str_of(json_text(json_get(document, name)))));
}

static uint32_t filter_count(const struct json *sessions)
{
    size_t count = 0;

    for (size_t i = 0; i < json_count(sessions); i++)
        count += json_count(json_get(json_at(sessions, i), "filters"));
    return (uint32_t)count;
}

static int give(struct table_build *build, struct ipc_message message, struct worker_table **ret, struct reason *why)
{
    return table_build_take(build, &message, NULL, ret, why);
}

static int begin_give(struct table_build *build, const struct json *document, struct worker_table **ret,
                      struct reason *why)
{
    struct ipc_message message = {.type = IPC_TABLE_BEGIN};

    message.table_begin =
        (struct ipc_table_begin){.generation = number(document, "generation"),
                                 .mode = (uint32_t)number(document, "mode"),
                                 .original_free = (uint32_t)number(document, "free"),
                                 .temps = (uint32_t)json_count(json_get(document, "temps")),
                                 .sessions = (uint32_t)json_count(json_get(document, "sessions")),
                                 .filters = filter_count(json_get(document, "sessions")),
                                 .positions = (uint32_t)json_count(json_get(document, "positions"))};
    return give(build, message, ret, why);
}

static int temp_give(struct table_build *build, const struct json *temp, struct worker_table **ret,
                     struct reason *why)
{
    struct ipc_message message = {.type = IPC_TABLE_TEMP};
    struct ipc_table_temp *item = &message.table_temp;

    text(temp, "name", item->name, sizeof item->name);
    text(temp, "session", item->session, sizeof item->session);
    text(temp, "group", item->group, sizeof item->group);
    text(temp, "stamp", item->stamp, sizeof item->stamp);
    item->role = (uint32_t)number(temp, "role");
    item->want = (uint32_t)number(temp, "want");
    return give(build, message, ret, why);
}

static int session_give(struct table_build *build, const struct json *session, struct worker_table **ret,
                        struct reason *why)
{
    const struct json *filters = json_get(session, "filters");
    struct ipc_message message = {.type = IPC_TABLE_SESSION};
    int result;

    text(session, "session", message.table_session.session, sizeof message.table_session.session);
    text(session, "temp", message.table_session.temp, sizeof message.table_session.temp);
    text(session, "stamp", message.table_session.stamp, sizeof message.table_session.stamp);
    message.table_session.mode = (uint32_t)number(session, "mode");
    result = give(build, message, ret, why);
    for (size_t i = 0; result == TABLE_BUILD_MORE && i < json_count(filters); i++) {
        struct ipc_message filter = {.type = IPC_TABLE_FILTER};
        struct ipc_table_filter *item = &filter.table_filter;

        text(session, "session", item->session, sizeof item->session);
        check(!str_copy(item->name, sizeof item->name, json_str(json_at(json_at(filters, i), 0))));
        check(!str_copy(item->pattern, sizeof item->pattern, json_str(json_at(json_at(filters, i), 1))));
        result = give(build, filter, ret, why);
    }
    return result;
}

static int position_give(struct table_build *build, const struct json *position, struct worker_table **ret,
                         struct reason *why)
{
    struct ipc_message message = {.type = IPC_TABLE_POSITION};
    int64_t values[3] = {0};

    for (size_t i = 0; i < 3; i++)
        check(!json_int(json_at(position, i), &values[i]));
    message.table_position =
        (struct ipc_table_position){(uint32_t)values[0], (uint64_t)values[1], (uint64_t)values[2]};
    return give(build, message, ret, why);
}

int harness_table(const struct json *document, struct worker_table **ret, struct reason *why)
{
    static struct table_build build;
    struct ipc_message commit = {.type = IPC_TABLE_COMMIT, .table_commit = {number(document, "generation")}};
    const struct json *temps = json_get(document, "temps");
    const struct json *sessions = json_get(document, "sessions");
    const struct json *positions = json_get(document, "positions");
    int result = begin_give(&build, document, ret, why);

    for (size_t i = 0; result == TABLE_BUILD_MORE && i < json_count(temps); i++)
        result = temp_give(&build, json_at(temps, i), ret, why);
    for (size_t i = 0; result == TABLE_BUILD_MORE && i < json_count(sessions); i++)
        result = session_give(&build, json_at(sessions, i), ret, why);
    for (size_t i = 0; result == TABLE_BUILD_MORE && i < json_count(positions); i++)
        result = position_give(&build, json_at(positions, i), ret, why);
    return result == TABLE_BUILD_MORE ? give(&build, commit, ret, why) : result;
}
