/* The engine's reports (engine.h) as messages for the book. Any thread. Running out of memory here ends the process, for a
 * report that is lost for good would leave the supervisor with a wrong picture. */
#include "common/base/mono.h"
#include "worker/runtime/runtime.h"
#include <assert.h>

static void book_result(struct worker_runtime *runtime, int r)
{
    if (r < 0) {
        struct reason why;
        (void)reason_set(&why, REASON_WORKER_CRASHED, 0, "no memory for a report");
        worker_die(WORKER_EXIT_MEMORY, &why);
    }
    if (r == REPORT_BOOK_FULL)
        log_warn(RUNTIME_COMPONENT, "report dropped: too many of them");
    loop_wake_send(runtime->book_wake);
}

static void book_put(struct worker_runtime *runtime, struct ipc_message *message)
{
    book_result(runtime, report_book_put(runtime->book, message));
}

/* why: NULL or REASON_NONE for no reason. */
static void reason_fill(const struct reason *why, char name[65], char text[513])
{
    if (!why || why->code == REASON_NONE)
        return;
    str_copy_cut(name, 65, str_of(reason_name(why->code)));
    str_copy_cut(text, 513, str_of(why->text));
}

void worker_report_checked(struct worker_runtime *runtime, const char *cluster, uint32_t partitions,
                           enum worker_delivery delivery)
{
    struct ipc_message message = {.type = IPC_CHECKED, .checked = {.partitions = partitions, .delivery = delivery}};
    str_copy_cut(message.checked.cluster, sizeof message.checked.cluster, str_of(cluster));
    book_put(runtime, &message);
}

void worker_report_positions(struct worker_runtime *runtime, const struct worker_position *positions, size_t count)
{
    book_result(runtime, report_book_put_positions(runtime->book, positions, count));
}

void worker_report_temp(struct worker_runtime *runtime, const char *name, enum worker_temp_state state,
                        uint64_t remaining, uint64_t moved, const struct reason *why)
{
    struct ipc_message message = {.type = IPC_TEMP_STATE,
                                  .temp_state = {.state = state, .remaining = remaining, .moved = moved}};
    str_copy_cut(message.temp_state.name, sizeof message.temp_state.name, str_of(name));
    reason_fill(why, message.temp_state.reason, message.temp_state.text);
    book_put(runtime, &message);
}

void worker_report_applied(struct worker_runtime *runtime, uint64_t generation)
{
    struct ipc_message message = {.type = IPC_APPLIED, .applied = {.generation = generation}};
    book_put(runtime, &message);
}

void worker_report_forwarding(struct worker_runtime *runtime, enum worker_forwarding state, const struct reason *why)
{
    struct ipc_message message = {.type = IPC_FORWARDING, .forwarding = {.state = state}};
    reason_fill(why, message.forwarding.reason, message.forwarding.text);
    book_put(runtime, &message);
}

void worker_report_condition(struct worker_runtime *runtime, const struct reason *why, const char *session,
                             bool active)
{
    struct ipc_message message = {.type = IPC_CONDITION, .condition = {.active = active}};
    str_copy_cut(message.condition.session, sizeof message.condition.session, str_of(session));
    reason_fill(why, message.condition.reason, message.condition.text);
    book_put(runtime, &message);
}

void worker_report_event(struct worker_runtime *runtime, const struct reason *what, const char *session)
{
    struct ipc_message message = {.type = IPC_EVENT, .event = {.wall_ms = (uint64_t)wall_now_ms()}};
    str_copy_cut(message.event.session, sizeof message.event.session, str_of(session));
    reason_fill(what, message.event.reason, message.event.text);
    book_put(runtime, &message);
}

void worker_report_figures(struct worker_runtime *runtime, const char *session, const struct figures *figures)
{
    struct ipc_message message = {.type = IPC_FIGURES};
    static_assert(sizeof message.figures.values == sizeof *figures, "the message carries all figures");
    memcpy(message.figures.values, figures, sizeof *figures);
    str_copy_cut(message.figures.session, sizeof message.figures.session, str_of(session));
    book_put(runtime, &message);
}

void worker_report_work(struct worker_runtime *runtime, const struct work *work)
{
    struct ipc_message message = {.type = IPC_WORK};
    static_assert(sizeof message.work.values == sizeof *work, "the message carries all of it");
    memcpy(message.work.values, work, sizeof *work);
    book_put(runtime, &message);
}
