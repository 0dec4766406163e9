/* One request as libcurl's options, and libcurl's results as errors of ours. Everything that S-8 asks for is here. */
#include "common/http/client_internal.h"

#include <string.h>
#include <sys/socket.h>

/* libcurl's own sockets are not close-on-exec; a command that is started meanwhile would keep them open. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int add_header(struct http_call *call, const char *line)
{
    struct curl_slist *headers = curl_slist_append(call->headers, line);

    if (!headers)
        return -ENOMEM;
    call->headers = headers;
    return 0;
}

static int set_headers(struct http_call *call, const struct http_call_spec *spec)
{
    struct buf line CLEANUP(buf_deinit) = BUF_INIT(512);
    int r = add_header(call, "Expect:"); /* else libcurl waits a second before it sends a large body */

    if (r == 0)
        r = add_header(call, "Accept: application/json");
    if (r == 0 && spec->content_type) {
        r = buf_printf(&line, "Content-Type: %s", spec->content_type);
        if (r == 0)
            r = add_header(call, line.data);
    }
    if (r < 0)
        return r;
    return curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK ? 0 : -ENOMEM;
}

/* S-8, S-9. */
static bool set_safety(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK && /* none, whatever the environment says */
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CLIENT_CONNECT_MS) == CURLE_OK;
}

static bool set_place(struct http_call *call, const struct http_call_spec *spec, const char *url)
{
    const char *socket_path = call->client->socket_path;

    return curl_easy_setopt(call->easy, CURLOPT_URL, url) == CURLE_OK &&
           (!socket_path || curl_easy_setopt(call->easy, CURLOPT_UNIX_SOCKET_PATH, socket_path) == CURLE_OK) &&
           curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           (!spec->content_type ||
            (curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)spec->body.len) == CURLE_OK &&
             curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, spec->body.data ? spec->body.data : "") ==
                 CURLE_OK)) &&
           curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, spec->method) == CURLE_OK;
}

int http_call_set_up(struct http_call *call, const struct http_call_spec *spec)
{
    struct buf url CLEANUP(buf_deinit) = BUF_INIT(HTTP_CLIENT_URL_BYTES_MAX);
    int r = buf_printf(&url, "%s%s", call->client->base_url, spec->path);

    if (r < 0)
        return r == -ENOBUFS ? -ENAMETOOLONG : r;
    call->easy = curl_easy_init();
    if (!call->easy || !set_safety(call->easy) || !set_place(call, spec, url.data) ||
        curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call) != CURLE_OK ||
        curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, http_call_take) != CURLE_OK ||
        curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call) != CURLE_OK)
        return -ENOMEM;
    return set_headers(call, spec);
}

static int connect_error(const struct http_call *call)
{
    long system = 0;

    if (curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &system) != CURLE_OK || system <= 0)
        return -ECONNREFUSED;
    return -(int)system;
}

int http_call_error(const struct http_call *call, CURLcode code)
{
    if (call->failure)
        return call->failure;
    if (code == CURLE_OK)
        return 0;
    if (code == CURLE_COULDNT_CONNECT)
        return connect_error(call);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return -EHOSTUNREACH;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return -ETIMEDOUT;
    if (code == CURLE_OUT_OF_MEMORY)
        return -ENOMEM;
    if (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
        code == CURLE_PARTIAL_FILE)
        return -ECONNRESET;
    return -EPROTO;
}

int http_escape(struct str text, struct buf *buf)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int r = c && strchr(plain, c) ? buf_append_char(buf, c) : buf_printf(buf, "%%%02X", (unsigned char)c);
        if (r < 0)
            return r;
    }
    return 0;
}
