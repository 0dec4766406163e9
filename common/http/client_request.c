/* One request as libcurl's options, and libcurl's results as errors of ours. Everything that S-8 asks for is here. */
#include "common/http/client_internal.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    KEEPALIVE_IDLE_S = 20, /* of silence before TCP asks whether the other side is there */
    KEEPALIVE_EVERY_S = 5, /* then so often, until it is given up */
    KEEPALIVE_COUNT = 4,
};

/* libcurl's own sockets are not close-on-exec; a command that is started meanwhile would keep them open. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol), count = KEEPALIVE_COUNT;

    (void)context;
    (void)purpose;
    if (fd >= 0 && address->family != AF_UNIX)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count,
                         sizeof count); /* ignored: then it is found out later */
    return fd;
}

void http_headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at; at = at->next)
        explicit_bzero(at->data, strlen(at->data));
    curl_slist_free_all(headers);
}

static int add_header(struct http_call *call, const char *line)
{
    struct curl_slist *headers = curl_slist_append(call->headers, line);

    if (!headers)
        return -ENOMEM;
    call->headers = headers;
    return 0;
}

static bool says_accept(const char *const *headers)
{
    static const char accept[] = "Accept:";

    while (headers && *headers && strncasecmp(*headers, accept, sizeof accept - 1) != 0)
        headers++;
    return headers && *headers;
}

static int set_headers(struct http_call *call, const struct http_call_spec *spec)
{
    struct buf line CLEANUP(buf_deinit) = BUF_INIT(512);
    int r = add_header(call, "Expect:"); /* else libcurl waits a second before it sends a large body */

    if (r == 0 && !says_accept(spec->headers))
        r = add_header(call, "Accept: application/json");
    if (r == 0 && call->material && call->material->host)
        r = add_header(call, call->material->host);
    for (const char *const *header = spec->headers; r == 0 && header && *header; header++)
        r = add_header(call, *header);
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
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK && /* nothing of the environment */
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_EVERY_S) == CURLE_OK &&
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
    const char *socket_path = call->client->socket_path, *through = call->client->through;

    return curl_easy_setopt(call->easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_PROXY, call->client->proxy) == CURLE_OK && /* "": none at all */
           (!socket_path || curl_easy_setopt(call->easy, CURLOPT_UNIX_SOCKET_PATH, socket_path) == CURLE_OK) &&
           (!through || curl_easy_setopt(call->easy, CURLOPT_ABSTRACT_UNIX_SOCKET, through) == CURLE_OK) &&
           curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           (!spec->content_type ||
            (curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)spec->body.len) == CURLE_OK &&
             buf_append_str(&call->request, spec->body) == 0 &&
             curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->request.data) == CURLE_OK)) &&
           curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, spec->method) == CURLE_OK;
}

int http_call_set_up(struct http_call *call, const struct http_call_spec *spec)
{
    struct buf url CLEANUP(buf_deinit) = BUF_INIT(HTTP_CLIENT_URL_BYTES_MAX);
    const struct http_material *material = call->material = http_material_ref(call->client->material);
    const char *base_url = material && material->base_url ? material->base_url : call->client->base_url;
    int r = buf_printf(&url, "%s%s", base_url, spec->path);

    if (r < 0)
        return r == -ENOBUFS ? -ENAMETOOLONG : r;
    call->easy = curl_easy_init();
    if (!call->easy || !set_safety(call->easy) || !set_place(call, spec, url.data) || !http_call_set_tls(call) ||
        curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call) != CURLE_OK ||
        curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, http_call_take) != CURLE_OK ||
        curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call) != CURLE_OK)
        return -ENOMEM;
    return set_headers(call, spec);
}

const char *http_result_header(const struct http_result *result, const char *name)
{
    struct curl_header *header;

    if (!result->call || curl_easy_header(result->call->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

int64_t http_result_date_ms(const struct http_result *result)
{
    const char *text = http_result_header(result, "Date");
    time_t seconds = text ? curl_getdate(text, NULL) : -1;

    return seconds > 0 ? (int64_t)seconds * 1000 : 0;
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
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        return -EHOSTUNREACH;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return -EKEYREJECTED;
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
        return -ENOKEY;
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
