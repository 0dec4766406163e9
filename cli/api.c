/* See api.h: the client itself, paths, and asking one thing after the other. */
#include "cli/api_internal.h"

#include <stdlib.h>

struct api {
    struct loop *loop; /* borrowed */
    char *socket_path;
    struct http_client *http;
};

int api_new(struct loop *loop, const char *socket_path, struct api **ret)
{
    CLEANUP(api_freep) struct api *api = calloc(1, sizeof *api);
    if (!api)
        return -ENOMEM;
    api->loop = loop;
    api->socket_path = strdup(socket_path);
    if (!api->socket_path)
        return -ENOMEM;
    int r = http_client_new(loop, socket_path, "http://sluice", &api->http);
    if (r == 0)
        *ret = TAKE(api);
    return r;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    http_client_free(api->http);
    free(api->socket_path);
    free(api);
}

struct http_client *api_http(struct api *api) { return api->http; }

const char *api_socket(const struct api *api) { return api->socket_path; }

struct asked {
    bool over;
    int exit_code;
    struct json *body;
    struct reason *why;
};

static void ask_done(void *context, const struct api_answer *answer)
{
    struct asked *asked = context;
    asked->over = true;
    asked->exit_code = answer->exit_code;
    *asked->why = answer->why;
    if (answer->body && json_dup(answer->body, &asked->body) < 0)
        asked->exit_code = reason_set(asked->why, REASON_NONE, EXIT_CODE_INTERNAL, "out of memory");
}

int api_ask(struct api *api, const char *method, const char *path, const struct json *body, struct json **ret_body,
            struct reason *why)
{
    struct asked asked = {.why = why};
    int r = api_send(api, method, path, body, ask_done, &asked, NULL);
    while (r == 0 && !asked.over)
        r = loop_turn(api->loop);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    if (asked.exit_code == EXIT_CODE_OK && ret_body)
        *ret_body = asked.body;
    else
        json_free(asked.body);
    return asked.exit_code;
}

static int path_part(const char *before, const char *part, struct buf *buf)
{
    int r = part ? buf_append_str(buf, str_of(before)) : 0;
    return r == 0 && part ? http_escape(str_of(part), buf) : r;
}

int api_path(enum kind kind, const char *namespace, const char *name, const char *query, struct buf *buf)
{
    const struct kind_row *row = kind_row(kind);
    int r = row->group[0] ? buf_printf(buf, "/apis/%s/%s", row->group, row->version)
                          : buf_printf(buf, "/api/%s", row->version);
    if (r == 0)
        r = path_part("/namespaces/", namespace, buf);
    if (r == 0)
        r = path_part("/", row->plural, buf);
    if (r == 0)
        r = path_part("/", name, buf);
    if (r == 0 && query)
        r = buf_printf(buf, "?%s", query);
    return r;
}
