/* Responses to the client door (S-8, S-10): the first byte chooses how the call is made, the rest is what a server says.
 *
 * Every call comes to its end, with a status or an error, and never with more than its limit. */
#include "common/base/fd.h"
#include "common/http/client.h"
#include "tests/fuzz/fuzz.h"
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (64u << 10)
#define BODY_BYTES_MAX 512
#define HANG_MS 20000

enum { AS_STREAM = 1, WITH_BODY = 2, CANCEL_EARLY = 4, TWO_CALLS = 8 };

struct rig {
    struct loop *loop;
    struct http_client *client;
    struct str reply;
    int listen_fd, fds[4];
    size_t fd_count, calls, done, streamed_bytes;
    bool late, cancel_early;
    struct http_call *call;
};

static void on_late(void *context) { ((struct rig *)context)->late = true; }

static void on_connection(void *context, unsigned events)
{
    struct rig *rig = context;
    int fd = accept4(rig->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0)
        return;
    if (rig->fd_count ==
        sizeof rig->fds / sizeof *rig->fds) { /* libcurl tries again as often as it likes: no answer */
        close(fd);
        return;
    }
    rig->fds[rig->fd_count++] = fd; /* closed at the end: a reset could overtake the bytes */
    (void)!send(fd, rig->reply.data, rig->reply.len, MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
}

static void on_done(void *context, const struct http_result *result)
{
    struct rig *rig = context;

    rig->done++;
    rig->call = NULL;
    check(result->error <= 0 && (result->error < 0 || result->status >= 100));
    check(result->body.len <= BODY_BYTES_MAX && result->body.data[result->body.len] == '\0');
}

static void on_data(void *context, struct str data)
{
    struct rig *rig = context;

    check(data.len > 0);
    rig->streamed_bytes += data.len;
    if (rig->cancel_early && rig->call) {
        http_call_cancel(TAKE(rig->call));
        rig->done++;
    }
}

static void rig_listen(struct rig *rig, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    rig->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    check(str_copy(address.sun_path, sizeof address.sun_path, str_of(path)) == 0);
    (void)unlink(path);
    check(bind(rig->listen_fd, (const struct sockaddr *)&address, sizeof address) == 0);
    check(listen(rig->listen_fd, 8) == 0);
}

static void rig_call(struct rig *rig, unsigned how)
{
    const struct http_call_spec spec = {.method = how & WITH_BODY ? "POST" : "GET",
                                        .path = "/apis?watch=1",
                                        .content_type = how & WITH_BODY ? "application/json" : NULL,
                                        .body = how & WITH_BODY ? STR("{}") : STR(""),
                                        .body_bytes_max = BODY_BYTES_MAX,
                                        .on_data = how & AS_STREAM ? on_data : NULL,
                                        .on_done = on_done,
                                        .context = rig};

    check(http_client_call(rig->client, &spec, &rig->call) == 0);
    rig->calls++;
}

static void rig_run(struct rig *rig)
{
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    CLEANUP(loop_fd_freep) struct loop_fd *watch = NULL;

    check(loop_timer_new(rig->loop, on_late, rig, &timer) == 0);
    check(loop_fd_new(rig->loop, rig->listen_fd, LOOP_READABLE, on_connection, rig, &watch) == 0);
    loop_timer_start(timer, HANG_MS);
    while (rig->done < rig->calls) {
        check(!rig->late);
        check(loop_turn(rig->loop) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig rig = {.listen_fd = -1};
    unsigned how = size > 0 ? data[0] : 0;
    const char *folder = getenv("TMPDIR");
    char path[100];

    if (size > INPUT_BYTES_MAX)
        return 0;
    snprintf(path, sizeof path, "%.60s/sluice-fuzz-%d.sock", folder ? folder : "/tmp", (int)getpid());
    rig.reply = (struct str){size > 0 ? (const char *)data + 1 : "", size > 0 ? size - 1 : 0};
    rig.cancel_early = (how & CANCEL_EARLY) && !(how & TWO_CALLS);
    rig_listen(&rig, path);
    check(loop_new(&rig.loop) == 0 && http_client_new(rig.loop, path, "http://sluice", &rig.client) == 0);
    rig_call(&rig, how);
    if (how & TWO_CALLS)
        rig_call(&rig, how >> 1);
    rig_run(&rig);
    http_client_free(rig.client);
    while (rig.fd_count > 0)
        close(rig.fds[--rig.fd_count]);
    close(rig.listen_fd);
    (void)unlink(path);
    loop_free(rig.loop);
    return 0;
}
