/* The rig of the API's tests; see rig.h. Every wait has a deadline. */
#include "tests/component/api/rig.h"
#include <sys/socket.h>
#include <sys/un.h>

int rig_setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    void *scratch = NULL;
    struct reason why;

    assert_int_equal(scratch_setup(&scratch), 0);
    rig->scratch = scratch;
    snprintf(rig->path, sizeof rig->path, "%s/api.sock", rig->scratch->path);
    assert_int_equal(loop_new(&rig->loop), 0);
    assert_int_equal(store_new(rig->scratch->fd, &rig->store, &why), 0);
    const struct api_options options = {.path = rig->path, .bookmark_ms = 200};
    assert_int_equal(api_socket_new(rig->loop, rig->store, &options, &rig->api), 0);
    assert_int_equal(http_client_new(rig->loop, rig->path, "http://sluice", &rig->client), 0);
    *state = rig;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *rig = *state;
    void *scratch = rig->scratch;

    http_client_free(rig->client);
    api_socket_free(rig->api);
    store_free(rig->store);
    loop_free(rig->loop);
    free(rig);
    return scratch_teardown(&scratch);
}

void answer_deinit(struct answer *answer)
{
    json_free(answer->body);
    answer->body = NULL;
}

static struct json *parse(struct str text)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *json = NULL;

    limits.bytes_max = 64u << 20;
    limits.values_max = 1u << 20;
    return json_parse(text, &limits, &json, &error) == 0 ? json : NULL;
}

static void on_done(void *context, const struct http_result *result)
{
    struct answer *answer = context;

    answer->done = 1;
    answer->error = result->error;
    answer->status = result->status;
    answer->body = parse(result->body);
    snprintf(answer->text, sizeof answer->text, "%.500s", result->body.data);
}

void rig_ask(struct rig *rig, const char *method, const char *path, const char *content_type, struct str body,
             struct answer *ret)
{
    const struct http_call_spec spec = {.method = method,
                                        .path = path,
                                        .content_type = content_type,
                                        .body = body,
                                        .on_done = on_done,
                                        .context = ret};

    *ret = (struct answer){.done = 0};
    assert_int_equal(http_client_call(rig->client, &spec, NULL), 0);
    loop_until(rig->loop, &ret->done, 1);
}

void rig_expect(struct rig *rig, const char *method, const char *path, const char *content_type, const char *body,
                unsigned status, const char *reason, struct answer *ret)
{
    struct answer local CLEANUP(answer_deinit) = {.done = 0};
    struct answer *answer = ret ? ret : &local;

    rig_ask(rig, method, path, content_type, str_of(body ? body : ""), answer);
    if (answer->error || answer->status != status)
        fail_msg("%s %s: error %d, status %u: %s", method, path, answer->error, answer->status, answer->text);
    assert_non_null(answer->body);
    if (!reason)
        return;
    assert_string_equal(json_text(json_get(answer->body, "kind")), "Status");
    assert_string_equal(json_text(json_get(answer->body, "apiVersion")), "v1");
    assert_string_equal(json_text(json_get(answer->body, "status")), "Failure");
    assert_string_equal(json_text(json_get(answer->body, "reason")), reason);
    int64_t code = 0;
    assert_int_equal(json_int(json_get(answer->body, "code"), &code), 0);
    assert_int_equal(code, status);
    assert_int_not_equal(json_str(json_get(answer->body, "message")).len, 0);
}

void rig_create(struct rig *rig, const char *name)
{
    char body[1024];

    snprintf(
        body, sizeof body,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"%s\"},\"spec\":{"
        "\"target\":{\"kind\":\"Deployment\",\"name\":\"shop\"},\"queues\":[{\"id\":\"orders\",\"type\":\"Kafka\","
        "\"messageFilter\":{\"user\":\"^me$\"}}]}}",
        name);
    rig_expect(rig, "POST", SESSIONS, "application/json", body, 201, NULL, NULL);
}

static void take_event(struct watched *watched, struct str line)
{
    struct json *event CLEANUP(json_freep) = parse(line);
    const struct json *object = json_get(event, "object");
    size_t length = strlen(watched->text);

    assert_non_null(event);
    snprintf(watched->text + length, sizeof watched->text - length, "%s %s;", json_text(json_get(event, "type")),
             json_text(json_path(object, "metadata", "name", NULL)));
    json_free(TAKE(watched->last));
    assert_int_equal(json_dup(object, &watched->last), 0);
    watched->events++;
}

static void on_data(void *context, struct str data)
{
    struct watched *watched = context;

    assert_int_equal(buf_append_str(&watched->line, data), 0);
    for (;;) {
        ptrdiff_t end = str_find(buf_str(&watched->line), STR("\n"));
        if (end < 0)
            return;
        take_event(watched, (struct str){watched->line.data, (size_t)end});
        buf_consume(&watched->line, (size_t)end + 1);
    }
}

static void on_over(void *context, const struct http_result *result)
{
    struct watched *watched = context;

    watched->call = NULL;
    watched->over = 1;
    watched->error = result->error;
    watched->status = result->status;
}

void watched_open(struct rig *rig, const char *path, struct watched *watched)
{
    const struct http_call_spec spec = {
        .method = "GET", .path = path, .on_data = on_data, .on_done = on_over, .context = watched};

    *watched = (struct watched){.line = BUF_INIT(32u << 20)};
    assert_int_equal(http_client_call(rig->client, &spec, &watched->call), 0);
}

void watched_deinit(struct watched *watched)
{
    http_call_cancel(TAKE(watched->call));
    buf_deinit(&watched->line);
    json_free(TAKE(watched->last));
}

int rig_connect(const struct rig *rig)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(str_copy(address.sun_path, sizeof address.sun_path, str_of(rig->path)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fd_set_nonblocking(fd), 0);
    return fd;
}

struct reading {
    int fd;
    const char *part;
    char *text;
    size_t size, length;
    int done;
};

static void on_readable(void *context, unsigned events)
{
    struct reading *reading = context;
    ssize_t n = read(reading->fd, reading->text + reading->length, reading->size - 1 - reading->length);

    (void)events;
    if (n < 0 && errno == EAGAIN)
        return;
    if (n > 0)
        reading->length += (size_t)n;
    reading->text[reading->length] = '\0';
    if (n <= 0 || strstr(reading->text, reading->part) || reading->length + 1 == reading->size)
        reading->done = 1;
}

size_t rig_read_until(struct rig *rig, int fd, const char *part, char *text, size_t size)
{
    CLEANUP(loop_fd_freep) struct loop_fd *watch = NULL;
    struct reading reading = {.fd = fd, .part = part, .text = text, .size = size};

    assert_int_equal(loop_fd_new(rig->loop, fd, LOOP_READABLE, on_readable, &reading, &watch), 0);
    loop_until(rig->loop, &reading.done, 1);
    return reading.length;
}
