/* One request and its response. Owns the request's body and the response's until they are sent; refuses what is beyond the
 * limits (S-10) before the handler sees anything. */
#include "common/http/server_internal.h"

#include <string.h>
#include <sys/socket.h>

/* A body that is too large is read on for a while, so that its sender gets to read the answer. */
#define DISCARD_BYTES_MAX (16u * HTTP_SERVER_BODY_BYTES_MAX)

struct http_connection *http_connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static struct http_peer peer_of(int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t address_size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &address_size) < 0 || address.ss_family != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return (struct http_peer){.known = false};
    return (struct http_peer){true, credentials.uid, credentials.gid, credentials.pid};
}

static const struct http_exchange *exchange_of(const struct http_request *request)
{
    return (const struct http_exchange *)(const void *)request;
}

const char *http_request_query(const struct http_request *request, const char *name)
{
    const char *value = NULL;

    if (MHD_lookup_connection_value_n(exchange_of(request)->mhd, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value,
                                      NULL) != MHD_YES)
        return NULL;
    return value ? value : "";
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(exchange_of(request)->mhd, MHD_HEADER_KIND, name);
}

static struct http_exchange *exchange_new(struct http_server *server, struct MHD_Connection *mhd)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);

    if (!exchange)
        return NULL;
    exchange->server = server;
    exchange->mhd = mhd;
    exchange->body = BUF_INIT(HTTP_SERVER_BODY_BYTES_MAX);
    exchange->response = (struct http_response){
        .status = 500, .content_type = "text/plain", .body = BUF_INIT(HTTP_SERVER_RESPONSE_BYTES_MAX)};
    return exchange;
}

static void exchange_free(struct http_exchange *exchange)
{
    http_stream_close(exchange->stream);
    buf_deinit(&exchange->body);
    buf_deinit(&exchange->response.body);
    free(exchange);
}

/* The response of the handler as MHD's; owns a copy of nothing: the body's memory is handed over. */
static struct MHD_Response *make_response(struct http_exchange *exchange)
{
    struct buf *body = &exchange->response.body;
    size_t length = body->len;
    char *data = NULL;

    if (exchange->stream)
        return http_stream_response(exchange->stream);
    if (buf_take(body, &data) < 0)
        return NULL;
    struct MHD_Response *response = MHD_create_response_from_buffer(length, data, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(data);
    return response;
}

static enum MHD_Result add_headers(const struct http_response *from, struct MHD_Response *response)
{
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, from->content_type);

    if (result == MHD_YES && from->allow)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, from->allow);
    for (size_t i = 0; result == MHD_YES && i < from->header_count; i++)
        result = MHD_add_response_header(response, from->headers[i].name, from->headers[i].value);
    return result;
}

static enum MHD_Result send_response(struct http_exchange *exchange)
{
    struct MHD_Response *response = make_response(exchange);
    enum MHD_Result result = response ? add_headers(&exchange->response, response) : MHD_NO;

    if (result == MHD_YES)
        result = MHD_queue_response(exchange->mhd, exchange->response.status, response);
    if (result == MHD_YES && exchange->stream) {
        http_stream_start(exchange->stream);
    }
    if (response)
        MHD_destroy_response(response);
    return result; /* MHD_NO closes the connection */
}

/* What is announced as far too large is refused before it is sent. */
static bool announced_too_large(struct MHD_Connection *mhd)
{
    uint64_t length = 0;
    const char *text = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return text && str_to_u64(str_of(text), UINT64_MAX, &length) == 0 && length > DISCARD_BYTES_MAX;
}

static enum MHD_Result take_body(struct http_exchange *exchange, const char *data, size_t *data_bytes)
{
    size_t length = *data_bytes;

    *data_bytes = 0; /* all of it */
    if (exchange->discarded_bytes == 0 && buf_append(&exchange->body, data, length) == 0)
        return MHD_YES;
    buf_clear(&exchange->body);
    exchange->discarded_bytes += length;
    return exchange->discarded_bytes > DISCARD_BYTES_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result answer(struct http_exchange *exchange, const char *url, const char *method)
{
    const char *type = MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);

    exchange->request = (struct http_request){.method = method,
                                              .path = url,
                                              .content_type = type ? type : "",
                                              .body = buf_str(&exchange->body),
                                              .body_too_large = exchange->discarded_bytes > 0,
                                              .peer = peer_of(http_connection_of(exchange->mhd)->fd),
                                              .waited = exchange->waited};
    exchange->server->handler(exchange->server->context, &exchange->request, &exchange->response);
    if (!exchange->wait)
        return send_response(exchange);
    http_wait_start(exchange->wait);
    return MHD_YES; /* without a response: MHD asks again */
}

static enum MHD_Result begin(struct http_server *server, struct MHD_Connection *mhd, const char *url,
                             const char *method, void **slot)
{
    struct http_exchange *exchange = http_connection_of(mhd) ? exchange_new(server, mhd) : NULL;

    if (!exchange)
        return MHD_NO;
    *slot = exchange;
    /* The time that the connection lay idle before this request is not the request's. */
    http_connection_of(mhd)->deadline = mono_after(mono_now(), server->request_ms);
    http_connection_of(mhd)->busy = true;
    if (!announced_too_large(mhd))
        return MHD_YES;
    exchange->discarded_bytes = 1;
    return answer(exchange, url, method);
}

enum MHD_Result http_server_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                                   const char *version, const char *data, size_t *data_bytes, void **slot)
{
    const struct http_server *server = context;
    struct http_exchange *exchange = *slot;

    (void)version;
    if (server->closing) /* MHD is run once more to end streams; a new one would stay, and its application is going */
        return MHD_NO;
    if (!exchange)
        return begin(context, mhd, url, method, slot);
    if (*data_bytes)
        return take_body(exchange, data, data_bytes);
    return answer(exchange, url, method);
}

void http_server_completed(void *context, struct MHD_Connection *mhd, void **slot,
                           enum MHD_RequestTerminationCode code)
{
    struct http_server *server = context;
    struct http_connection *connection = http_connection_of(mhd);

    (void)code;
    if (connection) /* the next request on this connection */
        http_connection_idle(server, connection);
    if (*slot)
        exchange_free(*slot);
    *slot = NULL;
}
