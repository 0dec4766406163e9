/* The engine's reports (engine.h) as messages for the book. Any thread. Running out of memory here ends the process, for a
 * report that is lost for good would leave the supervisor with a wrong picture. */
#include "common/base/mono.h"
#include "worker/runtime/runtime.h"

/* Copies as much as fits, without cutting a UTF-8 sequence in two. */
static void text_cut(char *dst, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size) {
        len = size - 1;
        while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(dst, text, len);
    dst[len] = 0;
}

#define TEXT_CUT(array, text) text_cut(array, sizeof(array), text)

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
    text_cut(name, 65, reason_name(why->code));
    text_cut(text, 513, why->text);
}

void worker_report_checked(struct worker_runtime *runtime, const char *cluster, uint32_t partitions,
                           enum worker_delivery delivery)
{
    struct ipc_message message = {.type = IPC_CHECKED, .checked = {.partitions = partitions, .delivery = delivery}};
    TEXT_CUT(message.checked.cluster, cluster);
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
    TEXT_CUT(message.temp_state.name, name);
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
    TEXT_CUT(message.condition.session, session);
    reason_fill(why, message.condition.reason, message.condition.text);
    book_put(runtime, &message);
}

void worker_report_event(struct worker_runtime *runtime, const struct reason *what, const char *session)
{
    struct ipc_message message = {.type = IPC_EVENT, .event = {.wall_ms = (uint64_t)wall_now_ms()}};
    TEXT_CUT(message.event.session, session);
    reason_fill(what, message.event.reason, message.event.text);
    book_put(runtime, &message);
}

void worker_report_figures(struct worker_runtime *runtime, const char *session, const struct worker_figures *figures)
{
    struct ipc_message message = {.type = IPC_FIGURES,
                                  .figures = {.received = figures->received,
                                              .delivered = figures->delivered,
                                              .mirrored = figures->mirrored,
                                              .returned = figures->returned,
                                              .filter_errors = figures->filter_errors,
                                              .in_flight = figures->in_flight,
                                              .transactions = figures->transactions}};
    TEXT_CUT(message.figures.session, session);
    book_result(runtime, report_book_put(runtime->book, &message));
}
