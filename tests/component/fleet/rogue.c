/* A worker that says HELLO as it should, and then nothing but nonsense (S-13). */
#include "common/base/fd.h"
#include "common/json/json.h"
#include "common/loop/loop.h"
#include "ipc/channel.h"
#include "ipc/contract.h"
#include "ipc/identity.h"
#include <stdio.h>
#include <unistd.h>

#define NONSENSE_MS 20

struct rogue {
    struct json *document;
    struct channel *channel;
    bool welcome;
};

static void on_message(void *context, const char *identity, const struct ipc_message *message)
{
    struct rogue *rogue = context;
    (void)identity;
    rogue->welcome = rogue->welcome || message->type == IPC_WELCOME;
}

static void on_bad_frame(void *context, const char *identity, int why) { (void)context, (void)identity, (void)why; }

static void on_writable(void *context) { (void)context; }

static void say_hello(struct rogue *rogue)
{
    struct ipc_message message = {.type = IPC_HELLO};
    struct ipc_frame frame;
    int64_t incarnation = 0;
    if (json_int(json_get(rogue->document, "incarnation"), &incarnation) != 0)
        _exit(1);
    message.hello.protocol = WORKER_PROTOCOL;
    message.hello.incarnation = (uint64_t)incarnation;
    message.hello.pid = (uint32_t)getpid();
    snprintf(message.hello.split, sizeof message.hello.split, "%s", json_text(json_get(rogue->document, "split")));
    snprintf(message.hello.token, sizeof message.hello.token, "%s", json_text(json_get(rogue->document, "token")));
    memset(message.hello.spec_hash, 'a', sizeof message.hello.spec_hash - 1);
    codec_encode(&message, &frame);
    if (channel_send(rogue->channel, NULL, &frame) != 0)
        fprintf(stderr, "HELLO not sent\n");
}

static void on_connected(void *context, bool connected)
{
    if (connected)
        say_hello(context);
}

static const struct channel_handlers handlers = {
    .message = on_message, .bad_frame = on_bad_frame, .writable = on_writable, .connected = on_connected};

static void on_timer(void *context)
{
    struct rogue *rogue = context;
    const struct ipc_frame frame = {.data = "nonsense", .len = 8};
    if (rogue->welcome && channel_send(rogue->channel, NULL, &frame) != 0)
        fprintf(stderr, "nonsense not sent\n");
}

int main(void)
{
    struct rogue rogue = {.welcome = false};
    struct buf text = BUF_INIT(WORKER_SPEC_BYTES_MAX);
    struct json_error error;
    struct loop *loop = NULL;
    struct loop_timer *timer = NULL;
    char identity[IPC_IDENTITY_SIZE];
    int64_t incarnation = 0;
    if (fd_read_all(WORKER_FD_SPEC, &text) != 0 ||
        json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &rogue.document, &error) != 0 || loop_new(&loop) != 0 ||
        json_int(json_get(rogue.document, "incarnation"), &incarnation) != 0)
        return WORKER_EXIT_CONTRACT;
    ipc_identity(json_text(json_get(rogue.document, "split")), (uint64_t)incarnation,
                 json_text(json_get(rogue.document, "token")), identity);
    if (channel_connect(loop, json_text(json_get(rogue.document, "endpoint")), identity, &handlers, &rogue,
                        &rogue.channel) != 0 ||
        loop_timer_new(loop, on_timer, &rogue, &timer) != 0)
        return WORKER_EXIT_CONTRACT;
    loop_timer_repeat(timer, NONSENSE_MS);
    return loop_run(loop) == 0 ? 0 : 1;
}
