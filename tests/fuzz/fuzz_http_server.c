/* Requests to the API's socket (S-10, S-14): raw bytes as any process of this user could send them, through the door of libmicrohttpd
 * to the handlers and the store.
 *
 * After the byte '@' the input is method, path and content type, a line each, and a body, of which a request is made; else the input is
 * sent as it is. Whatever it is, an answer is HTTP, and the store holds nothing but sessions that are right. */
#include "common/base/fd.h"
#include "supervisor/source/api_socket.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_BYTES_MAX (64u << 10) /* what a socket takes at once */
#define IDLE_MS 3                   /* nothing comes any more: the rest of the request is waited for */

struct rig {
    struct loop *loop;
    struct store *store;
    struct api_socket *api;
    char path[100];
    int fd; /* of the client */
    bool closed, idle;
    struct loop_timer *timer;
    char head[16]; /* of the answer */
    size_t answered;
};

static void on_idle(void *context) { ((struct rig *)context)->idle = true; }

static void on_readable(void *context, unsigned events)
{
    struct rig *rig = context;
    char text[4096];
    ssize_t length = read(rig->fd, text, sizeof text);

    (void)events;
    for (ssize_t i = 0; i < length && rig->answered + (size_t)i < sizeof rig->head; i++)
        rig->head[rig->answered + (size_t)i] = text[i];
    if (length > 0) {
        rig->answered += (size_t)length;
        loop_timer_start(rig->timer, IDLE_MS);
    }
    if (length == 0 || (length < 0 && errno != EAGAIN))
        rig->closed = true;
}

static struct str line_take(struct str *text)
{
    ptrdiff_t end = str_find(*text, STR("\n"));
    struct str line = {text->data, end < 0 ? text->len : (size_t)end};

    *text = (struct str){text->data + line.len + (end >= 0), text->len - line.len - (end >= 0)};
    return line;
}

static void request_make(struct str input, struct buf *ret)
{
    struct str method = line_take(&input), path = line_take(&input), type = line_take(&input);

    if (buf_printf(ret, "%.*s %.*s HTTP/1.1\r\nHost: sluice\r\nContent-Type: %.*s\r\nContent-Length: %zu\r\n\r\n",
                   STR_ARG(method), STR_ARG(path), STR_ARG(type), input.len) < 0 ||
        buf_append_str(ret, input) < 0)
        buf_clear(ret);
}

static void rig_send(struct rig *rig, struct str bytes)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    rig->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(str_copy(address.sun_path, sizeof address.sun_path, str_of(rig->path)) == 0);
    check(connect(rig->fd, (const struct sockaddr *)&address, sizeof address) == 0);
    check(fd_set_nonblocking(rig->fd) == 0);
    (void)!send(rig->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
    check(shutdown(rig->fd, SHUT_WR) == 0);
}

static void rig_read(struct rig *rig)
{
    CLEANUP(loop_fd_freep) struct loop_fd *watch = NULL;

    check(loop_timer_new(rig->loop, on_idle, rig, &rig->timer) == 0);
    check(loop_fd_new(rig->loop, rig->fd, LOOP_READABLE, on_readable, rig, &watch) == 0);
    loop_timer_start(rig->timer, IDLE_MS);
    while (!rig->closed && !rig->idle)
        check(loop_turn(rig->loop) == 0);
    loop_timer_free(rig->timer);
}

static void check_session(void *context, const struct resource_key *key, const struct json *document)
{
    (void)context;
    check(key->kind == KIND_SPLIT_SESSION && key->name[0] && key->namespace[0]);
    check(json_text(json_path(document, "metadata", "uid", NULL))[0]);
}

static void fill_store(struct store *store)
{
    static const char text[] =
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":"
        "\"a\",\"namespace\":\"default\"},\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":"
        "\"shop\"},\"queues\":[{\"id\":\"q\",\"type\":\"Kafka\",\"messageFilter\":{\"u\":\"^me$\"}}]}}";
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *document = NULL;

    check(json_parse(str_of(text), &limits, &document, &error) == 0);
    check(store_create(store, document) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_deinit) struct buf request = BUF_INIT(INPUT_BYTES_MAX);
    struct rig rig = {.fd = -1};
    struct reason why;
    struct str input = {(const char *)data, size};
    const char *folder = getenv("TMPDIR");

    if (size > INPUT_BYTES_MAX)
        return 0;
    snprintf(rig.path, sizeof rig.path, "%.60s/sluice-fuzz-%d.sock", folder ? folder : "/tmp", (int)getpid());
    const struct api_options options = {.path = rig.path};
    check(loop_new(&rig.loop) == 0 && store_new(-1, &rig.store, &why) == 0);
    check(api_socket_new(rig.loop, rig.store, &options, &rig.api) == 0);
    fill_store(rig.store);
    if (size > 0 && data[0] == '@') {
        request_make((struct str){input.data + 1, size - 1}, &request);
        input = buf_str(&request);
    }
    rig_send(&rig, input);
    rig_read(&rig);
    check(rig.answered == 0 || memcmp(rig.head, "HTTP/1.1 ", 9) == 0);
    store_each(rig.store, KIND_NONE, NULL, check_session, NULL);
    close(rig.fd);
    api_socket_free(rig.api);
    store_free(rig.store);
    loop_free(rig.loop);
    return 0;
}
