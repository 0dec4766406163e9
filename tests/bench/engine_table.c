/* Another harness_table (tests/component/engine/harness_table.h): the sessions of route_load.h, which share the temps that
 * the script names. A supervisor never makes such a table; here it keeps the number of topics out of what is measured,
 * so that nothing but the number of sessions differs. */
#include "tests/component/engine/harness_table.h"

#include "tests/bench/route_load.h"
#include "worker/runtime/table_own.h"
#include <stdlib.h>

static int64_t number(const struct json *document, const char *name)
{
    int64_t value = 0;

    return json_int(json_get(document, name), &value) ? 0 : value;
}

static void text(const struct json *document, const char *name, char *dst, size_t size)
{
    check(!str_copy(dst, size, str_of(json_text(json_get(document, name)))));
}

static void temps_fill(struct worker_table *table, const struct json *temps)
{
    table->temp_count = json_count(temps);
    table->temps = calloc(table->temp_count + 1, sizeof *table->temps);
    check(table->temps && table->temp_count > 1);
    for (size_t i = 0; i < table->temp_count; i++) {
        const struct json *temp = json_at(temps, i);

        text(temp, "name", table->temps[i].name, sizeof table->temps[i].name);
        text(temp, "session", table->temps[i].session, sizeof table->temps[i].session);
        text(temp, "group", table->temps[i].group, sizeof table->temps[i].group);
        table->temps[i].role = (enum worker_temp_role)number(temp, "role");
        table->temps[i].want = (enum worker_temp_want)number(temp, "want");
    }
}

static void sessions_fill(struct worker_table *table, const struct route_table *routes)
{
    table->session_count = route_table_session_count(routes);
    table->sessions = calloc(table->session_count + 1, sizeof *table->sessions);
    check(table->sessions);
    for (size_t i = 0; i < table->session_count; i++) {
        struct worker_session *session = &table->sessions[i];

        session->temp = (uint32_t)(1 + i % (table->temp_count - 1));
        session->mode = WORKER_SESSION_STEAL;
        memcpy(session->uid, route_table_session(routes, i)->uid, sizeof session->uid);
    }
}

/* {"generation", "mode", "free", "temps", "mixed": number of sessions}. */
int harness_table(const struct json *document, struct worker_table **ret, struct reason *why)
{
    struct worker_table *table = worker_table_new();
    CLEANUP(route_table_freep) struct route_table *routes = load_table((uint32_t)number(document, "mixed"));
    int result;

    check(table);
    table->generation = (uint64_t)number(document, "generation");
    table->mode = (enum worker_mode)number(document, "mode");
    table->original_free = number(document, "free") != 0;
    temps_fill(table, json_get(document, "temps"));
    sessions_fill(table, routes);
    result = route_index_build(routes, NULL, &table->routes, why);
    if (result)
        worker_table_unref(table);
    else
        *ret = table;
    return result;
}
