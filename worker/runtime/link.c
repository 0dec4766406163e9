/* Owns the channel and the timers of the link. One function changes its state. Boundary for surprises of the channel:
 * they are logged here, and the next retry or heartbeat tries again. */
#include "worker/runtime/link.h"

#include "ipc/channel.h"
#include "worker/runtime/runtime.h"
#include <unistd.h>

enum link_state {
    LINK_AWAY,     /* no supervisor at the endpoint */
    LINK_GREETING, /* connected; HELLO is said until it is answered */
    LINK_WELCOMED
};

struct link {
    struct worker_runtime *runtime;
    struct channel *channel;
    struct loop_timer *hello;
    struct loop_timer *heartbeat;
    struct loop_timer *figures;
    enum link_state state;
    uint64_t sequence;   /* of the next heartbeat */
    uint64_t bad_frames; /* from the supervisor, which we cannot judge: only shown */
    bool failing;        /* a surprise was logged and no send has succeeded since */
};

static const char *const link_state_names[] = {
    [LINK_AWAY] = "away", [LINK_GREETING] = "greeting", [LINK_WELCOMED] = "welcomed"};

static int link_send_frame(void *context, const struct ipc_frame *frame)
{
    struct link *link = context;
    int r = channel_send(link->channel, NULL, frame);
    if (r < 0 && !link->failing)
        log_warn(RUNTIME_COMPONENT, "cannot send to the supervisor, tried again", LF_ERR(r));
    link->failing = r < 0;
    return r;
}

static int link_send(struct link *link, const struct ipc_message *message)
{
    struct ipc_frame frame;
    codec_encode(message, &frame);
    return link_send_frame(link, &frame);
}

static void hello_say(struct link *link)
{
    const struct worker_spec *spec = &link->runtime->contract.spec;
    struct ipc_message message = {.type = IPC_HELLO,
                                  .hello = {.protocol = WORKER_PROTOCOL,
                                            .incarnation = spec->incarnation,
                                            .pid = (uint32_t)getpid(),
                                            .generation = table_generation(link->runtime)}};
    memcpy(message.hello.split, spec->split, sizeof message.hello.split);
    memcpy(message.hello.token, spec->token, sizeof message.hello.token);
    memcpy(message.hello.spec_hash, spec->hash, sizeof message.hello.spec_hash);
    if (link_send(link, &message))
        log_debug(RUNTIME_COMPONENT, "hello waits for the connection");
}

static void link_change(struct link *link, enum link_state to, const char *cause)
{
    if (link->state == to)
        return;
    log_info(RUNTIME_COMPONENT, "link changes", LF_STR("from", link_state_names[link->state]),
             LF_STR("to", link_state_names[to]), LF_STR("reason", cause));
    link->state = to;
    loop_timer_stop(link->hello);
    loop_timer_stop(link->heartbeat);
    if (to == LINK_GREETING)
        loop_timer_repeat(link->hello, LINK_HELLO_RETRY_MS);
    if (to == LINK_WELCOMED)
        loop_timer_repeat(link->heartbeat, WORKER_HEARTBEAT_MS);
}

void link_flush(struct link *link, bool figures_due)
{
    struct report_book *book = link->runtime->book;
    if (link->state == LINK_WELCOMED) {
        int r = 0;
        if (figures_due)
            r = report_book_send_all(book, REPORT_FIGURES, link_send_frame, link);
        if (!r)
            r = report_book_send_all(book, REPORT_STATE, link_send_frame, link);
        if (!r)
            r = look_book_send(link->runtime->looks, link_send_frame, link);
        if (r)
            log_trace(RUNTIME_COMPONENT, "reports wait for room");
    }
    worker_stop_check(link->runtime);
}

bool link_idle(const struct link *link)
{
    return link->state != LINK_WELCOMED || report_book_all_sent(link->runtime->book);
}

static void on_welcome(struct link *link, const struct ipc_message *message)
{
    if (message->welcome.protocol != WORKER_PROTOCOL) {
        struct reason why;
        (void)reason_set(&why, REASON_WORKER_START_FAILED, 0, "the supervisor speaks protocol %u, not %d",
                         message->welcome.protocol, WORKER_PROTOCOL);
        worker_die(WORKER_EXIT_HELLO_REFUSED, &why);
    }
    link_change(link, LINK_WELCOMED, "WELCOME");
    report_book_retell(link->runtime->book);
    link_flush(link, true);
}

static void on_refused(struct link *link, const struct ipc_message *message)
{
    (void)link;
    struct reason why;
    (void)reason_set(&why, REASON_WORKER_START_FAILED, 0, "the supervisor refused this worker: %s",
                     message->refused.text);
    worker_die(WORKER_EXIT_HELLO_REFUSED, &why);
}

static void on_table(struct link *link, const struct ipc_message *message) { table_feed(link->runtime, message); }

static void on_stop(struct link *link, const struct ipc_message *message)
{
    uint32_t deadline_ms = message->stop.deadline_ms;
    if (deadline_ms > WORKER_STOP_DEADLINE_MS)
        deadline_ms = WORKER_STOP_DEADLINE_MS;
    worker_stop_order(link->runtime, deadline_ms, "STOP");
}

static void on_log_levels(struct link *link, const struct ipc_message *message)
{
    (void)link;
    if (log_set_levels(str_of(message->log_levels.levels)))
        log_warn(RUNTIME_COMPONENT, "log levels not understood, the old ones stay");
    else
        log_info(RUNTIME_COMPONENT, "the supervisor has set the log levels",
                 LF_STR("levels", message->log_levels.levels));
}

static void on_look(struct link *link, const struct ipc_message *message)
{
    look_book_order(link->runtime->looks, message);
    link_flush(link, false);
}

typedef void link_handler(struct link *link, const struct ipc_message *message);
static link_handler *const link_handlers[IPC_TYPE_COUNT] = {
    [IPC_WELCOME] = on_welcome,       [IPC_REFUSED] = on_refused,     [IPC_TABLE_BEGIN] = on_table,
    [IPC_TABLE_TEMP] = on_table,      [IPC_TABLE_SESSION] = on_table, [IPC_TABLE_FILTER] = on_table,
    [IPC_TABLE_POSITION] = on_table,  [IPC_TABLE_COMMIT] = on_table,  [IPC_STOP] = on_stop,
    [IPC_LOG_LEVELS] = on_log_levels, [IPC_LOOK_BEGIN] = on_look,     [IPC_LOOK_FILTER] = on_look,
    [IPC_LOOK_END] = on_look,
};

static void on_message(void *context, const char *identity, const struct ipc_message *message)
{
    (void)identity;
    check(link_handlers[message->type]); /* every message that the decoder lets through from a supervisor is here */
    link_handlers[message->type](context, message);
}

static void on_bad_frame(void *context, const char *identity, int why)
{
    (void)identity;
    struct link *link = context;
    link->bad_frames++;
    log_warn(RUNTIME_COMPONENT, "bad frame from the supervisor, ignored", LF_INT("why", why),
             LF_INT("count", link->bad_frames));
}

static void on_writable(void *context) { link_flush(context, false); }

static void on_connected(void *context, bool connected)
{
    struct link *link = context;
    look_book_reset(link->runtime->looks); /* whoever asked has to ask again */
    link_change(link, LINK_AWAY, connected ? "another connection" : "disconnected");
    if (!connected)
        return;
    link_change(link, LINK_GREETING, "connected");
    hello_say(link);
}

static const struct channel_handlers handlers = {
    .message = on_message, .bad_frame = on_bad_frame, .writable = on_writable, .connected = on_connected};

static void on_hello_due(void *context) { hello_say(context); }
static void on_figures_due(void *context)
{
    struct link *link = context;
    look_book_tick(link->runtime->looks);
    link_flush(link, true);
}

static void on_heartbeat_due(void *context)
{
    struct link *link = context;
    struct ipc_message message = {.type = IPC_HEARTBEAT, .heartbeat = {.sequence = link->sequence++}};
    if (link_send(link, &message))
        log_debug(RUNTIME_COMPONENT, "heartbeat left out");
}

static int link_open(struct link *link)
{
    const struct worker_spec *spec = &link->runtime->contract.spec;
    struct loop *loop = link->runtime->loop;
    char identity[IPC_IDENTITY_SIZE];
    ipc_identity(spec->split, spec->incarnation, spec->token, identity);
    int r = loop_timer_new(loop, on_hello_due, link, &link->hello);
    if (!r)
        r = loop_timer_new(loop, on_heartbeat_due, link, &link->heartbeat);
    if (!r)
        r = loop_timer_new(loop, on_figures_due, link, &link->figures);
    if (!r)
        r = channel_connect(loop, spec->endpoint, identity, &handlers, link, &link->channel);
    if (!r)
        loop_timer_repeat(link->figures, LINK_FIGURES_MS);
    return r;
}

int link_new(struct worker_runtime *runtime, struct link **ret)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return -ENOMEM;
    link->runtime = runtime;
    int r = link_open(link);
    if (r)
        link_free(link);
    else
        *ret = link;
    return r;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    loop_timer_free(link->hello);
    loop_timer_free(link->heartbeat);
    loop_timer_free(link->figures);
    if (link->channel)
        channel_set_linger(link->channel, LINK_LINGER_MS);
    channel_free(link->channel);
    free(link);
}
