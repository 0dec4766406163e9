/* Keeps resourceVersion as an API server does: a write of an older one is a conflict. */
#include "tests/component/election/lease_server.h"

#include "common/base/fd.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/mirrord/leases"
#define LEASE LEASES "/sluice"

static void answer_status(struct http_response *response, unsigned status)
{
    response->status = status;
    response->content_type = "application/json";
    assert_int_equal(
        buf_printf(&response->body, "{\"kind\":\"Status\",\"code\":%u,\"message\":\"scripted\"}", status), 0);
}

static void answer_lease(const struct lease_server *server, struct http_response *response)
{
    response->status = 200;
    response->content_type = "application/json";
    assert_int_equal(json_write(server->lease, JSON_COMPACT, &response->body), 0);
}

/* MicroTime, as the real one insists on it. */
static bool is_micro_time(const char *text)
{
    int day = 0, micro = 0, end = 0;
    return sscanf(text, "20%*d-%*d-%dT%*d:%*d:%*d.%6dZ%n", &day, &micro, &end) == 2 && end == 27 &&
           strlen(text) == 27;
}

static void keep(struct lease_server *server, struct json *document)
{
    struct json *metadata = NULL;
    char version[24];
    const struct json *spec = json_get(document, "spec");
    assert_true(is_micro_time(json_text(json_get(spec, "renewTime"))));
    assert_true(is_micro_time(json_text(json_get(spec, "acquireTime"))));
    snprintf(version, sizeof version, "%lld", (long long)++server->version);
    assert_int_equal(json_object_at(document, "metadata", &metadata), 0);
    assert_int_equal(json_set_text(metadata, "resourceVersion", version), 0);
    json_free(server->lease);
    server->lease = document;
    server->writes++;
}

static void write_lease(struct lease_server *server, const struct http_request *request,
                        struct http_response *response)
{
    struct json *document = NULL;
    struct json_error error;
    bool create = strcmp(request->method, "POST") == 0;
    assert_int_equal(json_parse(request->body, &JSON_LIMITS_DOCUMENT, &document, &error), 0);
    const char *version = json_text(json_path(document, "metadata", "resourceVersion", NULL));
    const char *ours = json_text(json_path(server->lease, "metadata", "resourceVersion", NULL));
    if (!create && !server->lease) {
        answer_status(response, 404);
    } else if (create ? server->lease != NULL : strcmp(version, ours) != 0) {
        server->conflicts++;
        answer_status(response, 409);
    } else {
        keep(server, TAKE(document));
        answer_lease(server, response);
    }
    json_free(document);
}

static void on_request(void *context, const struct http_request *request, struct http_response *response)
{
    const struct lease_door *door = context;
    bool post = strcmp(request->method, "POST") == 0;
    assert_string_equal(request->path, post ? LEASES : LEASE);
    if (door->refuse)
        answer_status(response, door->refuse);
    else if (post || strcmp(request->method, "PUT") == 0)
        write_lease(door->server, request, response);
    else if (door->server->lease)
        answer_lease(door->server, response);
    else
        answer_status(response, 404);
}

void lease_door_open(struct lease_door *door)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(str_copy(address.sun_path, sizeof address.sun_path, str_of(door->path)), 0);
    unlink(door->path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(http_server_new(door->server->loop, fd, on_request, door, &door->http), 0);
}

void lease_door_close(struct lease_door *door)
{
    http_server_free(TAKE(door->http));
    unlink(door->path);
}

void lease_server_open(struct lease_server *server, struct loop *loop, const char *folder)
{
    *server = (struct lease_server){.loop = loop};
    for (int i = 0; i < LEASE_SERVER_DOORS; i++) {
        struct lease_door *door = &server->doors[i];
        door->server = server;
        snprintf(door->path, sizeof door->path, "%s/%d.sock", folder, i);
        lease_door_open(door);
    }
}

void lease_server_close(struct lease_server *server)
{
    for (int i = 0; i < LEASE_SERVER_DOORS; i++)
        lease_door_close(&server->doors[i]);
    json_free(server->lease);
}
