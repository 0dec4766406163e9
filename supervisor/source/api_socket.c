/* The listening socket and the way from a request to its handler. Owns server and socket file; what a request may do is
 * decided by api_right.c and the handlers. */
#include "common/base/fd.h"
#include "supervisor/source/api_internal.h"
#include "supervisor/source/folder.h"

#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_METHODS "GET"
#define LIST_METHODS "GET, POST"
#define ITEM_METHODS "GET, PUT, PATCH, DELETE"

static bool is_watch(const struct http_request *request)
{
    const char *watch = http_request_query(request, "watch");

    return watch && (strcmp(watch, "1") == 0 || strcmp(watch, "true") == 0);
}

static void not_allowed(const struct api_call *call, const char *allow)
{
    call->response->allow = allow;
    api_respond_words(call->response, API_METHOD_NOT_ALLOWED, &call->target.key,
                      "the server does not allow this method on the requested resource");
}

static void read_resource(const struct api_call *call)
{
    if (!api_may_read(&call->user, call->target.key.kind)) {
        const struct reason why = {.code = REASON_NOT_PERMITTED,
                                   .text = "resources of this kind are not shown to you"};
        api_respond_failure(call->response, API_FORBIDDEN, NULL, &call->target.key, &why);
    } else if (call->target.key.name[0]) {
        api_get(call);
    } else if (is_watch(call->request)) {
        api_watch(call);
    } else {
        api_list(call);
    }
}

static void write_resource(const struct api_call *call, const char *method)
{
    bool item = call->target.key.name[0];

    if (!item && strcmp(method, "POST") == 0)
        api_create(call);
    else if (item && strcmp(method, "PUT") == 0)
        api_replace(call);
    else if (item && strcmp(method, "PATCH") == 0)
        api_patch(call);
    else if (item && strcmp(method, "DELETE") == 0)
        api_delete(call);
    else
        not_allowed(call, item ? ITEM_METHODS : LIST_METHODS);
}

static void serve_resource(const struct api_call *call)
{
    const char *method = call->request->method;

    if (call->request->body_too_large) {
        api_respond_words(call->response, API_TOO_LARGE, &call->target.key,
                          "the request's body is larger than the limit of 1 MiB");
    } else if (strcmp(method, "GET") == 0) {
        read_resource(call);
    } else if (kind_row(call->target.key.kind)->role != KIND_ROLE_OWN || call->target.status) {
        /* Inputs are written in the folder, records and status by the supervisor. */
        not_allowed(call, READ_METHODS);
    } else {
        write_resource(call, method);
    }
}

static void serve_route(const struct api_socket *api, const struct http_request *request,
                        struct http_response *response)
{
    int r = http_routes_serve(&api->routes, request, response);

    if (r == HTTP_ROUTES_NO_METHOD)
        api_respond_words(response, API_METHOD_NOT_ALLOWED, NULL, "the path does not take this method");
    else if (r == HTTP_ROUTES_NO_PATH)
        api_respond_words(response, API_NOT_FOUND, NULL, "the server could not find the requested resource");
}

static void on_request(void *context, const struct http_request *request, struct http_response *response)
{
    struct api_socket *api = context;
    struct api_call call = {.api = api, .request = request, .response = response};

    if (!api_user_of(&request->peer, &call.user)) {
        api_respond_words(response, API_FORBIDDEN, NULL, "nobody can tell who you are");
    } else if (api_path_parse(request->path, &call.target)) {
        serve_resource(&call);
    } else if (request->body_too_large) {
        api_respond_words(response, API_TOO_LARGE, NULL, "the request's body is larger than the limit of 1 MiB");
    } else {
        serve_route(api, request, response);
    }
}

/* What is that group's already is not given to it: a sandbox may forbid the call as such. */
static int give_to(const char *path, gid_t group)
{
    struct stat status;

    if (stat(path, &status) == 0 && status.st_gid == group)
        return 0;
    return chown(path, (uid_t)-1, group) < 0 ? -errno : 0;
}

/* Lets a group in: the socket first, then the way to it. */
static int open_to_group(const char *path, const char *group)
{
    const struct group *entry = group ? getgrnam(group) : NULL;
    const char *slash = strrchr(path, '/');
    char folder[sizeof((struct sockaddr_un *)NULL)->sun_path];

    if (!entry || !slash)
        return 0;
    int r = give_to(path, entry->gr_gid);
    if (r < 0)
        return r == -EPERM ? 0 : r; /* we are not of that group: it stays ours alone */
    r = str_copy(folder, sizeof folder, (struct str){path, (size_t)(slash - path)});
    if (r == 0)
        r = give_to(folder, entry->gr_gid);
    if (r < 0)
        return r;
    return chmod(path, 0660) < 0 || chmod(folder, 0750) < 0 ? -errno : 0;
}

static int listen_at(const char *path, const char *group, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd CLEANUP(fd_closep) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (str_copy(address.sun_path, sizeof address.sun_path, str_of(path)) < 0)
        return -ENAMETOOLONG;
    if (unlink(path) < 0 && errno != ENOENT)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    /* Until here the folder keeps everybody out. */
    if (chmod(path, 0600) < 0)
        return -errno;
    int r = open_to_group(path, group);
    if (r < 0)
        return r;
    if (listen(fd, HTTP_SERVER_CONNECTIONS_MAX) < 0)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int api_socket_new(struct loop *loop, struct store *store, const struct api_options *options, struct api_socket **ret)
{
    struct api_socket *api CLEANUP(api_socket_freep) = calloc(1, sizeof *api);
    int fd = -1;

    if (!api)
        return -ENOMEM;
    *api = (struct api_socket){
        .loop = loop, .store = store, .bookmark_ms = options->bookmark_ms ? options->bookmark_ms : API_BOOKMARK_MS};
    int r = listen_at(options->path, options->group, &fd);
    if (r == 0)
        r = str_dup(str_of(options->path), &api->path);
    if (r < 0) {
        fd_closep(&fd);
        return r;
    }
    r = http_server_new(loop, fd, on_request, api, &api->server);
    if (r < 0)
        return r;
    *ret = TAKE(api);
    return 0;
}

void api_socket_free(struct api_socket *api)
{
    if (!api)
        return;
    http_server_free(api->server); /* ends the watches */
    if (api->path)
        (void)unlink(api->path); /* ignored: the next start replaces it */
    free(api->path);
    free(api);
}

int api_socket_add_route(struct api_socket *api, const struct http_route *route)
{
    return http_routes_add(&api->routes, route);
}

static void on_errors(void *context, const struct http_request *request, struct http_response *response)
{
    struct json *errors CLEANUP(json_freep) = NULL;

    (void)request;
    if (source_problems_json(folder_source_problems(context), &errors) == 0)
        api_respond_document(response, API_OK, errors);
}

int api_socket_add_errors(struct api_socket *api, const struct folder_source *source)
{
    /* Read only; a route's context is not const for the sake of others. */
    const struct http_route route = {
        .method = "GET", .prefix = "/sluice/v1/errors", .handler = on_errors, .context = (void *)(uintptr_t)source};

    return api_socket_add_route(api, &route);
}
