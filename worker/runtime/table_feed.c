/* What comes of a table: whole, it replaces the one in force and goes to the engine; refused, the old one stays, a condition
 * says so, and the supervisor is not believed to have said anything. */
#include "worker/runtime/runtime.h"

uint64_t table_generation(const struct worker_runtime *runtime)
{
    return runtime->table ? runtime->table->generation : 0;
}

static void refusal_clear(struct worker_runtime *runtime)
{
    struct reason why = {.code = runtime->table_refusal};
    runtime->table_refusal = REASON_NONE;
    if (why.code != REASON_NONE)
        worker_report_condition(runtime, &why, "", false);
}

static void table_refused(struct worker_runtime *runtime, const struct reason *why)
{
    log_warn(RUNTIME_COMPONENT, "table refused, the old one stays", LF_REASON(why),
             LF_INT("generation", table_generation(runtime)));
    if (runtime->table_refusal != why->code)
        refusal_clear(runtime);
    runtime->table_refusal = why->code;
    worker_report_condition(runtime, why, "", true);
}

static void table_accepted(struct worker_runtime *runtime, struct worker_table *table_take)
{
    log_info(RUNTIME_COMPONENT, "table accepted", LF_INT("generation", table_take->generation),
             LF_INT("mode", table_take->mode), LF_INT("sessions", table_take->session_count));
    worker_table_unref(runtime->table);
    runtime->table = table_take;
    refusal_clear(runtime);
    if (report_book_prune(runtime->book, table_take))
        log_warn(RUNTIME_COMPONENT, "old reports not pruned, ignored: the next table tries again");
    runtime->ops->table(runtime->engine, table_take);
}

void table_feed(struct worker_runtime *runtime, const struct ipc_message *message)
{
    struct worker_table *table;
    struct reason why = {.code = REASON_NONE};
    int r = table_build_take(&runtime->build, message, runtime->table, &table, &why);
    if (r == TABLE_BUILD_MORE)
        return;
    if (r == TABLE_BUILD_REFUSAL) {
        table_refused(runtime, &why);
    } else if (r < 0) {
        (void)reason_set(&why, REASON_WORKER_CRASHED, 0, "no memory for a table: %s", strerror(-r));
        worker_die(WORKER_EXIT_MEMORY, &why);
    } else {
        table_accepted(runtime, table);
    }
}
