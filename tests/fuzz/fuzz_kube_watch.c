/* What an API server streams (S-10): the input is the body of a watch that began after an empty list. Whatever comes, the handlers
 * hear of objects with a name only, nothing goes that did not come, and the watch lists again when it does not understand. */
#include "common/base/fd.h"
#include "common/kube/watch.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (64u << 10)
#define EVENT_BYTES_MAX 8192
#define HANG_MS 20000
#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define EMPTY_LIST \
    HEAD "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}"

struct rig {
    struct loop *loop;
    struct str input;
    int listen_fd;
    size_t accepted, there;
    bool late, over; /* over: the list after the stream, or the stream after it */
};

static void on_late(void *context) { ((struct rig *)context)->late = true; }

/* The list, the stream, and then it is over. */
static void on_connection(void *context, unsigned events)
{
    struct rig *rig = context;
    CLEANUP(fd_closep) int fd = accept4(rig->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    char request[4096];

    (void)events;
    if (fd < 0)
        return;
    (void)!recv(fd, request, sizeof request, 0); /* else the close would be a reset */
    rig->accepted++;
    rig->over = rig->accepted > 2;
    if (rig->accepted == 1)
        (void)!send(fd, EMPTY_LIST, sizeof EMPTY_LIST - 1, MSG_NOSIGNAL);
    if (rig->accepted == 2) {
        (void)!send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL);
        (void)!send(fd, rig->input.data, rig->input.len, MSG_NOSIGNAL);
    }
}

static void on_put(void *context, struct json *document)
{
    struct rig *rig = context;

    check(json_text(json_path(document, "metadata", "name", NULL))[0]);
    rig->there++;
    json_free(document);
}

static void on_gone(void *context, const struct kube_object *object)
{
    struct rig *rig = context;

    check(object->name[0] && object->namespace && object->uid && rig->there > 0);
}

static void on_synced(void *context) { (void)context; }

static void on_health(void *context, const struct reason *why)
{
    (void)context;
    check(!why || why->text[0]);
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

static void rig_run(struct rig *rig)
{
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    CLEANUP(loop_fd_freep) struct loop_fd *watch = NULL;

    check(loop_timer_new(rig->loop, on_late, rig, &timer) == 0);
    check(loop_fd_new(rig->loop, rig->listen_fd, LOOP_READABLE, on_connection, rig, &watch) == 0);
    loop_timer_start(timer, HANG_MS);
    while (!rig->over) {
        check(!rig->late);
        check(loop_turn(rig->loop) == 0);
    }
}

static void follow(struct rig *rig, const char *path)
{
    CLEANUP(kube_access_deinit) struct kube_access access = kube_access_empty();
    CLEANUP(kube_client_freep) struct kube_client *client = NULL;
    CLEANUP(kube_watch_freep) struct kube_watch *watch = NULL;
    const struct kube_watch_spec spec = {
        .resource = {"", "v1", "pods"}, .event_bytes_max = EVENT_BYTES_MAX, .objects_max = 8, .retry_max_ms = 1};
    const struct kube_watch_handlers handlers = {on_put, on_gone, on_synced, on_health, rig};

    check(kube_access_socket(path, &access) == 0 && kube_client_new(rig->loop, &access, &client) == 0);
    check(kube_watch_new(client, &spec, &handlers, &watch) == 0);
    rig_run(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig rig = {.input = {(const char *)data, size}};
    const char *folder = getenv("TMPDIR");
    char path[100];

    if (size > INPUT_BYTES_MAX)
        return 0;
    snprintf(path, sizeof path, "%.60s/sluice-fuzz-%d.sock", folder ? folder : "/tmp", (int)getpid());
    rig_listen(&rig, path);
    check(loop_new(&rig.loop) == 0);
    follow(&rig, path);
    loop_free(rig.loop);
    close(rig.listen_fd);
    (void)unlink(path);
    return 0;
}
